//! A month that is still running: what there is of it is published as a part, and the whole month
//! takes its place.

use std::process::Output;

use serde_json::json;
use system_tests::logs::{Folder, INPUT, assert_code, assert_error, log, warnings};
use system_tests::tree;

use crate::support::assert_valid;

/// Requests of the first five days of January.
fn folder() -> Folder {
    let folder = Folder::new();
    for day in 1..=5 {
        folder.write(&format!("logs/2024/01/{day}.log"), log(day, 100 * day));
    }
    folder
}

fn part(folder: &Folder, until: &str, more: &[&str]) -> Output {
    folder.january(&[&["--partial", "--until", until], more].concat())
}

fn merge(folder: &Folder, more: &[&str]) -> Output {
    folder.run(&[&["merge", "out"], more].concat(), &[])
}

#[test]
fn a_part_of_a_month_is_published_as_such_and_its_days_are_those_of_the_whole_month() {
    let folder = folder();
    assert_code(&part(&folder, "2024-01-04", &[]), 0);
    assert!(!folder.path("out/01").exists());
    let summary = folder.json("out/01-partial/summary.json");
    assert_valid(&summary, "summary-5.schema.json");
    assert_eq!(summary["until"], "2024-01-04T00:00:00Z");
    assert_eq!((&summary["whole_days"], &summary["requests"]), (&3.into(), &600.into()));
    assert_eq!(summary["after_until"], 900);
    assert_eq!(folder.json("termination.json")["counts"]["after_until"], 900);
    let files = folder.published("out/01-partial");
    let lines = |name: &str| String::from_utf8_lossy(&files[name]).lines().count();
    assert_eq!((lines("daily.csv"), lines("hourly.csv")), (1 + 3, 1 + 3 * 24));

    assert_code(&folder.january(&[]), 0);
    let whole = folder.json("out/01/summary.json");
    let days = |summary: &serde_json::Value| summary["days"].as_array().unwrap()[..3].to_vec();
    assert_eq!(days(&summary), days(&whole));
    assert_eq!((&whole["until"], &whole["after_until"]), (&json!(null), &0.into()));
    assert_eq!((&whole["whole_days"], &whole["requests"]), (&31.into(), &1500.into()));
    assert!(tree(&folder.path("out/01-partial")).is_empty(), "the whole month replaces its part");
}

#[test]
fn a_day_that_has_begun_is_there_up_to_the_time() {
    let folder = Folder::new();
    folder.write("logs/2024/01/a.log", log(1, 50) + &log(2, 7300));
    assert_code(&part(&folder, "2024-01-02T02:00:00+01:00", &[]), 0);
    let summary = folder.json("out/01-partial/summary.json");
    assert_eq!(
        (&summary["until"], &summary["whole_days"]),
        (&"2024-01-02T01:00:00Z".into(), &1.into())
    );
    assert_eq!(summary["days"].as_array().map(Vec::len), Some(2));
    assert_eq!((&summary["requests"], &summary["after_until"]), (&3650.into(), &3700.into()));
    let hourly = folder.published("out/01-partial")["hourly.csv"].clone();
    let hourly = String::from_utf8(hourly).unwrap();
    assert_eq!(
        hourly.lines().last().map(|line| line.starts_with("2024-01-02,0,3600,")),
        Some(true)
    );
}

#[test]
fn an_earlier_part_is_not_taken_for_a_later_one_nor_a_part_for_the_whole_month() {
    let folder = folder();
    let requests = || folder.json("out/01-partial/summary.json")["requests"].clone();
    assert_code(&part(&folder, "2024-01-03", &[]), 0);
    assert_eq!(requests(), 300);
    assert_code(&part(&folder, "2024-01-03T00:00:00Z", &[]), 0);
    assert_eq!(folder.outcome(), "already-done", "the same time");
    assert_code(&part(&folder, "2024-01-05", &[]), 0);
    assert_eq!((folder.outcome().as_str(), requests()), ("done", 1000.into()));
    assert_code(&folder.january(&[]), 0);
    assert_eq!(folder.outcome(), "done");
    assert_eq!(folder.json("out/01/summary.json")["requests"], 1500);
    // Up to the end of the month it is the month, by whatever flags.
    assert_code(&part(&folder, "2024-02-01", &[]), 0);
    assert_eq!(folder.outcome(), "already-done");
    assert_code(&part(&folder, "today", &[]), 0);
    assert_eq!(folder.outcome(), "already-done");
}

