//! A program whose pipes and end are waited for on the worker's runtime.

use std::ffi::OsStr;
use std::io;
use std::process::ExitStatus;

use rustix::process::Pid;
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};

use crate::child::guardian::{Guarded, Guardian};
use crate::child::own_child::OwnChild;
use crate::child::piped::piped;
use crate::child::process_group::ProcessGroup;

/// A running program in a process group of its own, of which nothing is left when this is dropped,
/// nor when the worker is killed.
#[derive(Debug)]
pub struct AsyncChild {
    child: Child,
    /// `None` once it was killed.
    group: Option<ProcessGroup>,
    _guarded: Option<Guarded>,
    // Dropped after the child.
    _own: OwnChild,
}

impl AsyncChild {
    /// Starts `arguments` (the program first) with these additional variables.
    ///
    /// # Errors
    ///
    /// Those of the system; [`crate::child::Shortage`] tells which will pass.
    pub fn start(
        arguments: &[impl AsRef<OsStr>],
        variables: &[(&str, String)],
        guardian: &Guardian,
    ) -> io::Result<AsyncChild> {
        let mut command = Command::from(piped(arguments, variables));
        command.kill_on_drop(true);
        let (child, own) = OwnChild::start(|| command.spawn(), Child::id)?;
        let group = child.id().and_then(|id| Pid::from_raw(id as i32));
        Ok(AsyncChild {
            child,
            group: group.map(ProcessGroup::led_by),
            _guarded: group.map(|group| guardian.guard(group)),
            _own: own,
        })
    }

    /// Its standard streams, once.
    ///
    /// # Panics
    ///
    /// When they are asked for a second time.
    pub fn streams(&mut self) -> (ChildStdin, ChildStdout, ChildStderr) {
        let taken = "the streams are piped and taken once";
        (
            self.child.stdin.take().expect(taken),
            self.child.stdout.take().expect(taken),
            self.child.stderr.take().expect(taken),
        )
    }

    /// Waits for the program itself. Cancelling loses nothing, and a second wait gives the same.
    ///
    /// # Errors
    ///
    /// When its end cannot be learnt.
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// The handle to stop it by while it is waited for; `None` once it was killed.
    pub fn group(&self) -> Option<ProcessGroup> {
        self.group
    }

    /// Ends the program and all its descendants that did not leave the group.
    pub fn kill(&mut self) {
        // The group is gone already when all its members have ended.
        if let Some(group) = self.group.take() {
            group.kill();
        }
    }
}

impl Drop for AsyncChild {
    fn drop(&mut self) {
        self.kill();
    }
}
