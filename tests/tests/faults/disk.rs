//! Disks that are full or read-only. In a mount namespace of the test's own, so that nothing is
//! left behind; needs root.

use crate::{
    figures::Figures,
    files::{Subject, published_in},
    size::Size,
};

#[test]
#[ignore = "needs root: make test-root"]
fn a_full_disk_is_an_io_error_and_leaves_whole_files_or_none() {
    let rounds = Size::of_this_run().pick(6, 60);
    for subject in Subject::in_folder(20_000) {
        let needed: usize = subject.expected.values().map(Vec::len).sum();
        let kept = subject.folder().join("kept");
        let (mut refused, mut damaged) = (0, 0);
        for round in 0..rounds {
            // From next to nothing to nearly enough.
            let size = 8_192 + round * needed / rounds;
            let script = format!(
                "mkdir -p out kept; mount -t tmpfs -o size={size} none out; code=0; \"$@\" || \
                 code=$?; cp -a out/. kept/; exit $code"
            );
            let output = subject.below_mounting_shell(&script).output().unwrap();
            let log = String::from_utf8_lossy(&output.stderr);
            assert!(
                matches!(output.status.code(), Some(0 | 74)),
                "{size} of {needed} bytes: {:?} {log}",
                output.status
            );
            if output.status.code() == Some(74) {
                refused += 1;
                assert!(log.contains("No space left on device"), "{log}");
            }
            damaged += subject.damaged(&published_in(&kept)).len();
            std::fs::remove_dir_all(&kept).unwrap();
        }
        assert!(refused > rounds / 2, "{refused} of {rounds}");
        assert_eq!(subject.run(), Some(0));
        assert!(subject.published() == subject.expected);
        let scenario = match subject.name {
            "partition-worker" => "partition-worker: disk full",
            _ => "log-aggregator: disk full",
        };
        let injected = format!(
            "{rounds} disks of 8 KiB to {} KiB, {refused} too small: exit 74 each",
            needed / 1024
        );
        Figures {
            scenario,
            injected,
            survived: rounds - damaged.min(rounds),
            lost: damaged,
            doubled: 0,
        }
        .expect_none_lost_or_doubled();
    }
}

#[test]
#[ignore = "needs root: make test-root"]
fn a_read_only_disk_is_refused_with_nothing_written() {
    for subject in Subject::in_folder(2_000) {
        let script = "mkdir -p out; mount -t tmpfs -o ro none out; exec \"$@\"";
        let output = subject.below_mounting_shell(script).output().unwrap();
        let log = String::from_utf8_lossy(&output.stderr);
        assert!(matches!(output.status.code(), Some(74 | 77)), "{:?} {log}", output.status);
        assert!(log.contains("Read-only file system"), "{log}");
        let found = subject.published().len();
        let scenario = match subject.name {
            "partition-worker" => "partition-worker: disk read-only",
            _ => "log-aggregator: disk read-only",
        };
        let injected = format!("1 read-only disk: exit {}", output.status.code().unwrap());
        Figures { scenario, injected, survived: 1, lost: 0, doubled: found }
            .expect_none_lost_or_doubled();
    }
}
