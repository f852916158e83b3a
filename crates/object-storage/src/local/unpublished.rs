//! A file that nobody sees yet, and of which a killed process leaves nothing behind.

use std::ffi::OsStr;
use std::fs::{File, Permissions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Mode, OFlags};
use tempfile::NamedTempFile;

/// How the name of every temporary file begins. The process id and a random part follow.
const PREFIX: &str = ".unpublished-";

/// Where the kernel lists a process's open files.
const OPEN_FILES: &str = "/proc/self/fd";

/// Whether a file of this name is a temporary file, possibly of a killed process.
pub(super) fn is_unpublished(name: &OsStr) -> bool {
    name.as_bytes().starts_with(PREFIX.as_bytes())
}

/// A file in a folder, to be written and then named.
#[derive(Debug)]
pub(super) enum Unpublished {
    /// It has no name until it is published, so that the kernel removes it when the process ends,
    /// however that happens.
    Nameless(File),
    /// It has a temporary name, where the file system or a missing `/proc` allows nothing better.
    Named(NamedTempFile),
}

impl Unpublished {
    /// An empty file of mode 0666 less the umask, as programs usually create files.
    pub(super) fn create(folder: &Path) -> io::Result<Self> {
        if Path::new(OPEN_FILES).exists() {
            let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
            match rustix::fs::open(folder, flags, Mode::from_raw_mode(0o666)) {
                Ok(file) => return Ok(Unpublished::Nameless(File::from(file))),
                // NFS, overlay of old kernels and others; a kernel that does not know the flag
                // takes the folder for the file.
                Err(
                    rustix::io::Errno::OPNOTSUPP
                    | rustix::io::Errno::ISDIR
                    | rustix::io::Errno::INVAL,
                ) => {}
                Err(error) => return Err(error.into()),
            }
        }
        temporary_name(folder, |builder, folder| builder.tempfile_in(folder))
            .map(Unpublished::Named)
    }

    /// The file itself.
    pub(super) fn file(&self) -> &File {
        match self {
            Unpublished::Nameless(file) => file,
            Unpublished::Named(file) => file.as_file(),
        }
    }

    /// Gives it a temporary name in its `folder`, from which it can be renamed.
    pub(super) fn named(self, folder: &Path) -> io::Result<NamedTempFile> {
        match self {
            Unpublished::Named(file) => Ok(file),
            Unpublished::Nameless(file) => {
                let own = PathBuf::from(format!("{OPEN_FILES}/{}", file.as_raw_fd()));
                let linked = temporary_name(folder, |builder, folder| {
                    builder.make_in(folder, |path| {
                        Ok(rustix::fs::linkat(CWD, &own, CWD, path, AtFlags::SYMLINK_FOLLOW)?)
                    })
                })?;
                Ok(NamedTempFile::from_parts(file, linked.into_temp_path()))
            }
        }
    }
}

/// Makes something under a temporary name of our own kind.
fn temporary_name<F>(
    folder: &Path,
    make: impl FnOnce(&tempfile::Builder<'_, '_>, &Path) -> io::Result<NamedTempFile<F>>,
) -> io::Result<NamedTempFile<F>> {
    let prefix = format!("{PREFIX}{}-", std::process::id());
    let mut builder = tempfile::Builder::new();
    make(builder.prefix(&prefix).rand_bytes(12).permissions(Permissions::from_mode(0o666)), folder)
}
