//! Access logs, read by a reader that shares nothing with their writer.

#[path = "support/log_reader.rs"]
mod log_reader;

use std::collections::{BTreeMap, HashSet};

use clap::ValueEnum as _;
use sample_data::access_logs::{Format, Lines, MonthRecipe};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

fn recipe(format: Format) -> MonthRecipe {
    MonthRecipe {
        year: 2024,
        month: 2,
        lines: 30_000,
        broken_share: "0.01".parse().unwrap(),
        format,
        seed: 7,
    }
}

fn written(recipe: MonthRecipe) -> (Vec<u8>, Value) {
    let mut lines = Lines::of(recipe);
    let mut out = lines.header().to_vec();
    while lines.write_next(&mut out) {}
    let truth = serde_json::from_slice(&lines.truth_json()).unwrap();
    (out, truth)
}

/// Requests, bytes, and the clients with their agents.
type Day = (u64, u64, HashSet<(String, String)>);

/// What the slow reader finds in a month's log, in the form of a truth. Whether a client is a bot
/// it cannot know.
fn found(recipe: MonthRecipe, log: &[u8], bot_requests: &Value) -> Value {
    let (mut all, mut broken, mut other_months, mut not_http, mut bytes) = (0, 0, 0, 0, 0);
    let mut days: BTreeMap<String, Day> = BTreeMap::new();
    let (mut statuses, mut methods, mut paths) =
        (BTreeMap::new(), BTreeMap::new(), BTreeMap::<String, u64>::new());
    let mut hours = [0; 24];
    for line in log.strip_suffix(b"\n").unwrap().split(|byte| *byte == b'\n') {
        if line.starts_with(b"#") {
            continue;
        }
        all += 1;
        let Some(line) = log_reader::read(recipe.format, line) else {
            broken += 1;
            continue;
        };
        if !line.day.starts_with(&format!("{}-{:02}-", recipe.year, recipe.month)) {
            other_months += 1;
            continue;
        }
        bytes += line.bytes;
        hours[line.hour] += 1;
        *statuses.entry(line.status.to_string()).or_insert(0) += 1;
        let day = days.entry(line.day).or_default();
        day.0 += 1;
        day.1 += line.bytes;
        day.2.insert((line.client, line.agent));
        match line.request {
            Some((method, path)) => {
                *methods.entry(method).or_insert(0) += 1;
                *paths.entry(path).or_default() += 1;
            }
            None => not_http += 1,
        }
    }
    let visitors: usize = days.values().map(|day| day.2.len()).sum();
    let distinct_paths = paths.len();
    let mut paths: Vec<(String, u64)> = paths.into_iter().collect();
    paths.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let days: Vec<Value> = days
        .into_iter()
        .map(|(day, (requests, bytes, seen))| json!({"day": day, "requests": requests, "bytes": bytes, "visitors": seen.len()}))
        .collect();
    let paths: Vec<Value> = paths
        .into_iter()
        .take(100)
        .map(|(path, requests)| json!({"path": path, "requests": requests}))
        .collect();
    json!({
        "year": recipe.year, "month": recipe.month, "lines": all, "requests": all - broken - other_months,
        "broken": broken, "other_months": other_months, "not_http": not_http, "bytes": bytes, "visitors": visitors,
        "bot_requests": bot_requests, "statuses": statuses, "methods": methods, "days": days, "hours": hours,
        "distinct_paths": distinct_paths, "paths": paths,
    })
}

#[test]
fn in_every_format_a_reader_finds_what_the_truth_says() {
    for format in Format::value_variants() {
        let recipe = recipe(*format);
        let (log, truth) = written(recipe);
        let found = found(recipe, &log, &truth["bot_requests"]);
        for (name, value) in truth.as_object().unwrap() {
            assert_eq!(&found[name], value, "{name} of {format:?}");
        }
        assert_eq!(truth["lines"], recipe.lines);
        // A few of them may be broken besides.
        let strays = 2 * (recipe.lines / 2_000);
        assert!(
            (strays - 4..=strays).contains(&truth["other_months"].as_u64().unwrap()),
            "{format:?}"
        );
        assert!((200..400).contains(&truth["broken"].as_u64().unwrap()), "{format:?}");
    }
}

#[test]
fn a_log_has_everything_that_a_real_one_has() {
    let (log, truth) = written(recipe(Format::Combined));
    let number = |name: &str| truth[name].as_u64().unwrap();
    let text = String::from_utf8_lossy(&log);
    for part in [
        "\\\"iPhone 15\\\"",
        "C:\\\\beta",
        "%C3%A9",
        "über-uns",
        "2001:db8:",
        " 304 -",
        "?page=2",
        "\\x16\\x03",
        "\" \"-\"\n",
    ] {
        assert!(text.contains(part), "{part}");
    }
    assert!(log.windows(5).any(|part| part == b"/caf\xe9"), "bytes that are not UTF-8");
    assert_eq!(truth["days"].as_array().unwrap().len(), 29);
    assert!((0.08..0.16).contains(&(number("bot_requests") as f64 / number("requests") as f64)));
    let hours: Vec<u64> =
        truth["hours"].as_array().unwrap().iter().map(|hour| hour.as_u64().unwrap()).collect();
    assert!(hours[20] > 8 * hours[3], "{hours:?}");
    let not_found = truth["statuses"]["404"].as_u64().unwrap() * 100 / number("requests");
    assert!((3..10).contains(&not_found), "{not_found} % are not found");
    let first = truth["paths"][0]["requests"].as_u64().unwrap();
    assert!(first * 40 > number("requests") && number("distinct_paths") > 5_000);
}

#[test]
fn the_bytes_are_the_same_on_every_machine_and_in_every_version() {
    // sample-data access-logs --compress none --lines 30000 --month 2 --broken-share 0.01 --format
    // ... | sha256sum
    let digests: Vec<String> = Format::value_variants()
        .iter()
        .map(|format| {
            let (log, _) = written(recipe(*format));
            let digest: String =
                Sha256::digest(&log)[..8].iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{} {digest}", format.to_possible_value().unwrap().get_name())
        })
        .collect();
    assert_eq!(digests.join("\n"), include_str!("golden/access_logs.txt").trim_end());
}

#[test]
fn months_and_seeds_are_unrelated() {
    let log =
        |month: u8, seed: u64| written(MonthRecipe { month, seed, ..recipe(Format::Common) }).0;
    let addresses = |log: &[u8]| {
        let text = String::from_utf8_lossy(log).into_owned();
        text.lines()
            .take(50)
            .map(|line| line.split(' ').next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let first = addresses(&log(2, 7));
    assert_ne!(addresses(&log(3, 7)), first);
    assert_ne!(addresses(&log(2, 8)), first);
}

#[test]
fn a_month_of_few_lines_and_one_at_the_end_of_time_are_whole() {
    for (year, month, lines) in [(1970, 1, 1), (9999, 12, 3), (2023, 2, 2_001)] {
        let recipe = MonthRecipe {
            year,
            month,
            lines,
            broken_share: "0".parse().unwrap(),
            ..recipe(Format::CombinedTime)
        };
        let (log, truth) = written(recipe);
        assert_eq!(found(recipe, &log, &truth["bot_requests"]), truth);
        assert_eq!(truth["requests"], lines - 2 * (lines / 2_000));
    }
}
