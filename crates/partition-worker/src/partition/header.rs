//! The beginning of a source as its blocks are read: byte order mark, encoding, header.

use std::io::Read;
use std::sync::Arc;

use csv_records::encoding::{ForeignEncoding, UTF8_MARK, byte_order_mark, refuse_utf16};
use csv_records::translation::{InputEncoding, SepLine, Union, sep_line};
use csv_records::{Dialect, Header};
use job_files::{Blocks, Foreign};
use table_schema::Schema;

use super::own_columns::OwnColumns;
use crate::cli::InputFormat;
use crate::descriptors::FileDialect;
use crate::error::Error;

/// How sources are read.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    /// How the bytes of their text become cells.
    pub dialect: Dialect,
    /// How they are written themselves.
    pub file_dialect: Arc<FileDialect>,
    /// Longest record in bytes.
    pub longest_record: usize,
    /// Whether the header has to be UTF-8; a program may well want another encoding.
    pub utf8: bool,
    /// The encoding of the files.
    pub encoding: InputEncoding,
    /// A last record without a line end is an error.
    pub final_newline: bool,
    /// What their records are.
    pub format: InputFormat,
    /// What the four columns of a `rejected.csv` are.
    pub own_columns: OwnColumns,
    /// The columns that all files get, whatever columns they have.
    pub union: Option<Arc<Union>>,
    /// Whose cells the values of Parquet are made.
    pub schema: Option<Arc<Schema>>,
}

impl Reading {
    /// Whether files are rewritten as plain CSV before their records are looked for.
    pub(crate) fn rewrites(&self) -> bool {
        self.format == InputFormat::Csv && self.file_dialect.table.plain().is_none()
    }

    /// Whether a file that begins so has other columns than those that all files get. The header
    /// begins behind so many bytes; one that is not whole in the text may be anything.
    pub(super) fn unites(&self, text: &[u8], before: usize, last: bool) -> bool {
        let Some(union) = &self.union else { return false };
        let text = text.strip_prefix(UTF8_MARK).unwrap_or(text);
        let text = text.get(before..).unwrap_or_default();
        match Header::read(text, last, self.dialect, self.longest_record) {
            Ok(Some((header, _))) => !union.names().eq(header.names.iter().map(Vec::as_slice)),
            // A file without a record, and a header that cannot be cut, are errors of their own.
            Ok(None) => !last,
            Err(_) => false,
        }
    }

    /// Longest record of the text in bytes: with quotes around them and inside, cells become up to
    /// four times as long.
    pub(crate) fn longest_in_text(&self) -> usize {
        if self.rewrites() || self.union.is_some() {
            4 * self.longest_record + 8
        } else {
            self.longest_record
        }
    }
}

/// The first line of a text that says what the delimiter is, and whether it is another one than
/// that of the dialect.
///
/// # Errors
///
/// If somebody has named another delimiter.
pub(super) fn find_sep_line(
    text: &[u8],
    reading: &Reading,
    source: &str,
) -> Result<Option<(SepLine, bool)>, Error> {
    let text = text.strip_prefix(UTF8_MARK).unwrap_or(text);
    let Some(sep) = sep_line(text) else { return Ok(None) };
    let FileDialect { table, delimiter_given, .. } = &*reading.file_dialect;
    let is_other = table.delimiter.chars().ne([sep.delimiter]);
    if is_other && *delimiter_given {
        return Err(Error::SepLine {
            source_name: source.to_owned(),
            says: sep.delimiter,
            given: table.delimiter.clone(),
        });
    }
    Ok(Some((sep, is_other)))
}

/// The delimiter of a file that an earlier run has rejected, by the four columns that it begins
/// with. Whatever the dialect says of other files, such a file is plain CSV.
///
/// # Errors
///
/// If somebody has named another delimiter, and it is not that of the outputs either.
pub(super) fn find_own_delimiter(
    text: &[u8],
    reading: &Reading,
    source: &str,
) -> Result<Option<char>, Error> {
    let Some(has) = reading.own_columns.delimiter(text) else { return Ok(None) };
    let FileDialect { table, delimiter_given, .. } = &*reading.file_dialect;
    let is_other =
        char::from(reading.dialect.delimiter) != has && table.delimiter.chars().ne([has]);
    if is_other && *delimiter_given {
        let given = table.delimiter.clone();
        return Err(Error::OwnDelimiter { source_name: source.to_owned(), has, given });
    }
    Ok(Some(has))
}

