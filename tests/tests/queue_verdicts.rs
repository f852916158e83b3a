//! sample-data's tasks through a Redis and a queue-worker: the worker's verdicts are the truth that
//! sample-data tells.

use std::path::Path;
use std::process::Stdio;

use queue_worker::handlers::{Outcome, Output, Validate};
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

/// Of one record: whether it is accepted, and else what `rejected.csv` says of it.
fn judged_by_partition_worker(folder: &Path, record: &[u8]) -> (bool, String) {
    std::fs::write(folder.join("data_0.csv"), [b"id,amount\n", record].concat()).unwrap();
    let arguments = [
        "validate",
        "--input",
        "data_{index}.csv",
        "--schema",
        "schema.json",
        "--output",
        "out",
        "--index",
        "0",
        "--total-partitions",
        "1",
        "--force",
    ];
    let output = worker("partition-worker", folder, &arguments, &[]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let part = folder.join("out/part-00000");
    let summary: Value =
        serde_json::from_slice(&std::fs::read(part.join("summary.json")).unwrap()).unwrap();
    let rejected = std::fs::read(part.join("rejected.csv")).unwrap();
    (summary["accepted"] == 1, String::from_utf8_lossy(&rejected).into_owned())
}

#[test]
fn a_csv_record_is_judged_alike_as_a_task_and_as_a_row_of_a_file() {
    let folder = TempDir::new().unwrap();
    let schema = br#"{"fields": [
        {"name": "id", "type": "string", "constraints": {"required": true}},
        {"name": "amount", "type": "number", "constraints": {"minimum": 1}}]}"#;
    std::fs::write(folder.path().join("schema.json"), schema).unwrap();
    let mut tasks = Validate::from_files(&folder.path().join("schema.json"), None).unwrap();
    let records: [&[u8]; 16] = [
        b"a,1",
        b"a,1\r\n",
        b"a,0.5",
        b"a",
        b"a,1,2",
        b",1",
        b"\"a, \"\"b\"\"\",1",
        b"\"a\nb\",1\n",
        b"a\"b,1",
        b" \"a\",1",
        b"\"a\"b,1",
        b"\"a,1",
        b"\"a\\\"b\",1",
        b"id,amount",
        b"\xef\xbb\xbfa,1",
        b"a\rb,1",
    ];
    for record in records {
        let (accepted, rejected) = judged_by_partition_worker(folder.path(), record);
        let named = record.escape_ascii();
        match tasks.handle(record) {
            Outcome::Done(Output::Accepted(_)) => assert!(accepted, "{named}: {rejected}"),
            Outcome::Done(Output::Rejected(reasons)) => {
                let reasons = reasons.join("; ").replace('"', "\"\"");
                assert!(!accepted && rejected.contains(&reasons), "{named}: {reasons}\n{rejected}");
            }
            other => panic!("{named}: {other:?}"),
        }
    }
}
