//! The header of a CSV file: found, checked for its encoding, cut into names.

use std::io::Read;

use job_files::{Blocks, Foreign};

use crate::dialect::Dialect;
use crate::error::Error;
use crate::records::{Rest, Splitter};

/// The byte order mark of UTF-8.
pub(crate) const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// How sources are read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    /// How their bytes become cells.
    pub dialect: Dialect,
    /// Longest record in bytes.
    pub longest_record: usize,
    /// Whether the header has to be UTF-8; a program may well want another encoding.
    pub utf8: bool,
}

/// The header of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// Its bytes, without a byte order mark and without the line end.
    pub bytes: Vec<u8>,
    /// The names in it.
    pub names: Vec<Vec<u8>>,
    /// How its line ends: what a last record without a line end is given.
    pub line_end: &'static [u8],
    /// The lines it takes.
    pub lines: u64,
}

/// Passes over a byte order mark and refuses what is plainly another encoding.
pub(crate) fn skip_mark<R: Read>(blocks: &mut Blocks<R>, source: &str) -> Result<(), Error> {
    let refuse =
        |found, from| Error::Encoding { source_name: source.to_owned(), found, offset: 0, from };
    match blocks.bytes() {
        [0xff, 0xfe, 0, 0, ..] => return Err(refuse("a UTF-32 byte order mark", "utf-32")),
        [0, 0, 0xfe, 0xff, ..] => return Err(refuse("a UTF-32 byte order mark", "utf-32")),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            return Err(refuse("a UTF-16 byte order mark", "utf-16"));
        }
        bytes if bytes.starts_with(UTF8_MARK) => blocks.consume(UTF8_MARK.len()),
        bytes => {
            if let Some(foreign) = Foreign::of(bytes) {
                let (found, remedy) = (foreign.name, foreign.remedy);
                return Err(Error::NotCsv { source_name: source.to_owned(), found, remedy });
            }
            // Every second byte of a Latin text in UTF-16 is one.
            if matches!(bytes, [0, next, ..] | [next, 0, ..] if *next != 0) {
                return Err(refuse("a NUL in the first character", "utf-16"));
            }
        }
    }
    Ok(())
}

/// Reads the header, the first record of `blocks`; `None` where there is no record at all.
pub(crate) fn read<R: Read>(
    blocks: &mut Blocks<R>,
    reading: Reading,
    source: &str,
) -> Result<Option<Header>, Error> {
    let Reading { dialect, longest_record, utf8 } = reading;
    let broken = |problem: String| Error::BrokenHeader { source_name: source.to_owned(), problem };
    let mut splitter = Splitter::new(dialect, longest_record);
    loop {
        let mut header = None;
        let mut malformed = false;
        let bytes = blocks.bytes();
        let rest = splitter.split(bytes, blocks.is_last(), |record| {
            malformed = record.malformed.is_some();
            let line = &bytes[record.start..record.end];
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
            return Err(broken("its quotes do not pair up".to_owned()));
        }
        match (header, rest) {
            (Some(header), Rest::Incomplete(end)) => {
                check_encoding(&header.bytes, blocks.offset(), source, utf8)?;
                blocks.consume(end);
                return Ok(Some(header));
            }
            (_, Rest::TooLong(_)) => {
                return Err(broken(format!(
                    "it is longer than {longest_record} bytes (--max-record-size)"
                )));
            }
            (None, _) if blocks.is_last() => return Ok(None),
            (None, _) => {
                blocks.fill()?;
            }
        }
    }
}

fn check_encoding(header: &[u8], offset: u64, source: &str, utf8: bool) -> Result<(), Error> {
    let refuse = |found, at: usize, from| Error::Encoding {
        source_name: source.to_owned(),
        found,
        offset: offset + at as u64,
        from,
    };
    if let Some(at) = memchr::memchr(0, header) {
        return Err(refuse("a NUL in the header", at, "utf-16"));
    }
    match std::str::from_utf8(header) {
        Err(_) if !utf8 => Ok(()),
        Ok(_) => Ok(()),
        Err(error) => {
            Err(refuse("an invalid sequence in the header", error.valid_up_to(), "latin1"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READING: Reading = Reading {
        dialect: Dialect { delimiter: b',', quote: Some(b'"'), header: true },
        longest_record: 1000,
        utf8: true,
    };

    fn header(file: &[u8]) -> Result<(Option<Header>, u64), String> {
        let mut blocks = Blocks::new(file, 0);
        blocks.fill().unwrap();
        skip_mark(&mut blocks, "f.csv").map_err(|error| error.to_string())?;
        let header = read(&mut blocks, READING, "f.csv").map_err(|error| error.to_string())?;
        Ok((header, blocks.offset()))
    }

    #[test]
    fn a_header_is_read_with_its_line_end_and_without_a_mark() {
        let (found, offset) = header(b"\xef\xbb\xbfid,\"a,b\"\r\n1,2\r\n").unwrap();
        let expected = Header {
            bytes: b"id,\"a,b\"".to_vec(),
            names: vec![b"id".to_vec(), b"a,b".to_vec()],
            line_end: b"\r\n",
            lines: 1,
        };
        assert_eq!((found, offset), (Some(expected), 13));
    }

    #[test]
    fn an_empty_file_has_no_header() {
        assert_eq!(header(b"").unwrap(), (None, 0));
    }

    #[test]
    fn other_encodings_are_refused_with_the_byte_and_the_remedy() {
        assert_eq!(
            header(b"\xff\xfei\0d\0").unwrap_err(),
            "f.csv is not UTF-8: a UTF-16 byte order mark at byte 0; convert it first (iconv -f \
             utf-16 -t utf-8)"
        );
        assert!(header(b"i\0d\0\n\0").unwrap_err().contains("a NUL in the first character"));
        assert!(header(b"id\0d\n\0").unwrap_err().contains("a NUL in the header at byte 2"));
        assert!(
            header(b"id,caf\xe9\n")
                .unwrap_err()
                .contains("an invalid sequence in the header at byte 6")
        );
    }

    #[test]
    fn a_header_that_cannot_be_cut_is_refused() {
        assert!(header(b"id,\"a\"b\n").unwrap_err().contains("quotes do not pair up"));
        assert!(header(&[b'x'; 2000]).unwrap_err().contains("longer than 1000 bytes"));
    }
}
