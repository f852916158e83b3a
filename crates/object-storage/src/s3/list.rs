//! Listing the objects below a prefix.

use aws_sdk_s3::types::EncodingType;

use super::etag;
use super::server::S3;
use crate::listing::Listing;
use crate::{Action, Entry, Error, Location};

/// Undoes the encoding of keys that some servers use without being asked: that of forms.
fn decoded(key: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(key.len());
    let mut rest = key.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digit = |byte: u8| char::from(byte).to_digit(16);
                let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
                u8::try_from(16 * high + low).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

impl S3 {
    /// All objects below the folder `key`, page by page, sorted by key. More than `most` are an
    /// error before they fill the memory.
    pub(super) async fn list(
        &self,
        bucket: &str,
        key: &str,
        most: usize,
    ) -> Result<Vec<Entry>, Error> {
        let at = Location::object(bucket, key);
        let prefix = match key {
            "" => None,
            key if key.ends_with('/') => Some(key.to_owned()),
            key => Some(format!("{key}/")),
        };
        let mut listing = Listing::new(at.clone(), most);
        let mut next_page = None;
        loop {
            let request = || {
                self.client
                    .list_objects_v2()
                    .bucket(bucket)
                    .set_prefix(prefix.clone())
                    .set_continuation_token(next_page.clone())
                    .send()
            };
            let page = self.run(Action::List, &at, request).await?;
            let is_encoded = page.encoding_type() == Some(&EncodingType::Url);
            for object in page.contents() {
                let key = object
                    .key()
                    .ok_or_else(|| self.endpoint.not_s3("it lists an object without a key"))?;
                let key = match is_encoded {
                    true => decoded(key)
                        .ok_or_else(|| self.endpoint.not_s3("it lists a key that is not UTF-8"))?,
                    false => key.to_owned(),
                };
                let size = object.size().and_then(|size| u64::try_from(size).ok());
                let size = size
                    .ok_or_else(|| self.endpoint.not_s3("it lists an object without its size"))?;
                // The mark of a folder, as consoles make it. One with content is data.
                if key.ends_with('/') && size == 0 {
                    continue;
                }
                listing.push(Entry {
                    location: Location::object(bucket, &key),
                    size,
                    version: etag::version(object.e_tag(), object.last_modified()),
                })?;
            }
            if page.is_truncated() != Some(true) {
                break;
            }
            let token = page.next_continuation_token().map(str::to_owned);
            if token.is_none() || token == next_page {
                return Err(self.endpoint.not_s3(
                    "its listing is cut off and names no next page (ListObjectsV2 is needed)",
                ));
            }
            next_page = token;
        }
        self.note_bucket(bucket);
        // S3 sorts by the bytes of the key, but S3 Express and some other servers do not.
        let mut entries = listing.into_entries();
        entries.sort_by(|a, b| a.location.cmp(&b.location));
        let listed = entries.len();
        entries.dedup_by(|next, kept| next.location == kept.location);
        if entries.len() < listed {
            tracing::warn!(
                at = %at,
                objects = entries.len(),
                twice = listed - entries.len(),
                "the S3 server lists objects more than once; each is read once"
            );
        }
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn an_encoded_key_is_the_key_again() {
        assert_eq!(decoded("k/a%20b+c%2Bd.csv").as_deref(), Some("k/a b c+d.csv"));
        assert_eq!(decoded("k%C3%A4se").as_deref(), Some("käse"));
        for broken in ["a%", "a%2", "a%zz", "a%FF"] {
            assert_eq!(decoded(broken), None, "{broken}");
        }
    }
}
