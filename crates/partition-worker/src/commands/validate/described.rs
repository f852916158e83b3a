//! What descriptors say of the input: its schema, with the checks over its rows, and its dialect.

use job_files::blake3;
use object_storage::{ErrorKind, Location, Storage};
use serde_json::Value;
use table_schema::Schema;

use super::rules::Rules;
use crate::cli;
use crate::descriptors::FileDialect;
use crate::error::Error;

/// A descriptor is a few kilobytes; anything much larger is something else.
const LARGEST: u64 = 16 << 20;

/// The descriptors of a run, read.
pub(super) struct Described {
    pub(super) rules: Rules,
    pub(super) dialect: FileDialect,
}

impl Described {
    /// Reads the schema, and the dialect: what the settings say goes before the file of
    /// `--dialect`, and that before the schema's own `dialect`.
    ///
    /// # Errors
    ///
    /// If a descriptor cannot be read, is wrong, or says what is not supported.
    pub(super) fn read(storage: &Storage, args: &cli::Validate) -> Result<Described, Error> {
        let bytes = read_file(storage, &args.schema).map_err(|error| match error {
            Error::DescriptorMissing(error) => Error::SchemaMissing(error),
            error => error,
        })?;
        let of_schema = dialect_in(&bytes);
        let schema = read_schema(&bytes, &args.schema, of_schema.is_some())?;
        let mut dialect = match (&args.dialect.cells.dialect, of_schema) {
            (Some(at), _) => read_dialect(storage, at)?,
            (None, Some(value)) => {
                FileDialect::read(&value).map_err(|wrong| of(&args.schema, &wrong))?
            }
            (None, None) => FileDialect::default(),
        };
        args.dialect.change(&mut dialect).map_err(Error::Setting)?;
        cli::encoding_args::check_dialect_split(&dialect, args.partition.split)?;
        let schema = match &dialect.null {
            Some(null) => schema.with_missing_value(null),
            None => schema,
        };
        let rules = Rules::read(storage, (schema, blake3(&bytes)), args.checks.as_ref())?;
        Ok(Described { rules, dialect })
    }
}

/// Reads a descriptor of the dialect by itself.
///
/// # Errors
///
/// If it cannot be read, is wrong, or says what is not supported.
pub(crate) fn read_dialect(storage: &Storage, at: &Location) -> Result<FileDialect, Error> {
    let bytes = read_file(storage, at)?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let value = serde_json::from_slice(bytes).map_err(|error| of(at, &error.to_string()))?;
    FileDialect::read(&value).map_err(|wrong| of(at, &wrong))
}

fn of(at: &Location, wrong: &str) -> Error {
    Error::Setting(format!("the dialect of {at}: {wrong}"))
}

fn read_file(storage: &Storage, at: &Location) -> Result<Vec<u8>, Error> {
    storage.read(at, LARGEST).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Error::DescriptorMissing(error),
        _ => Error::Storage(error),
    })
}

/// The member `dialect` of a schema, which the standard has beside the schema in a resource.
fn dialect_in(schema: &[u8]) -> Option<Value> {
    let schema = schema.strip_prefix(b"\xef\xbb\xbf").unwrap_or(schema);
    let mut schema: Value = serde_json::from_slice(schema).ok()?;
    schema.get_mut("dialect").map(Value::take).filter(|dialect| !dialect.is_null())
}

fn read_schema(bytes: &[u8], at: &Location, has_dialect: bool) -> Result<Schema, Error> {
    let schema = Schema::from_json(bytes)
        .map_err(|source| Error::Schema { location: at.to_string(), source: Box::new(source) })?;
    let is_dialect = |property: &&String| has_dialect && property.contains("\"dialect\"");
    let ignored: Vec<&str> =
        schema.ignored().iter().filter(|p| !is_dialect(p)).map(String::as_str).collect();
    if !ignored.is_empty() {
        tracing::warn!(
            schema = %at,
            properties = ignored.join(", "),
            "properties that are not of the Table Schema standard are not looked at"
        );
    }
    Ok(schema)
}
