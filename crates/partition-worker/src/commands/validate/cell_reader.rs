//! The cells of one record, by itself.

use csv_records::Splitter;
use json_records::{NotARow, ObjectReader, Row};

/// Reads records of a partition once more, one by one: those that are listed.
pub(crate) enum CellReader {
    /// A row.
    Csv(Splitter),
    /// A JSON object.
    Jsonl(ObjectReader),
}

impl CellReader {
    /// Calls `each` with the row that `record` is.
    ///
    /// # Errors
    ///
    /// If the record is no JSON object where it should be one.
    pub(crate) fn read(
        &mut self,
        record: &[u8],
        mut each: impl FnMut(Row<'_>),
    ) -> Result<(), NotARow> {
        match self {
            CellReader::Csv(splitter) => {
                splitter.split(record, true, |record| {
                    each(Row { cells: record.cells, unknown: &[] });
                    false
                });
                Ok(())
            }
            CellReader::Jsonl(reader) => reader.read(record, each),
        }
    }
}
