//! Entity tags.

use aws_sdk_s3::primitives::DateTime;
use md5::{Digest, Md5};

use crate::Version;

/// The tag without quotes and weakness mark, so that tags of listings and of headers compare equal.
pub(super) fn unquoted(etag: &str) -> &str {
    let strong = etag.strip_prefix("W/").unwrap_or(etag);
    strong.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(strong)
}

/// The tag as headers carry it.
pub(super) fn quoted(etag: &str) -> String {
    format!("\"{etag}\"")
}

/// The version that an answer tells.
pub(super) fn version(etag: Option<&str>, modified: Option<&DateTime>) -> Version {
    match etag.map(unquoted) {
        Some(etag) if !etag.is_empty() => Version::Etag(etag.to_owned()),
        _ => Version::Modified { unix_ns: modified.map_or(0, DateTime::as_nanos) },
    }
}

/// The tag S3 gives an object of one PUT, unless it encrypts with a KMS key: the MD5 of its bytes.
pub(super) fn of_bytes(bytes: &[u8]) -> String {
    hex(&Md5::digest(bytes))
}

/// The tag S3 gives an object of several parts: the MD5 of the parts' MD5s, a hyphen, their number.
/// `None` where the parts' tags are not MD5s.
pub(super) fn of_parts<'a>(etags: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut digest = Md5::new();
    let mut count = 0_u32;
    for etag in etags {
        digest.update(u128::from_str_radix(etag, 16).ok()?.to_be_bytes());
        if etag.len() != 32 {
            return None;
        }
        count += 1;
    }
    Some(format!("{}-{count}", hex(&digest.finalize())))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::{of_bytes, of_parts, quoted, unquoted, version};
    use crate::Version;

    #[test]
    fn quotes_and_weakness_are_no_part_of_a_tag() {
        assert_eq!(unquoted("\"abc-2\""), "abc-2");
        assert_eq!(unquoted("W/\"abc\""), "abc");
        assert_eq!(unquoted("abc"), "abc");
        assert_eq!(quoted("abc"), "\"abc\"");
        assert_eq!(version(Some("\"abc\""), None), Version::Etag("abc".to_owned()));
        assert_eq!(version(Some("\"\""), None), Version::Modified { unix_ns: 0 });
    }

    #[test]
    fn the_tags_of_s3_are_foretold() {
        // RFC 1321, A.5: MD5 of the empty text and of "abc".
        let (empty, abc) = ("d41d8cd98f00b204e9800998ecf8427e", "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(of_bytes(b""), empty);
        assert_eq!(of_bytes(b"abc"), abc);
        // printf '...' | xxd -r -p | md5sum
        assert_eq!(
            of_parts([abc, empty].into_iter()).as_deref(),
            Some("fdf1fdf1567f6942ffe1743f1e72301e-2")
        );
        assert_eq!(of_parts(["not-an-md5"].into_iter()), None);
        assert_eq!(of_parts(["abc"].into_iter()), None);
    }
}
