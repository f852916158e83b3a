//! Accepted records, read once more for outputs that are not their bytes as they are.

use csv_records::{Dialect, Splitter};
use json_records::ObjectReader;

use crate::error::Error;

/// How the bytes of accepted records become cells.
pub(super) enum AcceptedRecords {
    /// Rows.
    Csv(Splitter),
    /// JSON objects, one a line.
    Jsonl(ObjectReader),
}

impl AcceptedRecords {
    /// Rows of this dialect, of at most `limit` bytes each, or the lines that `reader` reads.
    pub(super) fn new(dialect: Dialect, limit: usize, reader: Option<&ObjectReader>) -> Self {
        match reader {
            None => AcceptedRecords::Csv(Splitter::new(dialect, limit)),
            Some(reader) => AcceptedRecords::Jsonl(reader.clone()),
        }
    }

    /// Calls `each` with the cells of every record of `bytes`, until it fails.
    ///
    /// # Errors
    ///
    /// Those of `each`.
    pub(super) fn read(
        &mut self,
        bytes: &[u8],
        mut each: impl FnMut(&[&[u8]]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut outcome = Ok(());
        match self {
            AcceptedRecords::Csv(splitter) => {
                splitter.split(bytes, true, |record| {
                    outcome = each(record.cells);
                    outcome.is_ok()
                });
            }
            AcceptedRecords::Jsonl(reader) => {
                for line in bytes.split_inclusive(|byte| *byte == b'\n') {
                    if let Ok(read) = reader.read(line, |row| each(row.cells)) {
                        read?;
                    }
                }
            }
        }
        outcome
    }
}
