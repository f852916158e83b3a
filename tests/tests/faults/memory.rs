//! A memory limit far below the size of the input: by a control group of the test's own where this
//! user may make one, else by what a process may have of its own (RLIMIT_DATA).

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{figures::Figures, files::Subject, size::Size};

const LIMIT: u64 = 64 << 20;

/// What holds a process to [`LIMIT`].
enum Limit {
    /// The folder of a control group, which goes with the test.
    Group(PathBuf),
    /// Stacks, heap and private mappings; what the kernel keeps of files for a process does not
    /// count.
    Data,
}

impl Limit {
    fn new(purpose: &str) -> Limit {
        let name = format!("job-workers-test-{}-{purpose}", std::process::id());
        for (root, limits) in [
            (
                "/sys/fs/cgroup/memory",
                &["memory.limit_in_bytes", "memory.memsw.limit_in_bytes"][..],
            ),
            ("/sys/fs/cgroup", &["memory.max"]),
        ] {
            let folder = Path::new(root).join(&name);
            if fs::create_dir(&folder).is_err() {
                continue;
            }
            let limited = limits
                .iter()
                .filter(|limit| fs::write(folder.join(limit), LIMIT.to_string()).is_ok())
                .count();
            let group = Limit::Group(folder);
            if limited > 0 {
                return group;
            }
        }
        Limit::Data
    }

    fn name(&self) -> &'static str {
        match self {
            Limit::Group(_) => "control group",
            Limit::Data => "RLIMIT_DATA",
        }
    }

    /// A shell's script that runs its arguments under the limit.
    fn script(&self) -> String {
        match self {
            Limit::Group(folder) => {
                format!("echo $$ > {}/cgroup.procs; exec \"$@\"", folder.display())
            }
            Limit::Data => format!("ulimit -d {}; exec \"$@\"", LIMIT >> 10),
        }
    }

    /// Processes that were killed for want of memory. Without a group nobody is killed: an
    /// allocation fails.
    fn kills(&self) -> u64 {
        let Limit::Group(folder) = self else { return 0 };
        let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_default();
        let events = read("memory.events") + &read("memory.oom_control");
        events
            .lines()
            .filter_map(|line| line.strip_prefix("oom_kill "))
            .map(|count| count.trim().parse::<u64>().unwrap())
            .sum()
    }
}

impl Drop for Limit {
    fn drop(&mut self) {
        if let Limit::Group(folder) = self {
            let _ = fs::remove_dir(folder);
        }
    }
}

/// A header and `mib` MiB of `text` again and again.
fn write_bomb(path: &Path, compression: &str, text: &str, mib: usize) {
    let mebibyte = text.repeat((1 << 20) / text.len());
    let fill = |out: &mut dyn io::Write| {
        out.write_all(b"a,b\n").unwrap();
        (0..mib).for_each(|_| out.write_all(mebibyte.as_bytes()).unwrap());
    };
    let file = fs::File::create(path).unwrap();
    if compression == "zstd" {
        let mut encoder = zstd::stream::write::Encoder::new(file, 1).unwrap();
        fill(&mut encoder);
        encoder.finish().unwrap();
    } else {
        let mut encoder = flate2::write::GzEncoder::new(file, flate2::Compression::best());
        fill(&mut encoder);
        encoder.finish().unwrap();
    }
}

/// Zstd and gzip make a thousandth of such an input. One of them is all records, the other is one
/// that never ends.
#[test]
fn a_decompression_bomb_is_streamed_in_64_mib() {
    let limit = Limit::new("bomb");
    let mib = Size::of_this_run().pick(200, 2_000);
    for compression in ["zstd", "gzip"] {
        for (line, is_endless) in [("1,2\n", false), ("xxxx", true)] {
            let folder = tempfile::tempdir().unwrap();
            fs::create_dir(folder.path().join("in")).unwrap();
            write_bomb(&folder.path().join("in/data_0.csv"), compression, line, mib);
            fs::write(
                folder.path().join("schema.json"),
                r#"{"fields": [{"name": "a"}, {"name": "b"}]}"#,
            )
            .unwrap();
            let size = fs::metadata(folder.path().join("in/data_0.csv")).unwrap().len() as usize;
            assert!(size * 400 < mib << 20, "{size} bytes are no bomb");
            let arguments = [
                "validate",
                "--input",
                "in/data_{index}.csv",
                "--schema",
                "schema.json",
                "--output",
                "out",
            ];
            let output = Command::new("sh")
                .args(["-euc", &limit.script(), "sh"])
                .arg(system_tests::binary("partition-worker"))
                .args(arguments)
                .args(["--compress", "zstd"])
                .current_dir(folder.path())
                .envs([("JOB_COMPLETION_INDEX", "0"), ("TOTAL_PARTITIONS", "1")])
                .env("JOB_WORKER_TERMINATION_MESSAGE", folder.path().join("termination.json"))
                .output()
                .unwrap();
            let log = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(0), "{compression} {line:?}: {log}");
            assert_eq!(limit.kills(), 0);
            if is_endless {
                assert!(log.contains("every record is rejected"), "{log}");
                assert!(log.contains("\"rejected\":1"), "{log}");
            }
        }
    }
}

#[test]
fn within_64_mib_an_input_of_any_size_gives_the_same_bytes() {
    let limit = Limit::new("input");
    let records = Size::of_this_run().pick(300_000, 3_000_000);
    for subject in Subject::without_key(records) {
        let input: u64 = system_tests::tree(&subject.folder().join("in"))
            .values()
            .map(|bytes| bytes.len() as u64)
            .sum();
        let output = subject.below_shell(&limit.script()).output().unwrap();
        let log = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{log}");
        let sound = usize::from(subject.published() == subject.expected);
        let scenario = match subject.name {
            "partition-worker" => "partition-worker: memory limit",
            _ => "log-aggregator: memory limit",
        };
        let injected = format!(
            "64 MiB by {}, input of {} MiB, {} OOM kills",
            limit.name(),
            input >> 20,
            limit.kills()
        );
        Figures { scenario, injected, survived: sound, lost: 1 - sound, doubled: 0 }
            .expect_none_lost_or_doubled();
    }
}
