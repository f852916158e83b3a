//! The sample logs, in all their formats, come to what their truth says when the log-aggregator's
//! pure half reads them.

use std::path::Path;

use clap::ValueEnum as _;
use log_aggregator::counting::Calendar;
use log_aggregator::counting::{Month, OwnSites, Rules};
use log_aggregator::formats::{Line, Parser, detect};
use log_aggregator::output::Summary;
use sample_data::access_logs::Format;
use serde_json::Value;
use system_tests::worker;

/// A sample month of 2024 and its truth.
fn sample(folder: &Path, format: &str, month: u8) -> (Vec<Vec<u8>>, Value) {
    let number = month.to_string();
    let arguments = [
        "access-logs",
        "--year",
        "2024",
        "--month",
        &number,
        "--lines",
        "12000",
        "--objects",
        "2",
        "--compress",
        "none",
        "--broken-share",
        "0.01",
        "--format",
        format,
        "--output",
        "logs",
    ];
    let ran = worker("sample-data", folder, &arguments, &[]).output().expect("it starts");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let read =
        |name: String| std::fs::read(folder.join("logs/2024").join(name)).expect("it is there");
    let truth =
        serde_json::from_slice(&read(format!("truth-{month:02}.json"))).expect("it is JSON");
    ((0..2).map(|object| read(format!("{month:02}/access-{object}.log"))).collect(), truth)
}

fn count(files: &[Vec<u8>], month: u8) -> (String, Summary) {
    let calendar = Calendar::new(2024, month, 0).expect("there is such a month");
    let mut counts = Month::new(Rules {
        calendar,
        keep_query: false,
        exact_keys: 100_000,
        by_host: false,
        by_hour: false,
        origins: Default::default(),
        own_sites: OwnSites::default(),
    });
    let mut name = String::new();
    for file in files {
        let format = detect(&file[..file.len().min(64 << 10)])
            .expect("a format is found")
            .expect("there are lines");
        let mut parser = Parser::new(&format);
        for line in file.strip_suffix(b"\n").unwrap_or(file).split(|byte| *byte == b'\n') {
            match parser.parse(line) {
                Ok(Line::Entry(entry)) => counts.add(&entry),
                Ok(Line::Nothing) => {}
                Err(error) => counts.add_unparsed(error),
            }
        }
        name = format.name().to_owned();
    }
    (name, Summary::of(&counts, 2024, month, 1_000_000))
}

#[test]
fn every_format_comes_to_the_truth() {
    let folder = tempfile::tempdir().unwrap();
    for format in Format::value_variants() {
        let value = format.to_possible_value().expect("it can be asked for");
        let format = value.get_name();
        let (files, truth) = sample(folder.path(), format, 2);
        let (found, summary) = count(&files, 2);
        let place = format!("{format}, read as {found}");
        assert_eq!(
            summary.unparsed.values().sum::<u64>(),
            truth["broken"],
            "{place}: {:?}",
            summary.unparsed
        );
        assert_eq!(summary.of_other_months, truth["other_months"], "{place}");
        assert_eq!(summary.requests, truth["requests"], "{place}");
        assert_eq!(summary.bytes, truth["bytes"].as_u64(), "{place}");
        assert_eq!(serde_json::to_value(&summary.statuses).unwrap(), truth["statuses"], "{place}");
        for (day, expected) in summary.days.iter().zip(truth["days"].as_array().unwrap()) {
            assert_eq!(
                (&*day.date, day.requests, day.bytes),
                (
                    expected["day"].as_str().unwrap(),
                    expected["requests"].as_u64().unwrap(),
                    expected["bytes"].as_u64(),
                ),
                "{place}"
            );
        }
        let hours: Vec<u64> =
            (0..24).map(|hour| summary.hours.iter().map(|day| day[hour]).sum()).collect();
        assert_eq!(serde_json::to_value(hours).unwrap(), truth["hours"], "{place}");
        let methods: serde_json::Map<String, Value> = summary.tables["methods"]
            .top
            .iter()
            .filter(|method| !method.key.is_empty())
            .map(|method| (method.key.clone(), method.requests.into()))
            .collect();
        assert_eq!(Value::Object(methods), truth["methods"], "{place}");
        // A common log knows no user agents, so that its visitors are its clients; the truth has
        // what the log has.
        let (visitors, expected) = (summary.visitors as f64, truth["visitors"].as_f64().unwrap());
        assert!(
            (visitors / expected - 1.0).abs() < 0.02,
            "{place}: {visitors} visitors of {expected}"
        );
        let paths: std::collections::BTreeMap<&str, u64> = ["paths", "not_found", "static_files"]
            .iter()
            .flat_map(|table| &summary.tables[*table].top)
            .fold(Default::default(), |mut sums, path| {
                *sums.entry(path.key.as_str()).or_default() += path.requests;
                sums
            });
        for expected in truth["paths"].as_array().unwrap() {
            let path = expected["path"].as_str().unwrap();
            assert_eq!(paths.get(path).copied(), expected["requests"].as_u64(), "{place}: {path}");
        }
    }
}
