//! Whether this process is the container's main process, a child of another program, or was put
//! into a running container.

use std::fs;
use std::path::Path;

/// Programs that start another one in their own place, and whose end is its end. Others do work of
/// their own, of which a worker that they start is only a part.
const WRAPPERS: [&str; 24] = [
    "ash",
    "bash",
    "busybox",
    "catatonit",
    "dash",
    "docker-init",
    "dumb-init",
    "env",
    "ionice",
    "ksh",
    "mksh",
    "nice",
    "nohup",
    "s6-supervise",
    "s6-svscan",
    "setpriv",
    "sh",
    "stdbuf",
    "su",
    "sudo",
    "time",
    "timeout",
    "tini",
    "zsh",
];

/// The programs of this project: what they start is a task or a partition of theirs.
const WORKERS: [&str; 4] = ["log-aggregator", "partition-worker", "queue-worker", "sample-data"];

/// What starts containers where their processes are seen from outside (`hostPID`).
const RUNTIMES: [&str; 3] = ["conmon", "containerd-shim", "docker-containerd-shim"];

/// More ancestors than any process has; bounds the loop.
const MOST_ANCESTORS: usize = 256;

/// What this process is to the container, or to the machine, that it runs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The main process: PID 1 or, where PID 1 is another's (`shareProcessNamespace`), the
    /// container's first process; or what such a one started through inits and shells alone.
    Main,
    /// Started by some other program, which has an end of its own.
    Part,
    /// Started by a worker, as a handler's helper is; or put into a container that was already at
    /// work, as by `kubectl exec`.
    Guest,
}

/// A process as `/proc` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Process {
    pid: u32,
    /// 0 where it is outside of what can be seen.
    parent: u32,
    /// In clock ticks since the boot.
    started: u64,
    /// The last part of its first argument, which for a script is its interpreter.
    name: String,
}

impl Standing {
    /// The standing of this process.
    pub(crate) fn of_this_process() -> Standing {
        let pid = std::process::id();
        let ancestry = ancestry(pid);
        judge(&ancestry, is_first_of_its_container)
    }
}

/// `ancestry` begins with the process itself. `is_first` says whether a process is the first one of
/// its container; it is asked only where a process comes from outside.
fn judge(ancestry: &[Process], is_first: impl Fn(&Process) -> bool) -> Standing {
    let Some((this, above)) = ancestry.split_first() else { return Standing::Part };
    if above.iter().any(|ancestor| is_worker(&ancestor.name, &this.name)) {
        return Standing::Guest;
    }
    // The container ends at PID 1, or below what starts containers.
    let outside = above
        .iter()
        .position(|ancestor| RUNTIMES.iter().any(|name| ancestor.name.starts_with(name)));
    let inside = &ancestry[..=outside.unwrap_or(above.len())];
    let root = &inside[inside.len() - 1];
    let comes_from_outside = root.pid != 1 && (root.parent == 0 || outside.is_some());
    if comes_from_outside && !is_first(root) {
        return Standing::Guest;
    }
    let is_whole = comes_from_outside || root.pid == 1;
    let only_wrappers =
        inside[1..].iter().all(|ancestor| WRAPPERS.contains(&ancestor.name.as_str()));
    if is_whole && only_wrappers { Standing::Main } else { Standing::Part }
}

fn is_worker(name: &str, this: &str) -> bool {
    WORKERS.contains(&name) || name == this
}

/// The process and its ancestors up to PID 1, or to the last one that can be seen.
fn ancestry(pid: u32) -> Vec<Process> {
    let mut found: Vec<Process> = Vec::new();
    let mut next = pid;
    while next != 0
        && found.len() < MOST_ANCESTORS
        && let Some(process) = read(next)
    {
        next = process.parent;
        found.push(process);
    }
    found
}

/// Whether no process of the same control group, which is the container, is older. Its first
/// process lives as long as the container, so that whoever is put into it later finds it there.
fn is_first_of_its_container(root: &Process) -> bool {
    let group = |pid: u32| fs::read(format!("/proc/{pid}/cgroup")).ok();
    let Some(own) = group(root.pid) else { return false };
    let Ok(processes) = fs::read_dir("/proc") else { return false };
    let pids = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let mut others = pids.filter(|pid| *pid != root.pid);
    !others.any(|pid| {
        let older = |process: &Process| (process.started, process.pid) < (root.started, root.pid);
        read(pid).as_ref().is_some_and(older) && group(pid).as_ref() == Some(&own)
    })
}

fn read(pid: u32) -> Option<Process> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (parent, started) = parse_stat(&stat)?;
    let arguments = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    Some(Process { pid, parent, started, name: name_of(&arguments) })
}

/// Parent and start time. The second field is the program's name in parentheses, which may hold
/// anything, also these.
fn parse_stat(stat: &str) -> Option<(u32, u64)> {
    let (_, rest) = stat.rsplit_once(')')?;
    // The third field of proc_pid_stat(5) is the first here: `ppid` is its fourth, `starttime` its
    // 22nd.
    let field = |number: usize| rest.split_ascii_whitespace().nth(number - 3);
    Some((field(4)?.parse().ok()?, field(22)?.parse().ok()?))
}

