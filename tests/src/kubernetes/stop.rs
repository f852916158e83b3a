//! The end of everything at once: when a person has enough, or time is up.

use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::process::Child;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

/// The processes that run, each of which can be killed without being waited for.
#[derive(Debug, Default)]
pub(super) struct Stop {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    is_stopped: bool,
    next: u64,
    running: BTreeMap<u64, OwnedFd>,
}

/// A process that [`Stop::stop`] kills until this is dropped.
#[derive(Debug)]
pub(super) struct Stoppable<'a> {
    stop: &'a Stop,
    number: u64,
}

impl Stop {
    /// Kills a process as soon as all are to end; at once, if they are already.
    ///
    /// # Errors
    ///
    /// If the system has no handles for processes, which came with Linux 5.3.
    pub(super) fn watch(&self, child: &Child) -> anyhow::Result<Stoppable<'_>> {
        // A number alone would be another's after this process was waited for.
        let process = i32::try_from(child.id())
            .ok()
            .and_then(Pid::from_raw)
            .context("a process has a number")?;
        let handle =
            pidfd_open(process, PidfdFlags::empty()).context("a process cannot be watched")?;
        let mut state = self.lock();
        if state.is_stopped {
            kill(&handle);
        }
        let number = state.next;
        state.next += 1;
        state.running.insert(number, handle);
        Ok(Stoppable { stop: self, number })
    }

    /// Kills every process that is watched, and those that will be.
    pub(super) fn stop(&self) {
        let mut state = self.lock();
        state.is_stopped = true;
        state.running.values().for_each(kill);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.lock().is_stopped
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One that has just ended needs no killing.
fn kill(handle: &OwnedFd) {
    let _ = pidfd_send_signal(handle, Signal::KILL);
}

impl Drop for Stoppable<'_> {
    fn drop(&mut self) {
        self.stop.lock().running.remove(&self.number);
    }
}
