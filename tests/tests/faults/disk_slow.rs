//! A disk that is slow to read and to write: a loop device with a rate that a control group sets.
//! Needs root.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use crate::{
    figures::Figures,
    files::{Subject, published_in},
    size::Size,
};

/// A control group that goes with the test.
struct Group(PathBuf);

impl Group {
    fn new() -> Group {
        let name = format!("job-workers-slow-{}", std::process::id());
        let made = ["/sys/fs/cgroup/blkio", "/sys/fs/cgroup"]
            .into_iter()
            .map(|root| Path::new(root).join(&name))
            .find(|folder| fs::create_dir(folder).is_ok())
            .expect("this needs root and control groups for block devices: /sys/fs/cgroup");
        Group(made)
    }

    /// What a shell does to be slow on the device whose numbers are in `$numbers`.
    fn join(&self, rate: usize) -> String {
        let folder = self.0.display();
        let limit = if self.0.join("io.max").exists() {
            format!("echo \"$numbers rbps={rate} wbps={rate}\" > {folder}/io.max")
        } else {
            format!(
                "echo \"$numbers {rate}\" > {folder}/blkio.throttle.read_bps_device; echo \
                 \"$numbers {rate}\" > {folder}/blkio.throttle.write_bps_device"
            )
        };
        format!("{limit}; echo $$ > {folder}/cgroup.procs")
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}

#[test]
#[ignore = "needs root: make test-root"]
fn a_slow_disk_takes_longer_and_gives_the_same_bytes() {
    let records = Size::of_this_run().pick(4_000, 40_000);
    let group = Group::new();
    for subject in Subject::in_folder(records) {
        let size = |files: &crate::files::Files| files.values().map(Vec::len).sum::<usize>();
        let (input, output) =
            (size(&system_tests::tree(&subject.folder().join("in"))), size(&subject.expected));
        // All of it in about two seconds, or twenty.
        let rate = (input + output) / Size::of_this_run().pick(2, 20);
        let script = format!(
            "mkdir -p kept; mke2fs -q -F -t ext2 -b 4096 -d in disk 64m; device=$(losetup --show \
             -f disk); mkdir mounted; mount -t ext2 -o sync $device mounted; losetup -d $device; \
             numbers=$(cat /sys/class/block/${{device#/dev/}}/dev); mkdir mounted/out out; mount \
             --bind mounted in; mount --bind mounted/out out; {join}; code=0; \"$@\" || code=$?; \
             cp -a out/. kept/; exit $code",
            join = group.join(rate),
        );
        let began = Instant::now();
        let ran = subject.below_mounting_shell(&script).output().unwrap();
        let took = began.elapsed();
        assert_eq!(ran.status.code(), Some(0), "{}", String::from_utf8_lossy(&ran.stderr));
        assert!(took > Duration::from_secs(1), "{took:?}: the disk was not slow");
        let sound = usize::from(published_in(&subject.folder().join("kept")) == subject.expected);
        let scenario = match subject.name {
            "partition-worker" => "partition-worker: disk slow",
            _ => "log-aggregator: disk slow",
        };
        let injected = format!(
            "{} KiB read and {} KiB written at {} KiB/s (loop device, rate by control group): \
             {:.0} s",
            input >> 10,
            output >> 10,
            rate >> 10,
            took.as_secs_f64()
        );
        Figures { scenario, injected, survived: sound, lost: 1 - sound, doubled: 0 }
            .expect_none_lost_or_doubled();
    }
}
