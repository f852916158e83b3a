//! Looks for a program as the system will, so that a mistyped one is told before it is started.
//!
//! What only starting it would show (a script whose interpreter is missing, a program for another
//! processor) is not looked at.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, AtFlags, CWD, accessat};
use rustix::io::Errno;

/// Where programs are looked for when there is no PATH, as the C library does it.
const DEFAULT_PATH: &str = "/bin:/usr/bin";

/// Whether there is such a program and it may be run. `path` is the variable `PATH`.
///
/// # Errors
///
/// As if it had been started.
pub fn find_program(name: &OsStr, path: Option<OsString>) -> io::Result<()> {
    Ok(find(name, path).map(drop)?)
}

/// The file of the program with this bare name, as `execvp` finds it. `path` is the variable
/// `PATH`.
pub fn on_path(name: &str, path: &str) -> Option<PathBuf> {
    find(name.as_ref(), Some(path.into())).ok()
}

fn find(name: &OsStr, path: Option<OsString>) -> Result<PathBuf, Errno> {
    if name.is_empty() {
        return Err(Errno::NOENT);
    }
    if name.as_bytes().contains(&b'/') {
        return check(PathBuf::from(name));
    }
    let path = path.unwrap_or_else(|| DEFAULT_PATH.into());
    let mut error = Errno::NOENT;
    for folder in env::split_paths(&path) {
        // An empty entry is the working directory.
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { &folder };
        match check(folder.join(name)) {
            Ok(file) => return Ok(file),
            Err(Errno::ACCESS) => error = Errno::ACCESS,
            Err(_) => {}
        }
    }
    Err(error)
}

fn check(path: PathBuf) -> Result<PathBuf, Errno> {
    if path.is_dir() {
        return Err(Errno::ACCESS);
    }
    accessat(CWD, &path, Access::EXEC_OK, AtFlags::EACCESS)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_program_is_found_where_the_system_finds_it_and_nowhere_else() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, mode| {
            std::fs::write(folder.path().join(name), "#!/bin/sh\n").unwrap();
            std::fs::set_permissions(
                folder.path().join(name),
                std::fs::Permissions::from_mode(mode),
            )
            .unwrap();
        };
        file("good", 0o755);
        file("text", 0o644);
        std::fs::create_dir(folder.path().join("folder")).unwrap();
        let path = Some(format!("/no/such/folder:{}", folder.path().display()).into());
        let at = |name: &str| find(name.as_ref(), path.clone()).map(drop);
        assert_eq!(at("good"), Ok(()));
        assert_eq!(at("text"), Err(Errno::ACCESS));
        assert_eq!(at("folder"), Err(Errno::ACCESS));
        assert_eq!(at("nothere"), Err(Errno::NOENT));
        assert_eq!(at("./good"), Err(Errno::NOENT), "the PATH is for bare names");
        assert_eq!(at(&folder.path().join("good").display().to_string()), Ok(()));
        assert_eq!(at(""), Err(Errno::NOENT));
        assert_eq!(find("sh".as_ref(), None).map(drop), Ok(()));
    }
}