#[test]
fn a_part_that_a_killed_run_has_left_beside_the_month_is_taken_away_by_the_next_one() {
    let folder = folder();
    assert_code(&part(&folder, "2024-01-03", &[]), 0);
    let left = tree(&folder.path("out/01-partial"));
    assert_code(&folder.january(&[]), 0);
    left.iter().for_each(|(name, bytes)| folder.write(&format!("out/01-partial/{name}"), bytes));
    assert_code(&merge(&folder, &["--allow-missing"]), 0);
    let year = folder.json("out/year.json");
    assert_eq!((&year["requests"], &year["partial"]), (&1500.into(), &json!([])));
    assert_code(&folder.january(&[]), 0);
    assert_eq!(folder.outcome(), "already-done");
    assert!(tree(&folder.path("out/01-partial")).is_empty());
}

#[test]
fn a_year_says_which_days_of_a_month_it_has_and_is_not_complete_without_being_told() {
    let folder = folder();
    for month in 2..=12 {
        folder.write(&format!("logs/2024/{month:02}/a.log"), "");
        let month = month.to_string();
        assert_code(&folder.january(&["--month", &month, "--allow-empty"]), 0);
    }
    assert_code(&part(&folder, "2024-01-04", &[]), 0);
    assert_error(
        &merge(&folder, &[]),
        66,
        &["part of month 01 (up to 2024-01-04T00:00:00Z)", "--allow-missing"],
    );
    let output = merge(&folder, &["--allow-missing", "--report"]);
    assert_code(&output, 0);
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    for says in ["2024-01*", "* only a part: 2024-01 up to 2024-01-04T00:00:00Z (whole days: 3)"] {
        assert!(told.contains(says), "{told}");
    }
    let year = folder.json("out/year.json");
    assert_valid(&year, "year-5.schema.json");
    assert_eq!((&year["partial"], &year["missing"]), (&json!([1]), &json!([])));
    assert_eq!((&year["requests"], &year["after_until"]), (&600.into(), &900.into()));
    let january = &year["months"][0];
    assert_eq!(
        (&january["until"], &january["whole_days"]),
        (&"2024-01-04T00:00:00Z".into(), &3.into())
    );
    let monthly = std::fs::read_to_string(folder.path("out/monthly.csv")).unwrap();
    let rows: Vec<&str> = monthly.lines().collect();
    assert!(rows[0].ends_with(",whole_days,until,after_until"), "{}", rows[0]);
    assert!(rows[1].ends_with(",3,2024-01-04T00:00:00Z,900"), "{}", rows[1]);
    assert!(rows[2].ends_with(",29,,0"), "{}", rows[2]);
    let page = std::fs::read_to_string(folder.path("out/report.html")).unwrap();
    for says in [
        "Twelve months, 1 of them not as a whole",
        "Jan* only up to 2024-01-04T00:00:00Z (whole days: 3)",
        "Left out behind the part of a month: 900",
    ] {
        assert!(page.contains(says), "{says}");
    }
    // The month has become whole: the year is of yesterday.
    assert_code(&folder.january(&[]), 0);
    let report = folder.run(&["report", "out"], &[]);
    assert_error(&report, 66, &["no _SUCCESS beside out/year.json", "merge again"]);
    assert_code(&merge(&folder, &[]), 0);
    assert_eq!(folder.json("out/year.json")["requests"], 1500);
}

#[test]
fn a_year_is_the_same_in_whatever_order_its_months_and_parts_are_published() {
    let years: Vec<_> = [[true, false], [false, true]]
        .into_iter()
        .map(|order| {
            let folder = folder();
            folder.write("logs/2024/02/a.log", log(2, 70).replace("/Jan/", "/Feb/"));
            for part_first in order {
                let output = if part_first {
                    part(&folder, "2024-01-03", &[])
                } else {
                    folder.january(&["--month", "2"])
                };
                assert_code(&output, 0);
            }
            assert_code(&merge(&folder, &["--allow-missing"]), 0);
            folder.published("out")
        })
        .collect();
    assert!(years[0] == years[1]);
}

#[test]
fn what_is_not_over_is_not_counted_as_if_it_were() {
    let folder = Folder::new();
    folder.write("logs/2199/01/a.log", log(1, 10).replace("/2024:", "/2199:"));
    let of_2199 = ["--year", "2199"];
    assert_error(
        &folder.january(&of_2199),
        66,
        &["2199-01 is not over", "2199-02-01T00:00:00Z", "--partial --until today"],
    );
    assert_error(
        &part(&folder, "2199-01-02", &of_2199),
        64,
        &["--until is 2199-01-02", "now it is"],
    );
    assert!(!folder.path("out").exists());
    // A Job of all months of a running year: there is nothing of this one yet.
    assert_code(&part(&folder, "today", &of_2199), 0);
    let message = folder.json("termination.json");
    assert!(message["message"].as_str().unwrap().contains("nothing of 2199-01 before --until yet"));
    assert!(!folder.path("out").exists());
}

