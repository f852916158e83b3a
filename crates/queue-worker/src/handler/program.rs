//! Looks for a handler's program as the system will, so that a mistyped one ends the worker before
//! it takes a task.

use std::{
    ffi::{OsStr, OsString},
    io,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

use rustix::{
    fs::{Access, AtFlags, CWD, accessat},
    io::Errno,
};

use super::StartError;

/// Where programs are looked for when there is no PATH, as the C library does it.
const DEFAULT_PATH: &str = "/bin:/usr/bin";

/// Whether there is such a program and it may be run.
///
/// What only running it would show (a script whose interpreter is missing, a program for another
/// processor) is an error of the first task, which goes back to the queue.
///
/// # Errors
///
/// As if it had been started.
pub fn find_program(name: &OsStr) -> Result<(), StartError> {
    find(name, std::env::var_os("PATH"))
        .map_err(|errno| StartError::new(name, &io::Error::from(errno)))
}

fn find(name: &OsStr, path: Option<OsString>) -> Result<(), Errno> {
    if name.is_empty() {
        return Err(Errno::NOENT);
    }
    if name.as_bytes().contains(&b'/') {
        return check(Path::new(name));
    }
    let path = path.unwrap_or_else(|| DEFAULT_PATH.into());
    let mut found = Errno::NOENT;
    for folder in std::env::split_paths(&path) {
        // An empty entry is the working directory.
        let folder = if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder };
        match check(&folder.join(name)) {
            Ok(()) => return Ok(()),
            Err(Errno::ACCESS) => found = Errno::ACCESS,
            Err(_) => {}
        }
    }
    Err(found)
}

fn check(path: &Path) -> Result<(), Errno> {
    let is_folder = std::fs::metadata(path).is_ok_and(|found| found.is_dir());
    if is_folder {
        Err(Errno::ACCESS)
    } else {
        accessat(CWD, path, Access::EXEC_OK, AtFlags::EACCESS)
    }
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
        let at = |name: &str| find(name.as_ref(), path.clone());
        assert_eq!(at("good"), Ok(()));
        assert_eq!(at("text"), Err(Errno::ACCESS));
        assert_eq!(at("folder"), Err(Errno::ACCESS));
        assert_eq!(at("nothere"), Err(Errno::NOENT));
        assert_eq!(at("./good"), Err(Errno::NOENT), "the PATH is for bare names");
        assert_eq!(at(&folder.path().join("good").display().to_string()), Ok(()));
        assert_eq!(at(""), Err(Errno::NOENT));
        assert_eq!(find("sh".as_ref(), None), Ok(()));
    }
}
