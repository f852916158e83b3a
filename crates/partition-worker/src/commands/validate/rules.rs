//! What records are checked against: the schema, and the checks over a row.

use job_files::blake3;
use object_storage::{ErrorKind, Location, Storage};
use table_schema::{Checks, Schema};

use crate::error::Error;

/// A file of checks is a few kilobytes; anything much larger is something else.
const LARGEST_CHECKS: u64 = 4 << 20;

/// What records are checked against.
pub(super) struct Rules {
    pub(super) schema: Schema,
    pub(super) checks: Option<Checks>,
    /// What the manifest has of the files that they were read from.
    pub(super) settings: Vec<(String, String)>,
}

impl Rules {
    /// Reads the checks, if there are any, over rows of a schema, whose descriptor has this hash.
    pub(super) fn read(
        storage: &Storage,
        (schema, schema_blake3): (Schema, String),
        checks_at: Option<&Location>,
    ) -> Result<Rules, Error> {
        let mut settings = vec![("schema_blake3".to_owned(), schema_blake3)];
        let checks = match checks_at {
            Some(at) => {
                let (checks, checks_blake3) = read_checks(storage, at, &schema)?;
                settings.push(("checks_blake3".to_owned(), checks_blake3));
                Some(checks)
            }
            None => None,
        };
        Ok(Rules { schema, checks, settings })
    }
}

impl Rules {
    /// Whether a record may be accepted with a warning.
    pub(super) fn warn(&self) -> bool {
        self.schema.warns() || self.checks.as_ref().is_some_and(Checks::warn)
    }
}

fn read_checks(
    storage: &Storage,
    at: &Location,
    schema: &Schema,
) -> Result<(Checks, String), Error> {
    let bytes = storage.read(at, LARGEST_CHECKS).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Error::ChecksMissing(error),
        _ => Error::Storage(error),
    })?;
    let checks = Checks::parse(&bytes, schema)
        .map_err(|source| Error::Checks { location: at.to_string(), source: Box::new(source) })?;
    Ok((checks, blake3(&bytes)))
}
