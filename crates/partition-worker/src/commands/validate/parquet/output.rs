//! Accepted records in, a Parquet file out, row group by row group.
//!
//! The records are those that would stand in `accepted.csv`: they are read once more, and each cell
//! becomes a value of its column's type. The same records give the same bytes.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use job_files::{Compression, Finished, Output};
use object_storage::{Location, Storage};
use parquet::basic::{Compression as PageCompression, ZstdLevel};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;
use table_schema::{Unfit, Validator};

use super::column::{Column, parquet_type};
use crate::commands::validate::accepted_records::AcceptedRecords;
use crate::commands::validate::converted::refuse_double_names;
use crate::error::Error;

/// Rows of a row group, as DuckDB has them: readers work on several groups at once.
const GROUP_ROWS: usize = 122_880;

/// The values of a row group in memory, in bytes. Wide rows make smaller groups.
const GROUP_BYTES: usize = 16 << 20;

/// Accepted records on their way into a Parquet file.
pub(crate) struct ParquetOutput {
    writer: SerializedFileWriter<Gathered>,
    failure: Failure,
    validator: Arc<Validator>,
    records: AcceptedRecords,
    columns: Vec<Column>,
    /// Rows and bytes since the last row group.
    rows: usize,
    bytes: usize,
    /// Rows of all row groups.
    written: u64,
}

/// A file that is written in large pieces.
struct Gathered {
    output: Output,
    bytes: Vec<u8>,
    failure: Failure,
}

/// What the output said when it failed: the library would only keep its words.
type Failure = Arc<Mutex<Option<job_files::Error>>>;

impl Write for Gathered {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        self.output.take(&mut self.bytes, false).map_err(|error| {
            let words = error.to_string();
            *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            io::Error::other(words)
        })?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl ParquetOutput {
    /// Begins the file `name` in `folder`.
    ///
    /// # Errors
    ///
    /// If it cannot be written, or two columns have one name, which no reader could tell apart.
    pub(crate) fn create(
        (storage, folder, name): (&Storage, &Location, &str),
        validator: &Arc<Validator>,
        records: AcceptedRecords,
    ) -> Result<Self, Error> {
        let typed: Vec<_> = validator.typed_columns().collect();
        refuse_double_names(validator, "columns of Parquet")?;
        let fields = typed.iter().map(|(name, column)| parquet_type(name, *column));
        let fields = fields.collect::<ParquetResult<Vec<_>>>().map_err(Error::parquet)?;
        let schema = Type::group_type_builder("accepted").with_fields(fields).build();
        let level = ZstdLevel::default();
        let properties = WriterProperties::builder()
            // Without a version: the same records give the same bytes.
            .set_created_by(env!("CARGO_PKG_NAME").to_owned())
            .set_compression(PageCompression::ZSTD(level))
            .build();
        let output = Output::create(storage, folder, name, Compression::None)?;
        let failure = Failure::default();
        let gathered = Gathered { output, bytes: Vec::new(), failure: Arc::clone(&failure) };
        let schema = Arc::new(schema.map_err(Error::parquet)?);
        let writer = SerializedFileWriter::new(gathered, schema, Arc::new(properties));
        Ok(ParquetOutput {
            columns: typed.iter().map(|(_, column)| Column::new(*column)).collect(),
            writer: writer.map_err(Error::parquet)?,
            failure,
            validator: Arc::clone(validator),
            records,
            rows: 0,
            bytes: 0,
            written: 0,
        })
    }

    /// Takes whole accepted records, and leaves nothing of them.
    ///
    /// # Errors
    ///
    /// If the file cannot be written, or a value does not fit into its column.
    pub(crate) fn take(&mut self, accepted: &mut Vec<u8>) -> Result<(), Error> {
        let ParquetOutput { writer, failure, validator, records, columns, rows, bytes, written } =
            self;
        records.read(accepted, |cells| {
            if cells.len() != columns.len() {
                return Err(Error::Parquet(format!(
                    "an accepted record has {} cells and not {}",
                    cells.len(),
                    columns.len()
                )));
            }
            for (index, (column, cell)) in columns.iter_mut().zip(cells).enumerate() {
                let typed = validator.typed(index, cell);
                let record = *written + *rows as u64 + 1;
                *bytes +=
                    column.push(typed.map_err(|why| unfit(validator, (index, record), cell, why))?);
            }
            *rows += 1;
            if *rows == GROUP_ROWS || *bytes >= GROUP_BYTES {
                write_group(writer, columns).map_err(|error| cause(failure, error))?;
                *written += std::mem::take(rows) as u64;
                *bytes = 0;
            }
            Ok(())
        })?;
        accepted.clear();
        Ok(())
    }

    /// Writes the end.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub(crate) fn finish(mut self) -> Result<Finished, Error> {
        let failed = |error| cause(&self.failure, error);
        if self.rows > 0 {
            write_group(&mut self.writer, &mut self.columns).map_err(failed)?;
        }
        let mut gathered = self.writer.into_inner().map_err(failed)?;
        gathered.output.take(&mut gathered.bytes, true)?;
        Ok(gathered.output.finish()?)
    }
}

/// Writes what the columns have gathered as a row group.
fn write_group(
    writer: &mut SerializedFileWriter<Gathered>,
    columns: &mut [Column],
) -> ParquetResult<()> {
    let mut group = writer.next_row_group()?;
    columns.iter_mut().try_for_each(|column| column.write(&mut group))?;
    group.close().map(|_| ())
}

/// The output's own failure, if that is what the library speaks of.
fn cause(failure: &Failure, error: ParquetError) -> Error {
    match failure.lock().unwrap_or_else(PoisonError::into_inner).take() {
        Some(failure) => failure.into(),
        None => Error::parquet(error),
    }
}

#[cold]
fn unfit(validator: &Validator, (column, record): (usize, u64), cell: &[u8], why: Unfit) -> Error {
    let name = validator.typed_columns().nth(column).map(|(name, _)| name.to_owned());
    Error::Unfit {
        field: name.unwrap_or_default(),
        value: String::from_utf8_lossy(&cell[..cell.len().min(100)]).into_owned(),
        record,
        why,
    }
}
