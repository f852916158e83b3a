//! A memory limit far below the size of the input, by a control group of the test's own; needs root.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{figures::Figures, files::Subject, size::Size};

const LIMIT: u64 = 64 << 20;

/// A control group that goes with the test.
struct Group(PathBuf);

impl Group {
    /// `None` where no memory controller can be used.
    fn new() -> Option<Group> {
        let name = format!("job-workers-test-{}", std::process::id());
        for (root, limits) in [
            ("/sys/fs/cgroup/memory", &["memory.limit_in_bytes", "memory.memsw.limit_in_bytes"][..]),
            ("/sys/fs/cgroup", &["memory.max"]),
        ] {
            let folder = Path::new(root).join(&name);
            if fs::create_dir(&folder).is_err() {
                continue;
            }
            let group = Group(folder);
            let limited =
                limits.iter().filter(|limit| fs::write(group.0.join(limit), LIMIT.to_string()).is_ok()).count();
            if limited > 0 {
                return Some(group);
            }
        }
        None
    }

    /// Processes that were killed for want of memory.
    fn kills(&self) -> u64 {
        let read = |name: &str| fs::read_to_string(self.0.join(name)).unwrap_or_default();
        let events = read("memory.events") + &read("memory.oom_control");
        events
            .lines()
            .filter_map(|line| line.strip_prefix("oom_kill "))
            .map(|count| count.trim().parse::<u64>().unwrap())
            .sum()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}

#[test]
fn within_64_mib_an_input_of_any_size_gives_the_same_bytes() {
    let Some(group) = Group::new() else {
        eprintln!("not tried: no memory controller that this user may use");
        return;
    };
    let records = Size::of_this_run().pick(300_000, 3_000_000);
    for subject in Subject::without_key(records) {
        let input: u64 =
            system_tests::tree(&subject.folder().join("in")).values().map(|bytes| bytes.len() as u64).sum();
        let script = format!("echo $$ > {}/cgroup.procs; exec \"$@\"", group.0.display());
        let output = subject.below_shell(&script).output().unwrap();
        let log = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{log}");
        let sound = usize::from(subject.published() == subject.expected);
        let scenario = match subject.name {
            "partition-worker" => "partition-worker: memory limit",
            _ => "log-aggregator: memory limit",
        };
        let injected = format!("64 MiB by control group, input of {} MiB, {} OOM kills", input >> 20, group.kills());
        Figures { scenario, injected, survived: sound, lost: 1 - sound, doubled: 0 }.expect_none_lost_or_doubled();
    }
}
