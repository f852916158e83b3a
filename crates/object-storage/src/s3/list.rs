//! Listing the objects below a prefix.

use super::{S3, etag, location};
use crate::listing::Listing;
use crate::{Action, Entry, Error};

impl S3 {
    /// All objects below the folder `key`, page by page, sorted by key. More than `most` are an error before they fill the memory.
    pub(crate) async fn list(&self, bucket: &str, key: &str, most: usize) -> Result<Vec<Entry>, Error> {
        let at = location(bucket, key);
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
            for object in page.contents() {
                let key = object.key().ok_or_else(|| self.not_s3("it lists an object without a key"))?;
                // The mark of a folder, as consoles make it.
                if key.ends_with('/') {
                    continue;
                }
                let size = object.size().and_then(|size| u64::try_from(size).ok());
                listing.push(Entry {
                    location: location(bucket, key),
                    size: size.ok_or_else(|| self.not_s3("it lists an object without its size"))?,
                    version: etag::version(object.e_tag(), object.last_modified()),
                })?;
            }
            if page.is_truncated() != Some(true) {
                break;
            }
            let token = page.next_continuation_token().map(str::to_owned);
            if token.is_none() || token == next_page {
                return Err(self.not_s3("its listing has no next page"));
            }
            next_page = token;
        }
        self.note_bucket(bucket);
        // S3 sorts by the bytes of the key, but S3 Express and some other servers do not.
        let mut entries = listing.into_entries();
        entries.sort_by(|a, b| a.location.cmp(&b.location));
        Ok(entries)
    }
}
