//! Why a program cannot be started, in words. The system's own ("No such file or directory") may
//! mean the program, its interpreter or its loader, and the last two were named by nobody. Reads
//! the beginning of the program's file and starts nothing.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use crate::child::search_path::on_path;
use crate::exit::Exit;

/// Bytes of a file that are looked at: the kernel reads no longer first line.
const LOOKED_AT: u64 = 256;

/// What a machine lacks at this moment for another process, and may have a little later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shortage {
    /// No more processes may be started (`EAGAIN`).
    Processes,
    /// There is no memory for another process (`ENOMEM`).
    Memory,
    /// Too many files are open, of this process or of the machine (`EMFILE`, `ENFILE`).
    Files,
    /// The program's file is being written (`ETXTBSY`).
    FileIsBusy,
}

impl Shortage {
    /// What was short when starting a program met `error`; `None` where it was something that will
    /// not pass.
    pub fn of(error: &io::Error) -> Option<Shortage> {
        match Errno::from_io_error(error)? {
            Errno::AGAIN => Some(Shortage::Processes),
            Errno::NOMEM => Some(Shortage::Memory),
            Errno::MFILE | Errno::NFILE => Some(Shortage::Files),
            Errno::TXTBSY => Some(Shortage::FileIsBusy),
            _ => None,
        }
    }
}

/// What keeps `program` from being started, and what to do about it. `path` is the variable `PATH`.
pub fn why_not_started(program: &str, error: &io::Error, path: &str) -> String {
    let file =
        if program.contains('/') { Some(PathBuf::from(program)) } else { on_path(program, path) };
    match file.filter(|file| file.exists()) {
        Some(file) if file.is_dir() => "it is a folder: name the program in it".to_owned(),
        Some(file) => of_file(&file, error),
        None if program.trim().is_empty() => "its name is empty".to_owned(),
        None if program.contains(|c: char| c.is_whitespace() || "|&;<>$*\"'".contains(c)) => {
            let quoted = program.replace('\'', r"'\''");
            format!(
                "no program has this name, which is a line for a shell: give -- sh -c '{quoted}'"
            )
        }
        None if matches!(error.kind(), ErrorKind::NotFound) && program.contains('/') => {
            "there is no such file: check its path, and that it is in the image or mounted"
                .to_owned()
        }
        None if matches!(error.kind(), ErrorKind::NotFound) => {
            format!(
                "no folder of PATH ({path}) has it: check its name and that it is in the image, \
                 or give its path"
            )
        }
        None => "check its name, and that it is in the image and executable".to_owned(),
    }
}

fn of_file(file: &Path, error: &io::Error) -> String {
    let first = first_bytes(file);
    let shown = file.display();
    let interpreter = interpreter(&first);
    let mode = file.metadata().map_or(0, |metadata| metadata.permissions().mode());
    match error.kind() {
        ErrorKind::PermissionDenied if mode & 0o111 == 0 => {
            let by = interpreter.unwrap_or("sh".to_owned());
            format!("it is not executable: chmod +x {shown}, or give -- {} {shown}", by.trim_end())
        }
        ErrorKind::PermissionDenied => "it is executable, and may not be executed by this user or \
                                        on this mount (noexec)"
            .to_owned(),
        _ if first.is_empty() => "the file is empty".to_owned(),
        _ if first.starts_with(b"\xef\xbb\xbf#!") => {
            format!(
                "it begins with a byte order mark before #!: take that away (sed -i \
                 '1s/^\\xef\\xbb\\xbf//' {shown})"
            )
        }
        ErrorKind::NotFound => match interpreter {
            Some(name) if name.ends_with('\r') => format!(
                "its first line ends in CR LF, so that the interpreter is looked for as {name:?}: \
                 convert the file (sed -i 's/\\r$//' {shown})"
            ),
            Some(name) => format!("its interpreter {name} is not in the image"),
            None if first.starts_with(b"\x7fELF") => {
                "its dynamic loader is not in the image: it was linked for another C library \
                 (glibc, musl); link it statically, or take an image that has it"
                    .to_owned()
            }
            None => "what it needs to be started is not in the image".to_owned(),
        },
        _ if Errno::from_io_error(error) == Some(Errno::NOEXEC)
            && first.starts_with(b"\x7fELF") =>
        {
            "it was built for another kind of processor: take the image of this node's architecture"
                .to_owned()
        }
        _ if Errno::from_io_error(error) == Some(Errno::NOEXEC) => format!(
            "it has no first line such as #!/bin/sh that names its interpreter: write one, or \
             give -- sh {shown}"
        ),
        _ => "check that it is in the image and executable".to_owned(),
    }
}

/// The exit code of a worker whose program cannot be started: the next try meets the same, unless
/// the machine lacked something.
pub fn exit_for_start(error: &io::Error) -> Exit {
    if Shortage::of(error).is_some() { Exit::Unavailable } else { Exit::Config }
}

fn first_bytes(file: &Path) -> Vec<u8> {
    let mut first = Vec::new();
    // Of a file that cannot be read nothing more is told.
    let _ = File::open(file).and_then(|file| file.take(LOOKED_AT).read_to_end(&mut first));
    first
}

/// The interpreter that the first line names, as the kernel takes it: up to a blank or the line
/// end.
fn interpreter(first: &[u8]) -> Option<String> {
    let line = first.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?.trim_ascii_start();
    let end = line.iter().position(|byte| matches!(byte, b' ' | b'\t')).unwrap_or(line.len());
    Some(String::from_utf8_lossy(&line[..end]).into_owned())
}
