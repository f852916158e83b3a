//! Byte order marks, and encodings that are plainly not UTF-8.

/// The byte order mark of UTF-8.
pub const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// A sign of another encoding than UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found} at byte {at}")]
pub struct ForeignEncoding {
    /// What was found.
    pub found: &'static str,
    /// Where, counted from the start of the bytes that were looked at.
    pub at: usize,
    /// The encoding that it is a sign of, as `iconv` spells it.
    pub likely: &'static str,
}

/// The length of the byte order mark that a file of these first bytes has: 0 or 3.
///
/// # Errors
///
/// If the mark is that of another encoding.
pub fn byte_order_mark(first_bytes: &[u8]) -> Result<usize, ForeignEncoding> {
    let foreign = |found, likely| Err(ForeignEncoding { found, at: 0, likely });
    match first_bytes {
        // That of UTF-32 in little-endian order begins as that of UTF-16 does.
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => {
            foreign("a UTF-32 byte order mark", "utf-32")
        }
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => foreign("a UTF-16 byte order mark", "utf-16"),
        bytes if bytes.starts_with(UTF8_MARK) => Ok(UTF8_MARK.len()),
        _ => Ok(0),
    }
}

/// Refuses a file that begins as UTF-16 does without a mark: every second byte of a Latin text is a
/// NUL there.
///
/// # Errors
///
/// If one of the first two bytes is a NUL and the other is not.
pub fn refuse_utf16(first_bytes: &[u8]) -> Result<(), ForeignEncoding> {
    match first_bytes {
        [0, next, ..] | [next, 0, ..] if *next != 0 => {
            Err(ForeignEncoding { found: "a NUL in the first character", at: 0, likely: "utf-16" })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_told_by_its_encoding() {
        assert_eq!(byte_order_mark(b"id,n\n"), Ok(0));
        assert_eq!(byte_order_mark(b"\xef\xbb\xbfid"), Ok(3));
        assert_eq!(byte_order_mark(b"\xef\xbb"), Ok(0));
        for (bytes, likely) in [
            (b"\xff\xfei\0".as_slice(), "utf-16"),
            (b"\xfe\xff\0i", "utf-16"),
            (b"\xff\xfe\0\0i\0\0\0", "utf-32"),
            (b"\0\0\xfe\xff\0\0\0i", "utf-32"),
        ] {
            assert_eq!(byte_order_mark(bytes).unwrap_err().likely, likely);
        }
        assert_eq!(refuse_utf16(b"i\0d\0").unwrap_err().at, 0);
        assert_eq!(refuse_utf16(b"\0i\0d").unwrap_err().at, 0);
        assert_eq!(
            (refuse_utf16(b"id"), refuse_utf16(b"\0\0"), refuse_utf16(b"")),
            (Ok(()), Ok(()), Ok(()))
        );
    }
}
