//! One at a time in a folder.

use std::fs::File;
use std::io;
use std::path::Path;

use rustix::fs::FlockOperation;
use rustix::io::Errno;

use super::upload::make_folders;
use crate::{Action, Error, Location};

/// A folder that is this process's alone among those that lock it. The kernel gives it back when
/// the process ends, however that happens.
#[derive(Debug)]
pub struct FolderLock {
    _folder: File,
}

/// Waits until nobody else has `folder` locked. `None` where its file system locks no folders: NFS
/// locks only files that are open for writing, and some in user space lock nothing.
pub(crate) fn lock(folder: &Path) -> Result<Option<FolderLock>, Error> {
    make_folders(folder)?;
    let at = Location::Local(folder.to_path_buf());
    let failed = |error: io::Error| Error::from_io(Action::Inspect, &at, error);
    let file = File::open(folder).map_err(failed)?;
    loop {
        match rustix::fs::flock(&file, FlockOperation::LockExclusive) {
            Ok(()) => return Ok(Some(FolderLock { _folder: file })),
            Err(Errno::INTR) => {}
            Err(_) => return Ok(None),
        }
    }
}
