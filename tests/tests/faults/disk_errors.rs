//! Disks that answer with EIO: a loop device whose file has lost its end cannot be read there, and
//! a compressed RAM disk (zram) that may not have more memory cannot be written. Needs root.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    figures::Figures,
    files::{Subject, published_in},
    size::Size,
};

/// An empty file system of 4 KiB blocks has its tables before this place.
const TABLES: usize = 640 << 10;

#[test]
#[ignore = "needs root: make test-root"]
fn a_disk_that_cannot_be_read_is_an_io_error_with_whole_files_or_none() {
    let rounds = Size::of_this_run().pick(6, 60);
    for subject in Subject::in_folder(20_000) {
        let input: usize =
            system_tests::tree(&subject.folder().join("in")).values().map(Vec::len).sum();
        let (mut refused, mut damaged) = (0, 0);
        for round in 0..rounds {
            subject.clear();
            // From where the files begin to nearly their end. The mount goes with its name space,
            // the loop device with the mount.
            let readable = TABLES + round * input / rounds;
            let script = format!(
                "mke2fs -q -F -t ext2 -b 4096 -d in disk 64m; mount -t ext2 -o loop,ro disk in; \
                 truncate -s {readable} disk; exec \"$@\""
            );
            let output = subject.below_mounting_shell(&script).output().unwrap();
            let log = String::from_utf8_lossy(&output.stderr);
            assert!(
                matches!(output.status.code(), Some(0 | 74)),
                "{readable}: {:?} {log}",
                output.status
            );
            if output.status.code() == Some(74) {
                refused += 1;
                assert!(log.contains("Input/output error"), "{log}");
            }
            damaged += subject.damaged(&subject.published()).len();
        }
        assert!(refused > rounds / 2, "{refused} of {rounds}");
        told(
            &subject,
            ["partition-worker: disk unreadable", "log-aggregator: disk unreadable"],
            rounds,
            damaged,
            || {
                format!(
                    "{rounds} input disks that end too early (loop device), EIO at the first read \
                     beyond: {refused} times exit 74"
                )
            },
        );
    }
}

#[test]
#[ignore = "needs root: make test-root"]
fn a_disk_that_cannot_be_written_is_an_io_error_with_whole_files_or_none() {
    let rounds = Size::of_this_run().pick(6, 60);
    for subject in Subject::in_folder(20_000) {
        let needed: usize = subject.expected.values().map(Vec::len).sum();
        let kept = subject.folder().join("kept");
        let (mut refused, mut damaged) = (0, 0);
        for round in 0..rounds {
            let disk = RamDisk::new(64 << 20);
            // What has no journal may have folders on it that were never written, which is no file
            // of the worker's. From next to nothing to enough: tables of the file
            // system included. Errors come with each write in turn, and when all is written out.
            let memory = 4_096 + round * (needed * 2 + (1 << 20)) / rounds;
            let when = if round % 2 == 0 { "sync" } else { "async" };
            let script = format!(
                "mkdir -p out kept; mke2fs -q -F -t ext2 -b 4096 -E nodiscard {device}; mount -t \
                 ext2 -o {when} {device} out; sync; used=$(awk '{{ print $3 }}' \
                 {system}/mm_stat); echo $((used + {memory})) > {system}/mem_limit; code=0; \
                 \"$@\" || code=$?; echo 0 > {system}/mem_limit; umount out; mount -t ext2 -o ro \
                 {device} out; cp -a out/. kept/ || true; exit $code",
                device = disk.device(),
                system = disk.system.display(),
            );
            let output = subject.below_mounting_shell(&script).output().unwrap();
            let log = String::from_utf8_lossy(&output.stderr);
            assert!(
                matches!(output.status.code(), Some(0 | 74)),
                "{memory} of {needed}: {:?} {log}",
                output.status
            );
            let found = published_in(&kept);
            if output.status.code() == Some(74) {
                refused += 1;
                assert!(log.contains("Input/output error"), "{log}");
            } else {
                assert!(found == subject.expected, "success, and not everything is on the disk");
            }
            damaged += subject.damaged(&found).len();
            fs::remove_dir_all(&kept).unwrap();
        }
        // Some suffice, and then all of it must be there when the disk is read again.
        assert!((rounds / 4..rounds).contains(&refused), "{refused} of {rounds}");
        assert_eq!(subject.run(), Some(0));
        assert!(subject.published() == subject.expected);
        told(
            &subject,
            ["partition-worker: disk unwritable", "log-aggregator: disk unwritable"],
            rounds,
            damaged,
            || {
                format!(
                    "{rounds} output disks with a limit of memory (zram), EIO at a write or fsync \
                     where it is too low: {refused} times exit 74"
                )
            },
        );
    }
}

fn told(
    subject: &Subject,
    scenarios: [&'static str; 2],
    rounds: usize,
    damaged: usize,
    injected: impl FnOnce() -> String,
) {
    let scenario = scenarios[usize::from(subject.name != "partition-worker")];
    let survived = rounds - damaged.min(rounds);
    Figures { scenario, injected: injected(), survived, lost: damaged, doubled: 0 }
        .expect_none_lost_or_doubled();
}

/// A zram device that goes with the test.
struct RamDisk {
    number: String,
    system: PathBuf,
}

impl RamDisk {
    fn new(size: usize) -> RamDisk {
        // Many kernels have it as a module that nobody has asked for yet.
        if !Path::new("/sys/class/zram-control").exists() {
            let _ = Command::new("modprobe").args(["zram", "num_devices=0"]).status();
        }
        let number = fs::read_to_string("/sys/class/zram-control/hot_add").expect(
            "this needs root and the kernel's zram (modprobe zram): /sys/class/zram-control",
        );
        let number = number.trim().to_owned();
        let disk =
            RamDisk { system: Path::new("/sys/block").join(format!("zram{number}")), number };
        fs::write(disk.system.join("disksize"), size.to_string()).unwrap();
        disk
    }

    fn device(&self) -> String {
        format!("/dev/zram{}", self.number)
    }
}

impl Drop for RamDisk {
    fn drop(&mut self) {
        let _ = fs::write(self.system.join("reset"), "1");
        let _ = fs::write("/sys/class/zram-control/hot_remove", &self.number);
    }
}
