//! sample-data's tasks through a Redis and a queue-worker: the worker's verdicts are the truth that
//! sample-data tells.

use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use system_tests::{RedisServer, worker};
use tempfile::TempDir;

/// Runs a worker to its end and gives its stdout.
fn run(name: &str, folder: &Path, url: &str, arguments: &[&str], input: Stdio) -> Vec<u8> {
    let output = worker(name, folder, arguments, &[("REDIS_URL", url.to_owned())])
        .stdin(input)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{name} {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

/// Makes tasks, pushes, validates and adds them up; gives the truth and the summary.
fn night(folder: &Path, url: &str, queue: &str, settings: &[&str]) -> (Value, Value) {
    let making = ["tasks", "--output", "tasks", "--truth", "truth.json", "--schema", "schema.json"];
    run("sample-data", folder, url, &[&making, settings].concat(), Stdio::null());
    let tasks = std::fs::File::open(folder.join("tasks")).unwrap();
    let flag = ["--queue", queue];
    run("queue-worker", folder, url, &[&["push"], &flag[..]].concat(), tasks.into());
    let validate = ["run", "--handler", "validate", "--schema", "schema.json"];
    run("queue-worker", folder, url, &[&validate, &flag[..]].concat(), Stdio::null());
    let summary = run(
        "queue-worker",
        folder,
        url,
        &[&["summarize", "--json"], &flag[..]].concat(),
        Stdio::null(),
    );
    let truth = std::fs::read(folder.join("truth.json")).unwrap();
    (serde_json::from_slice(&truth).unwrap(), serde_json::from_slice(&summary).unwrap())
}

/// What is no JSON at all is a dead letter; all other tasks have a verdict.
#[track_caller]
fn assert_agree(truth: &Value, summary: &Value) {
    let number = |document: &Value, name: &str| document[name].as_u64().unwrap();
    let (rejected, not_json) = (number(truth, "rejected"), number(truth, "not_json"));
    assert_eq!(number(summary, "tasks"), number(truth, "rows"), "{summary}");
    assert_eq!(number(summary, "accepted"), number(truth, "accepted"), "{summary}\n{truth}");
    assert_eq!(number(summary, "rejected"), rejected - not_json, "{summary}\n{truth}");
    assert_eq!(number(summary, "dead"), not_json, "{summary}\n{truth}");
    assert_eq!(number(summary, "open"), 0, "{summary}");
}

#[test]
fn the_worker_finds_what_the_truth_says() {
    let folder = TempDir::new().unwrap();
    let redis = RedisServer::start(folder.path()).unwrap();
    let night =
        |queue: &str, settings: &[&str]| night(folder.path(), &redis.url(), queue, settings);
    let (truth, summary) =
        night("mixed", &["--rows", "20000", "--bad-share", "0.3", "--seed", "11"]);
    assert_agree(&truth, &summary);
    assert!(truth["duplicates_across_tasks"].as_u64() > Some(100), "{truth}");
    // Each kind alone: no kind hides behind the others.
    let kinds = truth["kinds"].as_object().unwrap();
    assert_eq!(kinds.len(), 17, "all but the duplicates");
    for kind in kinds.keys().map(String::as_str).chain(["duplicate-id"]) {
        let (truth, summary) = night(kind, &["--rows", "60", "--bad-share", "1", "--kinds", kind]);
        assert_agree(&truth, &summary);
        let bad = if kind == "duplicate-id" { 0 } else { 60 };
        assert_eq!(truth["rejected"], bad, "{kind}: {truth}");
    }
    let (truth, summary) = night("good", &["--rows", "60", "--bad-share", "0"]);
    assert_agree(&truth, &summary);
    assert_eq!(truth["accepted"], 60);
}
