//! A child in a process group of its own, of which nothing is left when it is dropped.

use std::{ffi::OsString, io, process::Stdio};

use rustix::process::{Pid, Signal, WaitOptions, kill_process_group, waitpgid};
use thiserror::Error;
use tokio::process::{Child, ChildStderr, Command};

/// Bytes of a child's stderr that are kept for the error message.
const TAIL_BYTES: usize = 2048;

/// The program cannot be started, now or ever.
#[derive(Debug, Error)]
#[error("cannot start {program}; is it in the image, executable, and on the PATH?")]
pub struct StartError {
    /// Its name.
    pub program: String,
    /// Why.
    pub source: io::Error,
}

/// A running child and its process group.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) child: Child,
    group: Option<Pid>,
}

impl Group {
    /// Starts `command` with pipes.
    pub(super) fn start(command: &[OsString], variables: &[(&str, String)]) -> Result<Group, StartError> {
        let failed = |source| StartError { program: command[0].to_string_lossy().into_owned(), source };
        let child = Command::new(&command[0])
            .args(&command[1..])
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(failed)?;
        let group = child.id().and_then(|id| Pid::from_raw(id as i32));
        Ok(Group { child, group })
    }

    /// Reaps what is left of the group where its orphans became children of this process, as they do of PID 1. Only
    /// for a child that has been waited for.
    pub(super) fn reap(id: Option<Pid>) {
        let Some(group) = id else { return };
        while let Ok(Some(_)) = waitpgid(group, WaitOptions::NOHANG) {}
    }

    /// The group's id.
    pub(super) fn id(&self) -> Option<Pid> {
        self.group
    }

    /// Ends the child and all its descendants that did not leave the group.
    pub(super) fn kill(&mut self) {
        if let Some(group) = self.group.take() {
            // The group is gone already when all its members have ended.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The end of what a child writes to stderr; all of it goes on to the worker's own stderr.
#[derive(Debug, Default)]
pub(super) struct Tail(Vec<u8>);

impl Tail {
    /// Reads to the end. Cancelling loses nothing that was read.
    pub(super) async fn follow(&mut self, stderr: &mut ChildStderr) {
        use std::io::Write as _;
        use tokio::io::AsyncReadExt as _;
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = stderr.read(&mut buffer).await {
            let _ = io::stderr().write_all(&buffer[..read]);
            self.0.extend_from_slice(&buffer[..read]);
            let surplus = self.0.len().saturating_sub(TAIL_BYTES);
            self.0.drain(..surplus);
        }
    }

    /// What is kept, without surrounding blanks.
    pub(super) fn text(&self) -> &[u8] {
        self.0.trim_ascii()
    }
}

/// `exit 3` or `signal 9`, and what stderr said last.
pub(super) fn failure(how: &str, tail: &Tail) -> Vec<u8> {
    let mut error = how.as_bytes().to_vec();
    if !tail.text().is_empty() {
        error.extend_from_slice(b": ");
        error.extend_from_slice(tail.text());
    }
    error
}

/// The words for an exit status.
pub(super) fn ended(status: std::process::ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit {code}"),
        (None, Some(signal)) => format!("killed by signal {signal}"),
        (None, None) => "ended".to_owned(),
    }
}
