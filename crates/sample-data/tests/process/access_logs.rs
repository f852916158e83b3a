//! Access logs: months, compressions, objects.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use sample_data::access_logs::{Format, Lines, MonthRecipe};
use serde_json::Value;
use tempfile::TempDir;

use crate::{files, log, names, run, sample_data, succeed};

/// The lines and the truth that the library makes for the settings of these tests.
fn expected_month(month: u8) -> (Vec<u8>, Vec<u8>) {
    let recipe = MonthRecipe {
        year: 2023,
        month,
        lines: 5_000,
        broken_share: "0.01".parse().unwrap(),
        format: Format::Cloudfront,
        seed: 5,
    };
    let mut lines = Lines::of(recipe);
    let mut log = Vec::new();
    while lines.write_next(&mut log) {}
    (log, lines.truth_json())
}

const LOGS: &str = "access-logs --output logs --year 2023 --lines 5000 --format cloudfront \
                    --broken-share 0.01 --seed 5";

#[test]
fn a_year_of_logs_is_a_folder_a_month_with_the_truth_beside_it() {
    let folder = TempDir::new().unwrap();
    let arguments = format!("{LOGS} --objects 3");
    let output = succeed(folder.path(), &arguments.split(' ').collect::<Vec<_>>());
    let year = folder.path().join("logs/2023");
    for month in 1..=12 {
        let (mut log, truth) = expected_month(month);
        assert!(
            fs::read(year.join(format!("truth-{month:02}.json"))).unwrap() == truth,
            "month {month}"
        );
        let objects = files(&year.join(format!("{month:02}")));
        assert_eq!(names(&objects), ["access-0.log.gz", "access-1.log.gz", "access-2.log.gz"]);
        for object in objects.values() {
            let mut content = String::new();
            let mut bytes = Vec::new();
            flate2::bufread::GzDecoder::new(object.as_slice()).read_to_end(&mut bytes).unwrap();
            content.push_str(&String::from_utf8_lossy(&bytes[..200]));
            assert!(
                content.starts_with("#Version: 1.0\n#Fields: date time "),
                "each has its header"
            );
            let lines = bytes.splitn(3, |byte| *byte == b'\n').nth(2).unwrap();
            assert!(
                log.starts_with(lines),
                "the objects hold the month's lines one after the other"
            );
            log.drain(..lines.len());
        }
        assert!(log.is_empty());
    }
    assert_eq!(fs::read_dir(&year).unwrap().count(), 24);
    let last = log(&output).pop().unwrap();
    assert_eq!(
        (&last["counts"]["lines"], last["message"].as_str()),
        (&Value::from(60_000), Some("done"))
    );
}

#[test]
fn one_month_in_any_compression_and_with_more_objects_than_lines() {
    let folder = TempDir::new().unwrap();
    let (log, truth) = expected_month(7);
    for (compression, name) in [("none", "access-0.log"), ("zstd", "access-0.log.zst")] {
        let arguments = format!("{LOGS} --month 7 --compress {compression} --output {compression}");
        let arguments = arguments.replacen(" --output logs", "", 1);
        succeed(folder.path(), &arguments.split(' ').collect::<Vec<_>>());
        let bytes = fs::read(folder.path().join(compression).join("2023/07").join(name)).unwrap();
        let bytes =
            if compression == "zstd" { zstd::decode_all(bytes.as_slice()).unwrap() } else { bytes };
        assert!(bytes.ends_with(&log), "{compression}");
        assert!(
            fs::read(folder.path().join(compression).join("2023/truth-07.json")).unwrap() == truth
        );
        assert_eq!(
            fs::read_dir(folder.path().join(compression).join("2023")).unwrap().count(),
            2,
            "no other month"
        );
    }
    succeed(
        folder.path(),
        &"access-logs --output few --month 1 --lines 2 --objects 4 --compress none"
            .split(' ')
            .collect::<Vec<_>>(),
    );
    let sizes: Vec<bool> =
        files(&folder.path().join("few/2024/01")).values().map(|file| file.is_empty()).collect();
    assert_eq!(sizes, [false, false, true, true]);
}

#[test]
fn logs_of_a_run_with_more_objects_are_warned_of_and_left() {
    let folder = TempDir::new().unwrap();
    let run = |objects: &str| {
        let arguments =
            format!("access-logs --output out --month 3 --lines 100 --objects {objects}");
        succeed(folder.path(), &arguments.split(' ').collect::<Vec<_>>())
    };
    run("3");
    let warnings: Vec<_> =
        log(&run("2")).into_iter().filter(|line| line["level"] == "WARN").collect();
    let [warning] = warnings.as_slice() else { panic!("{warnings:?}") };
    assert_eq!(
        (&warning["files"], &warning["first"]),
        (&Value::from(1), &Value::from("access-2.log.gz"))
    );
}

#[test]
fn after_sigterm_no_unfinished_log_and_no_truth_is_there() {
    let folder = TempDir::new().unwrap();
    let earlier = "access-logs --output out --lines 100";
    succeed(folder.path(), &earlier.split(' ').collect::<Vec<_>>());
    let arguments = "access-logs --output out --lines 1000000000000 --progress-interval 10ms";
    let arguments: Vec<&str> = arguments.split(' ').collect();
    let mut child = sample_data(folder.path(), &arguments).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(|line| line.unwrap());
    assert!(lines.any(|line| line.contains("\"progress\"") && !line.contains("\"done\":0,")));
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let last: Value = serde_json::from_str(&lines.last().unwrap()).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert_eq!(last["reason"], "stopped before all months were whole; run again");
    let year = folder.path().join("out/2024");
    assert!(
        !year.join("truth-01.json").exists(),
        "it would not be true of what was about to be written"
    );
    for month in 1..=12 {
        let objects = files(&year.join(format!("{month:02}")));
        assert_eq!(names(&objects), ["access-0.log.gz"], "month {month} has the earlier run's");
    }
}

#[test]
fn settings_of_logs_that_make_no_sense_are_refused() {
    let folder = TempDir::new().unwrap();
    for (setting, error) in [
        ("--month 13", "13 is not in 1..=12"),
        ("--year 1969", "1969 is not in 1970..=9999"),
        ("--lines 0", "0 is not in 1..=1099511627776"),
        ("--objects 0", "0 is not in 1..=100000"),
        ("--format iis", "[possible values: combined, common, vhost-combined"),
        ("--broken-share 2", "more than all rows"),
    ] {
        let arguments = format!("access-logs --output out {setting}");
        let output = run(folder.path(), &arguments.split(' ').collect::<Vec<_>>());
        assert_eq!(output.status.code(), Some(64), "{setting}");
        let last = log(&output).pop().unwrap();
        assert!(last["error"].as_str().unwrap().contains(error), "{last}");
    }
    assert!(files(folder.path()).is_empty());
}
