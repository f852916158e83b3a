//! Accepted records of CSV as JSON lines, or the other way round, cell for cell.

use std::sync::Arc;

use csv_records::Dialect;
use job_files::{Compression, Finished, GATHER, Output};
use object_storage::{Location, Storage};
use table_schema::Validator;

use super::accepted_records::AcceptedRecords;
use crate::error::Error;

/// Accepted records on their way into a file of the other format.
pub(super) struct ConvertedOutput {
    output: Output,
    records: AcceptedRecords,
    validator: Arc<Validator>,
    target: Target,
    written: Vec<u8>,
    count: u64,
}

/// What is written.
enum Target {
    /// Rows, with the cell that stands for null in each field, if there is one.
    Csv { dialect: Dialect, nulls: Vec<Option<Vec<u8>>> },
    /// Objects; what stands before each value, its name included.
    Jsonl { names: Vec<Vec<u8>> },
}

impl ConvertedOutput {
    /// JSON lines in the place of rows.
    ///
    /// # Errors
    ///
    /// If the file cannot be made, or two columns have one name.
    pub(super) fn jsonl(
        (storage, folder, name): (&Storage, &Location, &str),
        compression: Compression,
        validator: &Arc<Validator>,
        records: AcceptedRecords,
    ) -> Result<Self, Error> {
        refuse_double_names(validator, "members of an object")?;
        let names = validator.typed_columns().enumerate().map(|(number, (name, _))| {
            let before = if number == 0 { '{' } else { ',' };
            format!("{before}{}:", serde_json::Value::from(name)).into_bytes()
        });
        let target = Target::Jsonl { names: names.collect() };
        let output = Output::create(storage, folder, name, compression)?;
        Ok(ConvertedOutput::new(output, validator, records, target))
    }

    /// Rows with a header in the place of JSON lines. Null is a missing value of its field.
    ///
    /// # Errors
    ///
    /// If the file cannot be made.
    pub(super) fn csv(
        (storage, folder, name): (&Storage, &Location, &str),
        compression: Compression,
        validator: &Arc<Validator>,
        records: AcceptedRecords,
        nulls: Vec<Option<Vec<u8>>>,
    ) -> Result<Self, Error> {
        let dialect = Dialect::default();
        let target = Target::Csv { dialect, nulls };
        let output = Output::create(storage, folder, name, compression)?;
        let mut converted = ConvertedOutput::new(output, validator, records, target);
        let names = validator.typed_columns().map(|(name, _)| name.as_bytes());
        write_row(&dialect, names, &mut converted.written);
        Ok(converted)
    }

    fn new(
        output: Output,
        validator: &Arc<Validator>,
        records: AcceptedRecords,
        target: Target,
    ) -> Self {
        let (validator, written) = (Arc::clone(validator), Vec::with_capacity(2 * GATHER));
        ConvertedOutput { output, records, validator, target, written, count: 0 }
    }

    /// Takes whole accepted records, and leaves nothing of them.
    ///
    /// # Errors
    ///
    /// If the file cannot be written, or null has no cell in CSV.
    pub(super) fn take(&mut self, accepted: &mut Vec<u8>) -> Result<(), Error> {
        let ConvertedOutput { output, records, validator, target, written, count } = self;
        records.read(accepted, |cells| {
            *count += 1;
            match target {
                Target::Csv { dialect, nulls } => {
                    let cell = |(column, cell): (usize, &'_ &'_ [u8])| match &nulls[column] {
                        _ if !validator.is_null(cell) => Ok(cell.to_vec()),
                        Some(null) => Ok(null.clone()),
                        None => {
                            let mut names = validator.typed_columns();
                            let field = names.nth(column).map(|(name, _)| name.to_owned());
                            Err(Error::NullInCsv {
                                field: field.unwrap_or_default(),
                                record: *count,
                            })
                        }
                    };
                    let cells: Vec<Vec<u8>> =
                        cells.iter().enumerate().map(cell).collect::<Result<_, _>>()?;
                    write_row(dialect, cells.iter().map(Vec::as_slice), written);
                }
                Target::Jsonl { names } => {
                    for (column, (name, cell)) in names.iter().zip(cells).enumerate() {
                        written.extend_from_slice(name);
                        write_value(validator, column, cell, written);
                    }
                    written.extend_from_slice(b"}\n");
                }
            }
            Ok(output.take(written, false)?)
        })?;
        accepted.clear();
        Ok(())
    }

    /// Writes the end.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub(super) fn finish(mut self) -> Result<Finished, Error> {
        self.output.take(&mut self.written, true)?;
        Ok(self.output.finish()?)
    }
}

/// Refuses two columns of one name where readers tell columns apart by their names.
///
/// # Errors
///
/// If there are two.
pub(super) fn refuse_double_names(validator: &Validator, what: &str) -> Result<(), Error> {
    let names: Vec<&str> = validator.typed_columns().map(|(name, _)| name).collect();
    for (number, name) in names.iter().enumerate() {
        if names[..number].contains(name) {
            return Err(Error::Setting(format!(
                "two columns are named {name:?}, and {what} are told apart by their names: give \
                 each a name of its own, or leave out --output-format"
            )));
        }
    }
    Ok(())
}

fn write_row<'c>(dialect: &Dialect, cells: impl Iterator<Item = &'c [u8]>, out: &mut Vec<u8>) {
    for (number, cell) in cells.enumerate() {
        if number > 0 {
            out.push(dialect.delimiter);
        }
        dialect.write_cell(cell, out);
    }
    out.push(b'\n');
}

/// A value as the cell has it, digit for digit: what JSON has a form of its own for stands in it if
/// the cell does, and everything else is a string.
fn write_value(validator: &Validator, column: usize, cell: &[u8], out: &mut Vec<u8>) {
    if validator.is_missing(column, cell) {
        out.extend_from_slice(b"null");
    } else if validator.is_json(column, cell) {
        // Line ends of JSON stand between its parts only.
        let byte = |byte: &u8| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte };
        out.extend(cell.iter().map(byte));
    } else {
        let text = String::from_utf8_lossy(cell);
        out.extend_from_slice(serde_json::Value::from(text).to_string().as_bytes());
    }
}
