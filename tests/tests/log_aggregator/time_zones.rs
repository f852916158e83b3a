//! Months by the clock of a zone that changes it.

use std::process::Output;

use system_tests::logs::{Folder, INPUT, assert_code, assert_error};

fn line(time: &str) -> String {
    format!("192.0.2.1 - - [{time} +0000] \"GET / HTTP/1.1\" 200 1 \"-\" \"agent\"\n")
}

fn month(folder: &Folder, month: &str, zone: &str) -> Output {
    let arguments = ["aggregate", "--month", month, "--time-zone", zone, "--max-unparsed", "0"];
    let variables = [("JOB_WORKER_INPUT", INPUT), ("OUTPUT_BUCKET", "out"), ("YEAR", "2024")];
    folder.run(&arguments, &variables)
}

fn folder() -> Folder {
    let folder = Folder::new();
    let october = [
        "30/Sep/2024:21:59:59", // 23:59:59 of September
        "30/Sep/2024:22:00:00", // midnight of October
        "27/Oct/2024:00:30:00", // 02:30, for the first time
        "27/Oct/2024:01:30:00", // 02:30, for the second time
        "27/Oct/2024:02:30:00", // 03:30
        "31/Oct/2024:22:59:59", // the last second of October
        "31/Oct/2024:23:00:00", // midnight of November
    ];
    folder.write("logs/2024/10/a.log", october.map(line).concat());
    folder.write("logs/2024/11/a.log", line("10/Nov/2024:12:00:00"));
    folder
}

#[test]
fn a_month_of_a_zone_has_the_days_and_hours_of_its_clock() {
    let folder = folder();
    assert_code(&month(&folder, "10", "europe/berlin"), 0);
    let summary = folder.json("out/10/summary.json");
    assert_eq!(summary["time_zone"], "Europe/Berlin");
    assert_eq!((&summary["requests"], &summary["of_other_months"]), (&5.into(), &2.into()));
    let day = |day: usize| summary["days"][day - 1]["requests"].clone();
    assert_eq!((day(1), day(27), day(31)), (1.into(), 3.into(), 1.into()));
    let hours = String::from_utf8(folder.published("out/10")["hourly.csv"].clone()).unwrap();
    let at = |hour: &str| {
        let line = hours.lines().find(|line| line.starts_with(hour)).unwrap_or_default();
        line.split(',').nth(2).unwrap_or_default().to_owned()
    };
    assert_eq!((at("2024-10-27,2,"), at("2024-10-27,3,")), ("2".to_owned(), "1".to_owned()));
    // Another zone is other work.
    assert_code(&month(&folder, "10", "Europe/Berlin"), 0);
    assert_eq!(folder.outcome(), "already-done");
    assert_code(&month(&folder, "10", "UTC"), 0);
    assert_eq!(folder.json("out/10/summary.json")["requests"], 5);
    assert_error(&month(&folder, "10", "Europe/Berlinn"), 64, &["Europe/Berlinn", "IANA"]);
}

#[test]
fn months_of_different_zones_are_merged_only_when_told() {
    let folder = folder();
    assert_code(&month(&folder, "10", "Europe/Berlin"), 0);
    assert_code(&month(&folder, "11", "UTC"), 0);
    let merge = |more: &[&str]| {
        let arguments = [&["merge", "--allow-missing"], more].concat();
        folder.run(&arguments, &[("OUTPUT_BUCKET", "out")])
    };
    let says = ["month 11", "UTC", "Europe/Berlin", "--allow-other-time-zones"];
    assert_error(&merge(&[]), 65, &says);
    assert_code(&merge(&["--allow-other-time-zones"]), 0);
    let year = folder.json("out/year.json");
    assert_eq!((&year["requests"], &year["time_zone"]), (&6.into(), &"Europe/Berlin, UTC".into()));
}
