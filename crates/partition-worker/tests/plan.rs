//! `plan` and `--indexes`: only what is left of a run is done again.

mod support;

use std::process::Stdio;

use serde_json::{Value, json};
use support::{Folder, Ran, VALIDATE, rows_of};

/// Five partitions, of which those in `missing` have no input.
fn run_of_five(missing: &[u32]) -> Folder {
    let folder = Folder::with_input("");
    for index in 0..5 {
        folder.write(&format!("in/data_{index}.csv"), rows_of(index, 100));
    }
    for index in missing {
        std::fs::remove_file(folder.path(&format!("in/data_{index}.csv"))).unwrap();
    }
    for index in 0..5 {
        let code = if missing.contains(&index) { 66 } else { 0 };
        folder.validate(index, 5, &["--finish"]).assert_code(code);
    }
    folder
}

fn plan(folder: &Folder, more: &[&str]) -> Ran {
    Ran::of(folder.bare_worker(&[&["plan", "out"], more].concat()).output().unwrap())
}

/// The pod `position` of a Job that does only these indexes.
fn pod_of_some(folder: &Folder, position: u32, indexes: &str) -> Ran {
    let mut command = folder.worker(position, 5, &[&VALIDATE[..], &["--finish"]].concat());
    command.env("JOB_WORKER_INDEXES", indexes);
    Ran::of(command.output().unwrap())
}

#[test]
fn what_is_planned_is_done_by_a_small_job_and_the_finish_follows() {
    let folder = run_of_five(&[1, 3]);
    let planned = plan(&folder, &[]);
    assert_eq!(planned.assert_code(0).stdout, "1,3\n");
    for index in [1, 3] {
        folder.write(&format!("in/data_{index}.csv"), rows_of(index, 200));
    }
    pod_of_some(&folder, 1, "1,3").assert_code(0);
    assert_eq!(folder.termination()["index"], 3);
    assert!(!folder.exists("out/_SUCCESS"));
    pod_of_some(&folder, 0, "1,3").assert_code(0);
    assert_eq!(folder.json("out/summary.json")["rows"], 700);
    assert!(folder.exists("out/_SUCCESS"));
    let planned = plan(&folder, &[]);
    assert_eq!(planned.assert_code(0).stdout, "");
    assert_eq!(folder.termination()["message"], "all 5 partitions are done");
    // A pod too many has no partition, and does not do one twice.
    let error = pod_of_some(&folder, 2, "1,3").assert_code(66).error();
    assert!(error.contains("--indexes") && error.contains("1,3"), "{error}");
}

#[test]
fn a_partition_whose_files_were_lost_is_planned_and_of_a_mixture_all_are() {
    let folder = run_of_five(&[]);
    std::fs::remove_file(folder.path("out/part-00004/rejected.csv")).unwrap();
    std::fs::remove_dir_all(folder.path("out/part-00002")).unwrap();
    assert_eq!(plan(&folder, &[]).assert_code(0).stdout, "2,4\n");
    // Of a run with another number nothing is done.
    assert_eq!(plan(&folder, &["--total-partitions", "6"]).assert_code(0).stdout, "0-5\n");
    folder.validate(2, 5, &["--max-record-size", "5000"]).assert_code(0);
    assert_eq!(plan(&folder, &[]).assert_code(0).stdout, "0-4\n");
    let error = plan(&Folder::new(), &[]).assert_code(64).error();
    assert!(error.contains("--total-partitions"), "{error}");
}

#[test]
fn the_job_is_read_from_stdin_and_that_of_the_rest_is_printed() {
    let folder = run_of_five(&[0, 1, 2]);
    let job = json!({
        "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "night"},
        "spec": {"completionMode": "Indexed", "completions": 5, "parallelism": 5, "template": {
            "metadata": {"labels": {"app": "x"}},
            "spec": {"containers": [{"name": "partition-worker", "args": ["validate"]}]}
        }}
    });
    folder.write("job.json", job.to_string());
    let mut command = folder.bare_worker(&["plan", "out", "--job", "-"]);
    command.stdin(Stdio::from(std::fs::File::open(folder.path("job.json")).unwrap()));
    let ran = Ran::of(command.output().unwrap());
    let printed: Value = serde_json::from_str(&ran.assert_code(0).stdout).unwrap();
    assert_eq!(printed["metadata"]["name"], "night-again");
    assert_eq!(printed["spec"]["completions"], 3);
    assert_eq!(
        printed["spec"]["template"]["spec"]["containers"][0]["env"],
        json!([{"name": "JOB_WORKER_INDEXES", "value": "0-2"}])
    );
    folder.write("job.json", "apiVersion: batch/v1\n");
    let error = plan(&folder, &["--job", "job.json"]).assert_code(64).error();
    assert!(error.contains("-o json"), "{error}");
}

#[test]
fn indexes_that_are_no_list_are_refused() {
    let folder = run_of_five(&[]);
    for (indexes, says) in [("1,1", "ascending order"), ("a", "neither an index")] {
        let ran = pod_of_some(&folder, 0, indexes);
        assert!(ran.assert_code(64).stderr.contains(says), "{}", ran.stderr);
    }
}
