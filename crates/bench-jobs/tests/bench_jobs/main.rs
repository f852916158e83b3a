//! The Job benchmark: what it reads from a cluster, what it does with one, and the real thing at
//! small size with processes.

mod kubectl;
mod local;
mod reading;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// Recorded answers of an API server.
fn recorded(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bench_jobs/recorded").join(name)
}

/// Makes a program of this text. Another process writes it: what this one holds open for writing,
/// be it in a child that another thread has just made, cannot be started ("text file busy").
fn program(at: &Path, text: &str) {
    let mut shell = Command::new("sh")
        .args(["-ec", "cat > \"$0\"; chmod 755 \"$0\""])
        .arg(at)
        .stdin(Stdio::piped())
        .spawn()
        .expect("there is a shell");
    shell.stdin.take().expect("it is a pipe").write_all(text.as_bytes()).expect("it reads");
    assert!(shell.wait().expect("it ends").success(), "{} can be written", at.display());
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
    let runs: Vec<&Value> = report["tasks"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|task| task["runs"].as_array())
        .flatten()
        .collect();
    assert!(!runs.is_empty(), "{report}");
    for run in runs {
        let parts: f64 = run["parts"]
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(_, seconds)| seconds.as_f64())
            .sum();
        let seconds = run["seconds"].as_f64().unwrap_or(f64::NAN);
        assert!((parts - seconds).abs() < 1e-6, "{parts} of {seconds}: {run}");
    }
}
