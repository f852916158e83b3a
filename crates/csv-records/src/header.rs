//! The header of a CSV file: found, cut into names, checked for its encoding.

use crate::dialect::Dialect;
use crate::encoding::ForeignEncoding;
use crate::record::Rest;
use crate::splitter::Splitter;

/// The header of a file: its first record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Its bytes, without a byte order mark and without the line end.
    pub bytes: Vec<u8>,
    /// The names in it, without their quotes.
    pub names: Vec<Vec<u8>>,
    /// How its line ends: what a last record without a line end is given.
    pub line_end: &'static [u8],
    /// The lines it takes.
    pub lines: u64,
}

/// Why the first record cannot be the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// Its quotes are malformed.
    #[error("its quotes do not pair up")]
    Quotes,
    /// It has no end within the limit, in bytes.
    #[error("it is longer than {0} bytes (--max-record-size)")]
    TooLong(usize),
}

impl Header {
    /// Reads the header of a file that begins with `block` (behind a byte order mark), a record of
    /// at most `limit` bytes. Returns it with the number of bytes it takes, line end included;
    /// `None` if the block does not hold a whole record. `last` says that no more bytes follow:
    /// then the file has no record at all.
    ///
    /// # Errors
    ///
    /// If the first record is malformed or too long.
    pub fn read(
        block: &[u8],
        last: bool,
        dialect: Dialect,
        limit: usize,
    ) -> Result<Option<(Header, usize)>, HeaderError> {
        let mut header = None;
        let mut malformed = false;
        let rest = Splitter::new(dialect, limit).split(block, last, |record| {
            malformed = record.malformed.is_some();
            let line = &block[record.start..record.end];
            let content = line.strip_suffix(b"\n").unwrap_or(line);
            header = Some(Header {
                bytes: content.strip_suffix(b"\r").unwrap_or(content).to_vec(),
                names: record.cells.iter().map(|cell| cell.to_vec()).collect(),
                line_end: if content.ends_with(b"\r") { b"\r\n" } else { b"\n" },
                lines: u64::from(record.lines),
            });
            false
        });
        if malformed {
            return Err(HeaderError::Quotes);
        }
        match rest {
            Rest::TooLong(_) => Err(HeaderError::TooLong(limit)),
            Rest::Incomplete(end) => Ok(header.map(|header| (header, end))),
        }
    }

    /// Looks for signs of another encoding.
    ///
    /// # Errors
    ///
    /// If it has a NUL, or if it is not UTF-8 although it has to be (`utf8`); the place is
    /// counted from the header's first byte.
    pub fn check_encoding(&self, utf8: bool) -> Result<(), ForeignEncoding> {
        if let Some(at) = memchr::memchr(0, &self.bytes) {
            return Err(ForeignEncoding { found: "a NUL in the header", at, likely: "utf-16" });
        }
        match std::str::from_utf8(&self.bytes) {
            Err(error) if utf8 => Err(ForeignEncoding {
                found: "an invalid sequence in the header",
                at: error.valid_up_to(),
                likely: "windows-1252",
            }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(block: &[u8], last: bool) -> Result<Option<(Header, usize)>, HeaderError> {
        Header::read(block, last, Dialect::default(), 100)
    }

    #[test]
    fn a_header_is_the_first_record_with_its_line_end() {
        let expected = Header {
            bytes: b"id,\"a,b\"".to_vec(),
            names: vec![b"id".to_vec(), b"a,b".to_vec()],
            line_end: b"\r\n",
            lines: 1,
        };
        assert_eq!(read(b"id,\"a,b\"\r\n1,2\r\n", false), Ok(Some((expected, 10))));
        assert_eq!(read(b"id,\"a", false), Ok(None));
        assert_eq!(read(b"", true), Ok(None));
        assert_eq!(read(b"id", true).unwrap().unwrap().0.line_end, b"\n");
        assert_eq!(read(b"\"a\nb\"\n", true).unwrap().unwrap().0.lines, 2);
    }

    #[test]
    fn a_header_that_cannot_be_cut_is_refused() {
        assert_eq!(read(b"id,\"a\"b\n", false), Err(HeaderError::Quotes));
        assert_eq!(read(&[b'x'; 200], false), Err(HeaderError::TooLong(100)));
    }

    #[test]
    fn another_encoding_is_told_with_the_byte_of_the_header() {
        let found = |header: &[u8], utf8| {
            let (header, _) = read(header, true).unwrap().unwrap();
            header.check_encoding(utf8).map_err(|foreign| (foreign.at, foreign.likely))
        };
        assert_eq!(found(b"id\0d\n", true), Err((2, "utf-16")));
        assert_eq!(found(b"id,caf\xe9\n", true), Err((6, "windows-1252")));
        assert_eq!(found(b"id,caf\xe9\n", false), Ok(()));
    }
}
