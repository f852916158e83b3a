//! A program whose pipes are served by threads, and whose end a thread waits for.

use std::ffi::OsStr;
use std::io;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, ExitStatus};

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use crate::child::own_child::OwnChild;
use crate::child::piped::piped;
use crate::child::process_group::ProcessGroup;

/// A running program in a process group of its own.
#[derive(Debug)]
pub struct BlockingChild {
    child: Child,
    group: ProcessGroup,
    own: OwnChild,
}

impl BlockingChild {
    /// Starts `arguments` (the program first) with these additional variables.
    ///
    /// # Errors
    ///
    /// Those of the system; [`crate::child::why_not_started`] has words for them.
    pub fn start(
        arguments: &[impl AsRef<OsStr>],
        variables: &[(&str, String)],
    ) -> io::Result<BlockingChild> {
        let mut command = piped(arguments, variables);
        let (child, own) = OwnChild::start(|| command.spawn(), |child| Some(child.id()))?;
        let group = ProcessGroup::led_by(Pid::from_child(&child));
        Ok(BlockingChild { child, group, own })
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

    /// The handle to stop it by from another thread.
    pub fn group(&self) -> ProcessGroup {
        self.group
    }

    /// Waits for the program itself, then ends what it left behind in its group, so that nobody
    /// holds its pipes open.
    ///
    /// # Errors
    ///
    /// When its end cannot be learnt.
    pub fn wait(mut self) -> io::Result<ExitStatus> {
        // Not reaped yet, so that the group's number cannot be another's when it is used.
        waitid(WaitId::Pid(self.group.pid()), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)?;
        self.group.kill();
        let status = self.child.wait()?;
        drop(self.own);
        Ok(status)
    }
}
