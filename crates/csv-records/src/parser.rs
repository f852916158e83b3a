//! Records that come one by one, each as bytes of its own, such as the tasks of a queue: the same
//! splitter, and so the same answers, as for records that stand in a file.

use crate::dialect::Dialect;
use crate::flaw::{Flaw, FlawDetector};
use crate::record::Rest;
use crate::splitter::Splitter;

/// Parses single records; keeps its buffers between them.
pub struct RecordParser {
    splitter: Splitter,
    detector: FlawDetector,
    limit: usize,
}

/// Why bytes are not one record. The text is what a file's record is rejected with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotARecord {
    /// There are no bytes. A line end by itself is a record, with one empty cell.
    #[error("there are no bytes")]
    Empty,
    /// Something follows the first record.
    #[error("more than one record")]
    Several,
    /// Longer than the limit, in bytes.
    #[error("the record is longer than {0} bytes")]
    TooLong(usize),
    /// Malformed quotes, or traces of how a file was made.
    #[error("{message}")]
    Flawed {
        /// What is wrong.
        flaw: Flaw,
        /// In words ([`Flaw::message`]).
        message: &'static str,
    },
}

impl RecordParser {
    /// A parser for records of at most `limit` bytes and of `columns` cells below this `header`
    /// (if there is none, the field names with delimiters between them): a record that repeats the
    /// header is not data.
    pub fn new(dialect: Dialect, header: &[u8], columns: usize, limit: usize) -> Self {
        RecordParser {
            splitter: Splitter::new(dialect, limit),
            detector: FlawDetector::new(dialect, header, columns),
            limit,
        }
    }

    /// Calls `read` with the cells of the one record that `bytes` are, with or without a line end.
    ///
    /// # Errors
    ///
    /// If `bytes` are not one record, or one that has a [`Flaw`].
    pub fn parse<R>(
        &mut self,
        bytes: &[u8],
        read: impl FnOnce(&[&[u8]]) -> R,
    ) -> Result<R, NotARecord> {
        let RecordParser { splitter, detector, limit } = self;
        let mut read = Some(read);
        let mut result = Err(NotARecord::Empty);
        detector.begin(bytes);
        let rest = splitter.split(bytes, true, |record| {
            result = match detector.of(bytes, &record) {
                // Told first: a malformed record is one line, so more may follow it.
                Some(flaw) => {
                    let message = flaw.message(&bytes[record.start..record.end]);
                    Err(NotARecord::Flawed { flaw, message })
                }
                None if record.end < bytes.len() => Err(NotARecord::Several),
                None => read.take().map(|read| read(record.cells)).ok_or(NotARecord::Several),
            };
            false
        });
        match rest {
            Rest::TooLong(_) => Err(NotARecord::TooLong(*limit)),
            Rest::Incomplete(_) => result,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::Malformed;

    fn parse(bytes: &[u8]) -> Result<Vec<Vec<u8>>, NotARecord> {
        let mut parser = RecordParser::new(Dialect::default(), b"id,n", 2, 20);
        parser.parse(bytes, |cells| cells.iter().map(|cell| cell.to_vec()).collect())
    }

    #[test]
    fn one_record_is_parsed_with_or_without_its_line_end() {
        for bytes in [b"a,1".as_slice(), b"a,1\n", b"a,1\r\n", b"\"a\",1\n"] {
            assert_eq!(parse(bytes), Ok(vec![b"a".to_vec(), b"1".to_vec()]));
        }
        assert_eq!(parse(b"\"a\nb\""), Ok(vec![b"a\nb".to_vec()]));
        assert_eq!(parse(b"\n"), Ok(vec![Vec::new()]));
    }

    #[test]
    fn what_is_not_one_record_is_told() {
        let flawed = |flaw, bytes: &[u8]| match parse(bytes) {
            Err(NotARecord::Flawed { flaw: found, .. }) => assert_eq!(found, flaw),
            other => panic!("{other:?}"),
        };
        assert_eq!(parse(b""), Err(NotARecord::Empty));
        assert_eq!(parse(b"a,1\nb,2"), Err(NotARecord::Several));
        assert_eq!(parse(b"a,1\n\n"), Err(NotARecord::Several));
        assert_eq!(parse(&[b'x'; 30]), Err(NotARecord::TooLong(20)));
        flawed(Flaw::Quotes(Malformed::Unclosed), b"\"a,1\nb,2\n");
        flawed(Flaw::Quotes(Malformed::TextAfterQuote { at: 3 }), b"\"a\"b,1");
        flawed(Flaw::Header, b"id,n\n");
        flawed(Flaw::Mark, b"\xef\xbb\xbfa,1");
        flawed(Flaw::Return, b"a\rb,1");
    }

    proptest! {
        #[test]
        fn a_record_of_a_file_is_the_same_by_itself(
            file in prop::collection::vec(prop::sample::select(b",\"\"\n\rab".to_vec()), 0..60),
        ) {
            let dialect = Dialect::default();
            let mut records: Vec<(Vec<u8>, Vec<Vec<u8>>, bool)> = Vec::new();
            Splitter::new(dialect, 1000).split(&file, true, |record| {
                let cells = record.cells.iter().map(|cell| cell.to_vec()).collect();
                let bytes = file[record.start..record.end].to_vec();
                records.push((bytes, cells, record.malformed.is_some()));
                true
            });
            let mut parser = RecordParser::new(dialect, b"", 1, 1000);
            for (bytes, cells, malformed) in records {
                let parsed = parser.parse(&bytes, |cells| cells.iter().map(|cell| cell.to_vec()).collect::<Vec<_>>());
                match parsed {
                    Ok(parsed) => prop_assert!(!malformed && parsed == cells),
                    Err(NotARecord::Flawed { flaw, .. }) => prop_assert_eq!(matches!(flaw, Flaw::Quotes(_)), malformed),
                    Err(other) => prop_assert!(false, "{other:?}"),
                }
            }
        }
    }
}
