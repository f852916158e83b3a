//! Tasks: to stdout, or to a file with their truth and schema.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use sample_data::{Kinds, Recipe, Record, SCHEMA, TaskTruth, write_task};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::{files, log, sample_data, succeed};

/// The tasks and the truth that the library makes for the same settings.
fn expected_tasks(recipe: &Recipe) -> (Vec<u8>, TaskTruth) {
    let (mut tasks, mut truth, mut record) = (Vec::new(), TaskTruth::default(), Record::default());
    let mut rows = recipe.rows(0..recipe.rows);
    while rows.read(&mut record) {
        truth.count(&record);
        write_task(&record, &mut tasks);
    }
    (tasks, truth)
}

#[test]
fn without_settings_the_tasks_of_ten_thousand_rows_go_to_stdout() {
    let folder = TempDir::new().unwrap();
    let recipe = Recipe {
        rows: 10_000,
        bad_share: "0.02".parse().unwrap(),
        kinds: Kinds::all(),
        seed: 7,
        single_line: false,
    };
    let (tasks, truth) = expected_tasks(&recipe);
    let output = succeed(folder.path(), &["tasks"]);
    assert!(output.stdout == tasks, "stdout has something else than the tasks");
    assert!(files(folder.path()).is_empty());
    // Those of the CSV files, but for the five duplicates that nobody can see in a task.
    assert_eq!(
        (truth.total().accepted(), truth.total().rejected(), truth.not_json()),
        (9_798, 202, 27)
    );
    let last = log(&output).pop().unwrap();
    assert_eq!(
        last["counts"],
        serde_json::json!({ "rows": 10_000, "accepted": 9_798, "rejected": 202, "not_json": 27 })
    );
    // The bytes are the same on every machine and in every version: sample-data tasks | sha256sum
    let digest: String = Sha256::digest(&tasks).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, "d216006a1c29cf8caa760e4ba6b4b3f815de306a297100530eb4af4dd4ddd9cc");
}

#[test]
fn tasks_their_truth_and_their_schema_go_where_they_are_sent() {
    let folder = TempDir::new().unwrap();
    let recipe = Recipe {
        rows: 5_000,
        bad_share: "0.5".parse().unwrap(),
        kinds: "well-formed".parse().unwrap(),
        seed: 5,
        single_line: true,
    };
    let (tasks, truth) = expected_tasks(&recipe);
    let arguments = "tasks --output new/tasks.ndjson --truth truth.json --schema new/schema.json \
                     --rows 5000 --bad-share 0.5 --kinds well-formed --seed 5 --single-line";
    let output = succeed(folder.path(), &arguments.split_whitespace().collect::<Vec<_>>());
    assert!(output.stdout.is_empty());
    assert!(fs::read(folder.path().join("new/tasks.ndjson")).unwrap() == tasks);
    assert!(fs::read(folder.path().join("new/schema.json")).unwrap() == SCHEMA);
    assert!(fs::read(folder.path().join("truth.json")).unwrap() == truth.to_json());
    assert_eq!(truth.not_json(), 0);
}

#[test]
fn tasks_that_nobody_reads_to_the_end_are_no_success_and_leave_no_truth() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("truth.json"), "of an earlier run").unwrap();
    let mut child =
        sample_data(folder.path(), &["tasks", "--rows", "10000000000", "--truth", "truth.json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.starts_with("{\"transaction_id\":\"TX0000000000\""));
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(74));
    let last = log(&output).pop().unwrap();
    assert_eq!(last["reason"], "the reader of stdout went away before all tasks were written");
    assert!(files(folder.path()).is_empty());
}