#[test]
fn settings_that_contradict_each_other_are_refused_in_words() {
    let folder = folder();
    for (arguments, code, says) in [
        (&["--partial"][..], 64, "--until today"),
        (&["--until", "2024-01-03"], 64, "--partial as well"),
        (&["--partial", "--until", "2024-01-01"], 66, "nothing of 2024-01 before"),
        (&["--partial", "--until", "2023-12-31"], 66, "nothing of 2024-01 before"),
        (&["--partial", "--until", "15.01.2024"], 64, "15.01.2024"),
        (
            &["--partial", "--until", "today", "--time-zone", "as-logged"],
            64,
            "as the log writes it",
        ),
    ] {
        let output = folder.january(arguments);
        assert_code(&output, code);
        let log = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(log.contains(says), "{arguments:?}: {log}");
        assert!(!folder.path("out").exists(), "{arguments:?}");
    }
    assert_error(&part(&folder, "2024-01-01T00:00:00.5Z", &[]), 64, &["--until"]);
    folder.write("late/a.log", log(20, 30));
    let late = ["--input", "late/"];
    assert_error(
        &part(&folder, "2024-01-10", &late),
        66,
        &["none of the 30 requests of 2024-01", "2024-01-10T00:00:00Z"],
    );
    assert_code(&part(&folder, "2024-01-10", &[&late[..], &["--allow-empty"]].concat()), 0);
}

#[test]
fn what_filters_leave_out_is_counted_up_to_the_same_time() {
    let folder = folder();
    let filter = ["--exclude", "status=404"];
    assert_code(&part(&folder, "2024-01-03", &filter), 0);
    let summary = folder.json("out/01-partial/summary.json");
    assert_eq!(summary["filtered"]["exclude status=404"], 60);
    assert_eq!((&summary["requests"], &summary["after_until"]), (&240.into(), &1200.into()));
}

#[test]
fn a_log_that_ends_early_is_told() {
    let folder = folder();
    let output = folder.january(&[]);
    assert_code(&output, 0);
    let told = warnings(&output);
    assert!(
        told.iter().any(|line| line.contains("may end too early") && line.contains("2024-01-05"))
    );
    assert!(!told.iter().any(|line| line.contains("begin too late")));
}

#[test]
fn what_an_earlier_version_published_of_a_running_month_gives_way_to_its_part() {
    const NAMES: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let folder = Folder::new();
    let now = humantime::format_rfc3339_seconds(std::time::SystemTime::now()).to_string();
    let (year, month) = (&now[..4], &now[5..7]);
    let name = NAMES[month.parse::<usize>().unwrap() - 1];
    folder.write("logs/a.log", at(&format!("01/{name}/{year}:00:00:00 +0000")));
    let count = || {
        let arguments = ["--year", year, "--month", month.trim_start_matches('0'), "--input"];
        let output = part(&folder, "now", &[&arguments[..], &["logs/"]].concat());
        assert_code(&output, 0);
        warnings(&output).iter().any(|line| line.contains("merge takes it"))
    };
    count();
    // This version would not have published it: it is taken for a month that somebody knows of.
    let files = tree(&folder.path(&format!("out/{month}-partial")));
    files.iter().for_each(|(name, bytes)| folder.write(&format!("out/{month}/{name}"), bytes));
    assert!(count());
    let at = format!("out/{month}/_SUCCESS");
    let mut manifest = folder.json(&at);
    manifest["output_version"] = 10.into();
    folder.write(&at, manifest.to_string());
    assert!(!count());
    assert!(tree(&folder.path(&format!("out/{month}"))).is_empty());
    assert_code(&merge(&folder, &["--allow-missing"]), 0);
    assert_eq!(folder.json("out/year.json")["partial"], json!([month.parse::<u8>().unwrap()]));
}

/// A line of a server at some offset.
fn at(time: &str) -> String {
    format!("192.0.2.1 - - [{time}] \"GET / HTTP/1.1\" 200 1 \"-\" \"agent\"\n")
}

