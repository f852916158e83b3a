//! What is at a path, and its removal.

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::{Action, Entry, Error, Location, Version};

/// What is at `path`: a regular file, or nothing.
pub(crate) fn entry(path: &Path) -> Result<Option<Entry>, Error> {
    let at = Location::Local(path.to_path_buf());
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => {
            Ok(Some(Entry { size: metadata.len(), version: version(&metadata), location: at }))
        }
        Ok(_) => Err(Error::NotAFile { at }),
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            Ok(None)
        }
        Err(error) => Err(Error::from_io(Action::Inspect, &at, error)),
    }
}

/// Removes a file; that it is not there is fine.
pub(crate) fn delete(path: &Path) -> Result<(), Error> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            let at = Location::Local(path.to_path_buf());
            Err(Error::from_io(Action::Delete, &at, error))
        }
        _ => Ok(()),
    }
}

pub(super) fn version(metadata: &Metadata) -> Version {
    Version::Modified {
        unix_ns: i128::from(metadata.mtime()) * 1_000_000_000 + i128::from(metadata.mtime_nsec()),
    }
}