/// Passes over a byte order mark of JSON lines, and refuses what is JSON in another form.
pub(super) fn begin_lines<R: Read>(blocks: &mut Blocks<R>, source: &str) -> Result<(), Error> {
    skip_mark(blocks, source)?;
    let text = blocks.bytes().trim_ascii_start();
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii_end();
    let has = |name: &str| memchr::memmem::find(line, name.as_bytes()).is_some();
    let (found, remedy) = if line.starts_with(b"[") {
        ("begins with a JSON array", "convert it (jq -c '.[]')")
    } else if line == b"{" {
        ("begins with a JSON object over several lines", "convert it (jq -c .)")
    } else if line.starts_with(b"{\"_source\"") && has("\"_offset\"") && has("\"_record\"") {
        (
            "lists records of an earlier run, each in the member _record",
            "take them out and mend them (jq -c ._record)",
        )
    } else {
        return Ok(());
    };
    Err(Error::NotJsonLines { source_name: source.to_owned(), found, remedy })
}

/// Passes over a byte order mark and refuses what is plainly another encoding or format.
pub(crate) fn skip_mark<R: Read>(blocks: &mut Blocks<R>, source: &str) -> Result<(), Error> {
    let refuse = |foreign| encoding_error(source, foreign, 0);
    let mark = byte_order_mark(blocks.bytes()).map_err(refuse)?;
    if mark > 0 {
        blocks.consume(mark);
        return Ok(());
    }
    refuse_foreign(blocks.bytes(), source)?;
    refuse_utf16(blocks.bytes()).map_err(refuse)
}

/// Refuses a file that begins as another format does.
pub(super) fn refuse_foreign(first_bytes: &[u8], source: &str) -> Result<(), Error> {
    let Some(foreign) = Foreign::of(first_bytes) else { return Ok(()) };
    let (found, remedy) = (foreign.name, foreign.remedy);
    Err(Error::NotCsv { source_name: source.to_owned(), found, remedy })
}

/// Reads the header, the first record of `blocks`; `None` if the source has no record.
pub(crate) fn read<R: Read>(
    blocks: &mut Blocks<R>,
    reading: &Reading,
    source: &str,
) -> Result<Option<Header>, Error> {
    let (dialect, longest_record) = (reading.dialect, reading.longest_in_text());
    loop {
        let last = blocks.is_last();
        match Header::read(blocks.bytes(), last, dialect, longest_record) {
            Ok(Some((header, end))) => {
                header
                    .check_encoding(reading.utf8)
                    .map_err(|foreign| encoding_error(source, foreign, blocks.offset()))?;
                blocks.consume(end);
                return Ok(Some(header));
            }
            Ok(None) if last => return Ok(None),
            Ok(None) => {
                blocks.fill()?;
            }
            Err(problem) => {
                return Err(Error::BrokenHeader { source_name: source.to_owned(), problem });
            }
        }
    }
}

/// The error for a sign of another encoding in bytes that begin at `offset` of the source.
pub(super) fn encoding_error(source: &str, foreign: ForeignEncoding, offset: u64) -> Error {
    Error::Encoding {
        source_name: source.to_owned(),
        found: foreign.found,
        offset: offset + foreign.at as u64,
        from: foreign.likely,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading() -> Reading {
        Reading {
            dialect: Dialect::default(),
            file_dialect: Arc::default(),
            longest_record: 1000,
            utf8: true,
            encoding: InputEncoding::Utf8,
            final_newline: false,
            format: InputFormat::Csv,
            own_columns: OwnColumns::Data,
            union: None,
            schema: None,
        }
    }

    fn header(file: &[u8]) -> Result<(Option<Header>, u64), String> {
        let mut blocks = Blocks::new(file, 0);
        blocks.fill().unwrap();
        skip_mark(&mut blocks, "f.csv").map_err(|error| error.to_string())?;
        let header = read(&mut blocks, &reading(), "f.csv").map_err(|error| error.to_string())?;
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
            "f.csv is not UTF-8: a UTF-16 byte order mark at byte 0; say what it is (--encoding \
             utf-16), or convert it first (iconv -f utf-16 -t utf-8)"
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