#[test]
fn as_logged_each_line_stands_where_its_own_clock_puts_it() {
    let folder = Folder::new();
    let lines = [
        "31/Jan/2024:23:30:00 -0800", // February in UTC
        "01/Jan/2024:00:30:00 +0900", // December in UTC
        "15/Jan/2024:12:00:00 +0000",
        "15/Jan/2024:12:00:00 +0530",
        "01/Feb/2024:00:10:00 +0900", // January in UTC
        "31/Dec/2023:23:50:00 -0800", // January in UTC
    ];
    folder.write("logs/2024/01/a.log", lines.map(at).concat());
    let iso = "{\"time\":\"2024-01-31T23:59:59-08:00\",\"remote_addr\":\"192.0.2.1\",\
               \"request\":\"GET / HTTP/1.1\",\"status\":200,\"size\":1}\n";
    folder.write("logs/2024/01/b.log", iso.repeat(3));
    let as_logged = ["--time-zone", "as-logged"];
    assert_code(&folder.january(&as_logged), 0);
    let summary = folder.json("out/01/summary.json");
    assert_eq!((&summary["requests"], &summary["of_other_months"]), (&7.into(), &2.into()));
    assert_eq!(summary["time_zone"], "as-logged");
    let day = |day: usize| summary["days"][day - 1]["requests"].clone();
    assert_eq!((day(1), day(15), day(31)), (1.into(), 2.into(), 4.into()));
    let hourly = String::from_utf8(folder.published("out/01")["hourly.csv"].clone()).unwrap();
    assert!(hourly.contains("2024-01-15,12,2,"), "{hourly}");
    assert_code(&folder.january(&as_logged), 0);
    assert_eq!(folder.outcome(), "already-done");
    // A part ends by the clocks of the lines, too.
    let until = ["--partial", "--until", "2024-01-31"];
    assert_code(&folder.january(&[&as_logged[..], &until].concat()), 0);
    let part = folder.json("out/01-partial/summary.json");
    assert_eq!((&part["until"], &part["after_until"]), (&"2024-01-31T00:00:00".into(), &4.into()));
    assert_eq!(part["requests"], 3);
}

#[test]
fn a_clock_that_names_no_zone_is_taken_as_it_is_where_times_count_as_logged() {
    let folder = Folder::new();
    let line = "{\"time\":\"2024-01-31T23:30:00\",\"remote_addr\":\"192.0.2.1\",\
                \"request\":\"GET / HTTP/1.1\",\"status\":200,\"size\":1}\n";
    folder.write("logs/2024/01/a.log", line.repeat(12));
    for zone in [&[][..], &["--log-time-zone", "-08:00"]] {
        let arguments = [&["--time-zone", "as-logged"], zone].concat();
        let output = folder.january(&arguments);
        assert_code(&output, 0);
        let summary = folder.json("out/01/summary.json");
        assert_eq!(
            (&summary["days"][30]["requests"], &summary["remarks"]),
            (&12.into(), &json!({}))
        );
    }
}

#[test]
fn a_time_that_no_clock_shows_is_told_where_times_count_as_logged() {
    let folder = Folder::new();
    // 2024-01-31T23:30:00Z
    let line = "{\"ts\":1706743800.5,\"remote_addr\":\"192.0.2.1\",\
                \"request\":\"GET / HTTP/1.1\",\"status\":200,\"size\":1}\n";
    folder.write("logs/2024/01/a.log", line.repeat(12));
    let line = "1706743800.123 5 192.0.2.1 TCP_MISS/200 9 GET http://example.org/ - DIRECT/1 -\n";
    folder.write("squid/a.log", line.repeat(12));
    for input in [INPUT, "squid/"] {
        for (zone, day, told) in [("as-logged", 31, 12), ("-01:00", 31, 0)] {
            let output = folder.january(&["--input", input, "--time-zone", zone]);
            assert_code(&output, 0);
            let summary = folder.json("out/01/summary.json");
            assert_eq!(summary["days"][day - 1]["requests"], 12);
            let remark = &summary["remarks"]["the time is a number, which no clock shows"];
            assert_eq!(remark.as_u64().unwrap_or(0), told, "{input} {zone}");
        }
    }
}

#[test]
fn months_as_logged_merge_with_each_other_and_with_others_only_when_told() {
    let folder = Folder::new();
    let (january, february) = (at("31/Jan/2024:23:30:00 -0800"), at("01/Feb/2024:00:10:00 +0900"));
    // Both logs have the requests around midnight, as rotated logs do.
    for month in ["01", "02"] {
        folder.write(&format!("logs/2024/{month}/a.log"), [&*january, &february].concat());
    }
    let month = |month: &str, zone: &str| {
        let arguments = ["aggregate", "--month", month, "--time-zone", zone];
        let variables = [("JOB_WORKER_INPUT", INPUT), ("OUTPUT_BUCKET", "out"), ("YEAR", "2024")];
        assert_code(&folder.run(&arguments, &variables), 0);
    };
    month("1", "as-logged");
    month("2", "AS-LOGGED");
    assert_code(&merge(&folder, &["--allow-missing"]), 0);
    let year = folder.json("out/year.json");
    assert_eq!((&year["requests"], &year["time_zone"]), (&2.into(), &"as-logged".into()));
    month("2", "UTC");
    let refused = merge(&folder, &["--allow-missing"]);
    assert_error(&refused, 65, &["as-logged", "UTC", "--allow-other-time-zones"]);
    assert_code(&merge(&folder, &["--allow-missing", "--allow-other-time-zones"]), 0);
    assert_eq!(folder.json("out/year.json")["time_zone"], "as-logged, UTC");
}
