//! The Job benchmark: what it reads from a cluster, what it does with one, and the real thing at small size with processes.

mod kubectl;
mod local;
mod reading;

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

/// Recorded answers of an API server.
fn recorded(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bench_jobs/recorded").join(name)
}

fn json(path: &Path) -> Value {
    let text = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What the benchmark said when it ended with this code.
#[track_caller]
fn error(output: &Output, code: i32) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{text}");
    text
}

/// Asserts that the parts of every run add up to its seconds.
#[track_caller]
fn assert_parts_add_up(report: &Value) {
    let runs: Vec<&Value> =
        report["tasks"].as_array().into_iter().flatten().flat_map(|task| task["runs"].as_array()).flatten().collect();
    assert!(!runs.is_empty(), "{report}");
    for run in runs {
        let parts: f64 =
            run["parts"].as_object().into_iter().flatten().filter_map(|(_, seconds)| seconds.as_f64()).sum();
        let seconds = run["seconds"].as_f64().unwrap_or(f64::NAN);
        assert!((parts - seconds).abs() < 1e-6, "{parts} of {seconds}: {run}");
    }
}
