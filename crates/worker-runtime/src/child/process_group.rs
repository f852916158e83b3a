//! The handle by which a program, and whatever it started in its process group, is stopped.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::time::timeout;

/// A process group. Copies name the same one.
///
/// Its number may be another group's once its leader has been waited for and all members have
/// ended, so nobody signals it after that.
#[derive(Clone, Copy, Debug)]
pub struct ProcessGroup(Pid);

impl ProcessGroup {
    /// The group whose leader has this number.
    pub(crate) fn led_by(pid: Pid) -> ProcessGroup {
        ProcessGroup(pid)
    }

    /// The leader's number, which is the group's.
    pub(crate) fn pid(self) -> Pid {
        self.0
    }

    /// Asks it to end: SIGTERM.
    pub fn terminate(self) {
        self.signal(Signal::TERM);
    }

    /// Ends it: SIGKILL.
    pub fn kill(self) {
        self.signal(Signal::KILL);
    }

    /// Asks it to end, and kills it when `ended` has not come within `time`. Answers what came.
    pub async fn end<T>(self, time: Duration, ended: impl Future<Output = T>) -> Option<T> {
        self.terminate();
        let ended = timeout(time, ended).await.ok();
        if ended.is_none() {
            self.kill();
        }
        ended
    }

    fn signal(self, signal: Signal) {
        // The only failure is that nobody is left in the group.
        let _ = kill_process_group(self.0, signal);
    }
}
