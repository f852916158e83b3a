//! Reads the databases that the origins of clients are looked up in.

use object_storage::{Location, Storage};

use crate::error::Error;
use crate::geo::{Database, Databases};

/// The most bytes of a database: several times those of the largest usual one.
const LARGEST: u64 = 1 << 30;

/// The databases of these names, each of which knows what no other one does.
pub(super) fn read(storage: &Storage, names: &[String]) -> Result<Databases, Error> {
    let mut databases = Databases::default();
    for name in names.iter().map(|name| name.trim()).filter(|name| !name.is_empty()) {
        let wrong = |problem: String| Error::Database { at: name.to_owned(), problem };
        let at: Location = name.parse().map_err(|error| wrong(format!("{error}")))?;
        if name.ends_with('/') {
            return Err(wrong("it is a folder: name the .mmdb file in it".to_owned()));
        }
        let bytes = storage
            .read_if_present(&at, LARGEST)?
            .ok_or_else(|| Error::NoDatabase { at: name.to_owned() })?;
        let database = Database::new(name, bytes).map_err(|error| wrong(error.to_string()))?;
        databases.add(database).map_err(|error| wrong(error.to_string()))?;
    }
    Ok(databases)
}