/// The last part of the first argument; a login shell has a dash before its own.
fn name_of(arguments: &[u8]) -> String {
    let first = arguments.split(|byte| *byte == 0).next().unwrap_or_default();
    let first = String::from_utf8_lossy(first);
    let name = Path::new(first.trim_start_matches('-')).file_name();
    name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line of processes, `PID NAME`, each the child of the next one; the last one's parent is
    /// not seen.
    fn line(processes: &[(u32, &str)]) -> Vec<Process> {
        let parents = processes.iter().skip(1).map(|(pid, _)| *pid).chain([0]);
        let made = processes.iter().zip(parents);
        made.map(|((pid, name), parent)| Process {
            pid: *pid,
            parent,
            started: 0,
            name: (*name).to_owned(),
        })
        .collect()
    }

    #[track_caller]
    fn assert_standing(processes: &[(u32, &str)], first: bool, expected: Standing) {
        assert_eq!(judge(&line(processes), |_| first), expected, "{processes:?}");
    }

    #[test]
    fn pid_1_is_the_main_process_and_so_is_what_it_starts_through_inits_and_shells() {
        for processes in [
            &[(1, "queue-worker")][..],
            &[(7, "queue-worker"), (1, "tini")],
            &[(9, "partition-worker"), (8, "timeout"), (1, "sh")],
            &[(9, "log-aggregator"), (8, "bash"), (7, "env"), (1, "dumb-init")],
        ] {
            assert_standing(processes, false, Standing::Main);
        }
    }

    #[test]
    fn what_another_program_starts_is_a_part_of_it() {
        assert_standing(&[(7, "queue-worker"), (1, "python3")], false, Standing::Part);
        assert_standing(
            &[(9, "queue-worker"), (8, "sh"), (5, "java"), (1, "tini")],
            false,
            Standing::Part,
        );
        assert_standing(
            &[(900, "queue-worker"), (80, "bash"), (70, "sshd"), (1, "systemd")],
            true,
            Standing::Part,
        );
    }

    #[test]
    fn what_a_worker_starts_is_its_guest_whatever_is_between() {
        assert_standing(&[(7, "queue-worker"), (1, "queue-worker")], true, Standing::Guest);
        let handler =
            [(9, "queue-worker"), (8, "sh"), (7, "python3"), (6, "queue-worker"), (1, "tini")];
        assert_standing(&handler, true, Standing::Guest);
        assert_standing(
            &[(9, "queue-worker"), (8, "bash"), (1, "partition-worker")],
            true,
            Standing::Guest,
        );
        // Another name of this very program.
        assert_standing(&[(9, "worker"), (8, "bash"), (1, "worker")], true, Standing::Guest);
    }

    #[test]
    fn what_is_put_into_a_container_is_its_guest_and_its_first_process_is_not() {
        // kubectl exec, with and without a shell: PID 1 is no ancestor.
        assert_standing(&[(44, "queue-worker")], false, Standing::Guest);
        assert_standing(&[(45, "queue-worker"), (44, "sh")], false, Standing::Guest);
        // shareProcessNamespace: PID 1 is the pod's `pause`, and the container's first process is
        // no child of it.
        assert_standing(&[(12, "queue-worker")], true, Standing::Main);
        assert_standing(&[(14, "queue-worker"), (12, "sh")], true, Standing::Main);
        // hostPID: all is seen.
        let outside = [(6, "containerd-shim-runc-v2"), (1, "systemd")];
        for (first, expected) in [(true, Standing::Main), (false, Standing::Guest)] {
            assert_standing(&[&[(44, "queue-worker")][..], &outside].concat(), first, expected);
            assert_standing(
                &[&[(45, "queue-worker"), (44, "sh")][..], &outside].concat(),
                first,
                expected,
            );
        }
    }

    #[test]
    fn a_process_whose_parents_cannot_be_seen_is_not_the_main_one() {
        assert_eq!(judge(&[], |_| true), Standing::Part);
        // The parent is there and hidden (hidepid).
        let hidden = Process { pid: 7, parent: 6, started: 0, name: "queue-worker".to_owned() };
        assert_eq!(judge(&[hidden], |_| true), Standing::Part);
    }

    #[test]
    fn a_program_s_name_may_hold_anything() {
        let stat = "7 (a b) c) R 6 7 7 0 -1 4194304 1 0 0 0 1 2 0 0 20 0 1 0 12345 1 1";
        assert_eq!(parse_stat(stat), Some((6, 12345)));
        assert_eq!(parse_stat("7 (a"), None);
        for (arguments, name) in [
            (&b"/bin/sh\0/entrypoint.sh\0"[..], "sh"),
            (b"-bash\0", "bash"),
            (b"tini\0--\0x\0", "tini"),
            (b"", ""),
        ] {
            assert_eq!(name_of(arguments), name);
        }
    }

    #[test]
    fn this_process_and_its_ancestors_are_read() {
        let ancestry = ancestry(std::process::id());
        assert_eq!(ancestry[0].pid, std::process::id());
        assert_eq!(ancestry.get(1).map_or(0, |parent| parent.pid), ancestry[0].parent);
        assert!(!ancestry[0].name.is_empty() && ancestry[0].started > 0);
    }
}
