//! Publishing a local file in one step: a file without a name, fsync, a name beside the final one,
//! rename, fsync of the folder.

use std::fs::File;
use std::io::{self, Write};
use std::num::NonZeroU64;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::Advice;

use super::file::version;
use super::unpublished::Unpublished;
use crate::{Action, Condition, Error, Location, Published};

/// Bytes that are written before the kernel is told to write them to the disk.
const WRITE_BACK: u64 = 8 << 20;

/// A file that is being written and not seen. Dropping it removes the file.
#[derive(Debug)]
pub(crate) struct LocalUpload {
    file: Unpublished,
    folder: PathBuf,
    path: PathBuf,
    at: Location,
    size: u64,
    /// How much of it the kernel was told to write to the disk.
    written_back: u64,
}

impl LocalUpload {
    /// Makes the folders of `path` where they are missing, and the file.
    pub(crate) fn create(path: &Path) -> Result<LocalUpload, Error> {
        let at = Location::Local(path.to_path_buf());
        let failed = |error| Error::from_io(Action::Write, &at, error);
        let is_folder = path.as_os_str().as_bytes().ends_with(b"/") || path.is_dir();
        if is_folder || path.file_name().is_none() {
            return Err(Error::NotAFile { at });
        }
        let folder = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
            _ => PathBuf::from("."),
        };
        make_folders(&folder)?;
        let file = Unpublished::create(&folder).map_err(failed)?;
        Ok(LocalUpload { file, folder, path: path.to_path_buf(), at, size: 0, written_back: 0 })
    }

    pub(crate) fn location(&self) -> &Location {
        &self.at
    }

    /// Appends `bytes`, without a buffer of its own.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.file
            .file()
            .write_all(bytes)
            .map_err(|error| Error::from_io(Action::Write, &self.at, error))?;
        self.size += bytes.len() as u64;
        self.write_back();
        Ok(())
    }

    /// Lets the kernel begin to write to the disk what was written since the last time, so that the
    /// fsync at the end has little left to wait for.
    fn write_back(&mut self) {
        let waiting = self.size - self.written_back;
        if let Some(length) = NonZeroU64::new(waiting).filter(|length| length.get() >= WRITE_BACK) {
            // The advice is that the pages are not needed; what the kernel does about dirty ones is
            // to write them. It is only advice: that a file system does not know it is
            // no error.
            let _ = rustix::fs::fadvise(
                self.file.file(),
                self.written_back,
                Some(length),
                Advice::DontNeed,
            );
            self.written_back = self.size;
        }
    }

    /// Makes the content durable, then visible, then its name durable.
    pub(crate) fn publish(self, when: Condition) -> Result<Published, Error> {
        let LocalUpload { file, folder, path, at, size, .. } = self;
        let failed = |error| Error::from_io(Action::Write, &at, error);
        file.file().sync_all().map_err(failed)?;
        let version = Some(version(&file.file().metadata().map_err(failed)?));
        let file = file.named(&folder).map_err(failed)?;
        let renamed = match when {
            Condition::Always => file.persist(&path),
            Condition::IfAbsent => file.persist_noclobber(&path),
        };
        renamed.map_err(|refused| failed(refused.error))?;
        sync_folder(&folder).map_err(failed)?;
        Ok(Published { size, version })
    }
}

/// Makes `folder` and what is missing above it, durably.
pub(crate) fn make_folders(folder: &Path) -> Result<(), Error> {
    let failed = |error: io::Error| {
        let at = Location::Local(folder.to_path_buf());
        match error.kind() {
            // A file where a folder of the path belongs.
            io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => Error::NotAFolder { at },
            // A file system of the kernel's own (/proc), or a folder whose name is gone.
            io::ErrorKind::NotFound => Error::NoFolderThere { at },
            _ => Error::from_io(Action::Make, &at, error),
        }
    };
    if folder.is_dir() {
        return Ok(());
    }
    let missing: Vec<&Path> = folder
        .ancestors()
        .take_while(|ancestor| !ancestor.as_os_str().is_empty() && !ancestor.is_dir())
        .collect();
    std::fs::create_dir_all(folder).map_err(failed)?;
    for made in missing {
        match made.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => sync_folder(parent),
            _ => sync_folder(Path::new(".")),
        }
        .map_err(failed)?;
    }
    Ok(())
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        // Some network file systems do not know fsync of a folder; the rename is then as durable as
        // they make it.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(()),
        result => result,
    }
}
