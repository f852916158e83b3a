//! Reaping what others leave behind. As PID 1 of its container a worker becomes the parent of every
//! process whose own parent has ended. Each stays as a zombie until it is waited for, and counts
//! towards the pod's limit of processes.

use std::io;
use std::time::Duration;

use rustix::process::{
    Pid, WaitId, WaitIdOptions, WaitOptions, child_subreaper, getpid, waitid, waitpid,
};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;

use crate::child::own_child::own;

/// Time for a child that this program started to be waited for by whoever started it, before all
/// children are listed.
const PATIENCE: Duration = Duration::from_millis(50);
/// A signal can be lost where several children end at once, so there is a look without one, too.
const INTERVAL: Duration = Duration::from_secs(5);

/// Whether orphans become children of this process.
pub(crate) fn is_reaper() -> bool {
    getpid().is_init() || child_subreaper().is_ok_and(|set| set.is_some())
}

/// Waits for orphans for ever.
pub(crate) async fn reap() {
    let mut ended = match signal(SignalKind::child()) {
        Ok(ended) => ended,
        Err(error) => {
            return tracing::warn!(%error, "orphans are not waited for and stay as zombies");
        }
    };
    loop {
        tokio::select! {
            _ = ended.recv() => {}
            () = sleep(INTERVAL) => {}
        }
        // One cheap call tells that there is nothing to do, as it is while each child is waited for
        // where it was started.
        while has_zombie() {
            sleep(PATIENCE).await;
            if !has_zombie() {
                break;
            }
            if let Err(error) = reap_orphans() {
                return tracing::warn!(
                    %error,
                    "the children of this process cannot be listed: orphans stay as zombies"
                );
            }
        }
    }
}

fn has_zombie() -> bool {
    let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    matches!(waitid(WaitId::All, look), Ok(Some(_)))
}

/// Waits for each child that has ended and is not this program's own.
fn reap_orphans() -> io::Result<()> {
    let own = own();
    // Orphans are given to the first thread that is left of their new parent, which is the main one
    // while it runs.
    for thread in std::fs::read_dir("/proc/self/task")? {
        let children = match std::fs::read_to_string(thread?.path().join("children")) {
            // A thread may end in between.
            Err(error) if error.raw_os_error() == Some(rustix::io::Errno::SRCH.raw_os_error()) => {
                continue;
            }
            children => children?,
        };
        let orphans = children
            .split_whitespace()
            .filter_map(|pid| pid.parse().ok())
            .filter(|pid| !own.contains(pid));
        for orphan in orphans.filter_map(Pid::from_raw) {
            let _ = waitpid(Some(orphan), WaitOptions::NOHANG);
        }
    }
    Ok(())
}
