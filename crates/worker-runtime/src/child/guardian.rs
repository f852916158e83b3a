//! A process that ends the worker's children when the worker is killed.
//!
//! A worker that gets SIGKILL cannot end its children, and nobody else does outside a container:
//! two copies of a task would run side by side once its lease is over. So one small process waits
//! at the other end of a pipe for the worker's death and then kills the process groups that were
//! not ended yet. A signal on the parent's death (`PR_SET_PDEATHSIG`) would reach the child alone
//! and none of its own children, and costs an exec for each task. PID 1 of a container needs no
//! guardian: the kernel ends the container's processes with it.

use std::collections::BTreeSet;
use std::io::{self, Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::process::{Pid, Signal, getpid, kill_process_group};
use tracing::{debug, warn};

use crate::child::own_child::OwnChild;

/// The worker's own program is the guardian when this is its only argument.
pub const GUARD_CHILDREN: &str = "guard-children";

/// Tells the guardian of process groups. Clones share one.
#[derive(Clone, Debug, Default)]
pub struct Guardian(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    process: Option<(Child, OwnChild)>,
    groups: BTreeSet<i32>,
    /// A guardian could not be started, which was told.
    told: bool,
}

/// A group that is ended with the worker, for as long as this exists.
#[derive(Debug)]
pub(crate) struct Guarded {
    guardian: Guardian,
    group: i32,
}

impl Guardian {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From here on the group is killed when this process ends in any way.
    pub(crate) fn guard(&self, group: Pid) -> Guarded {
        let group = group.as_raw_nonzero().get();
        if !getpid().is_init() {
            let mut state = self.state();
            state.groups.insert(group);
            state.tell(group);
        }
        Guarded { guardian: self.clone(), group }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        let mut state = self.guardian.state();
        if state.groups.remove(&self.group) {
            state.tell(-self.group);
        }
    }
}

impl State {
    /// Tells the guardian of a new group, or with a minus of one that has ended. One that does not
    /// listen any longer is replaced, and the new one is told of all groups.
    fn tell(&mut self, group: i32) {
        if let Some((process, _)) = &mut self.process {
            let told = process.stdin.as_mut().map(|stdin| stdin.write_all(&group.to_ne_bytes()));
            if matches!(told, Some(Ok(()))) {
                return;
            }
            debug!("the guardian of the children is gone");
            let _ = process.kill();
            let _ = process.wait();
            self.process = None;
        }
        if self.groups.is_empty() {
            return;
        }
        match start(&self.groups) {
            Ok(process) => self.process = Some(process),
            Err(error) if !self.told => {
                self.told = true;
                warn!(
                    %error,
                    "no guardian can be started: a worker that is killed may leave its children \
                     behind"
                );
            }
            Err(_) => {}
        }
    }
}

fn start(groups: &BTreeSet<i32>) -> io::Result<(Child, OwnChild)> {
    // Not by its name: what is there now may be another version.
    let mut command = Command::new("/proc/self/exe");
    let own_path = PathBuf::from(std::env::args_os().next().unwrap_or_default());
    command
        .arg0(own_path.file_name().unwrap_or_default())
        .arg(GUARD_CHILDREN)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // A Ctrl-C at the terminal is for the worker, which needs some time to end.
        .process_group(0);
    let (mut process, own) = OwnChild::start(|| command.spawn(), |child| Some(child.id()))?;
    let stdin = process.stdin.as_mut().expect("stdin is a pipe");
    // A guardian that is stopped must not stop the worker.
    rustix::io::ioctl_fionbio(&*stdin, true)?;
    for group in groups {
        stdin.write_all(&group.to_ne_bytes())?;
    }
    Ok((process, own))
}

/// The guardian itself: reads of groups until the worker is gone, then ends those that are left.
pub fn guard_children() {
    let mut stdin = io::stdin().lock();
    let mut groups = BTreeSet::new();
    let mut group = [0; 4];
    while stdin.read_exact(&mut group).is_ok() {
        match i32::from_ne_bytes(group) {
            started @ 1.. => groups.insert(started),
            ended => groups.remove(&ended.saturating_neg()),
        };
    }
    for group in groups.into_iter().filter_map(Pid::from_raw) {
        let _ = kill_process_group(group, Signal::KILL);
    }
}
