//! How every program of the user's is started: with pipes, as the leader of a new process group.

use std::ffi::OsStr;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

/// The command of `arguments` (the program first) with these additional variables, not started yet.
pub(crate) fn piped(arguments: &[impl AsRef<OsStr>], variables: &[(&str, String)]) -> Command {
    let mut command = Command::new(&arguments[0]);
    command
        .args(&arguments[1..])
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    command
}
