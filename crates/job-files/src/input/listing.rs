//! The files below a folder, by their names in it.

use object_storage::{Entry, Location, Storage};

use crate::error::Error;

/// A file and its name below the input's folder, which does not change when the folder moves.
#[derive(Clone, Debug)]
pub struct NamedFile {
    /// The name.
    pub name: String,
    /// The file.
    pub entry: Entry,
}

/// The files to read, and the names of those that are passed over.
pub(super) fn split(
    files: Vec<NamedFile>,
    is_passed: impl Fn(&str) -> bool,
) -> (Vec<NamedFile>, Vec<String>) {
    let (passed, rest): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|file| is_passed(&file.name));
    (rest, passed.into_iter().map(|file| file.name).collect())
}

/// Every file under `folder` with its name below it, sorted.
pub(super) fn listing(storage: &Storage, folder: &Location) -> Result<Vec<NamedFile>, Error> {
    let base = folder.to_string();
    let base = base.strip_suffix('/').unwrap_or(&base);
    let entries = storage.list(folder)?;
    Ok(entries
        .into_iter()
        .map(|entry| {
            let full = entry.location.to_string();
            let name =
                full.strip_prefix(base).map_or(full.as_str(), |rest| rest.trim_start_matches('/'));
            NamedFile { name: name.to_owned(), entry }
        })
        .collect())
}
