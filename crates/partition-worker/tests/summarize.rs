//! `summarize` and `simulate` as processes.

mod support;

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use support::{Folder, Ran, rows_of};

fn summarize(folder: &Folder, more: &[&str]) -> Ran {
    Ran::of(folder.bare_worker(&[&["summarize", "out"], more].concat()).output().unwrap())
}

fn validated(partitions: u32) -> Folder {
    let folder = Folder::with_input("");
    for index in 0..partitions {
        folder.write(&format!("in/data_{index}.csv"), rows_of(index, 100 * (index as usize + 1)));
        folder.validate(index, partitions, &[]).assert_code(0);
    }
    folder
}

#[test]
fn all_partitions_add_up_in_a_table_a_summary_and_a_manifest() {
    let folder = validated(3);
    let ran = summarize(&folder, &[]);
    ran.assert_code(0);
    assert_eq!(
        ran.stdout,
        "partition  rows  accepted  rejected    share\n0           100        90        10  10.00 \
         %\n1           200       180        20  10.00 %\n2           300       270        30  \
         10.00 %\ntotal       600       540        60  10.00 %\n\nmost frequent reasons for \
         rejection\nreason      field or check  count\ntype-error  amount             60\n"
    );
    let summary = folder.json("out/summary.json");
    assert_eq!(
        (&summary["rows"], &summary["rejected"], &summary["partitions"]),
        (&600.into(), &60.into(), &3.into())
    );
    assert_eq!(summary["parts"][2]["rows"], 300);
    let manifest = folder.json("out/_SUCCESS");
    let outputs = manifest["outputs"].as_array().unwrap();
    assert_eq!(outputs.len(), 14);
    assert_eq!(outputs[0]["name"], "part-00000/accepted.csv");
    assert_eq!(outputs[12]["name"], "duplicates.csv");
    assert_eq!(outputs[13]["name"], "summary.json");
    let first = folder.tree("out");
    assert_eq!(summarize(&folder, &["--format", "json"]).stdout.as_bytes(), first["summary.json"]);
    assert_eq!(folder.tree("out"), first, "the same again");
}

#[test]
fn termination_messages_add_seconds_and_rates() {
    let folder = validated(1);
    folder.write(
        "pods/0.json",
        r#"{"worker":"partition-worker","version":"0","index":0,"seconds":0.5,"outcome":"done"}"#,
    );
    folder.write("pods/1.json", "not of a pod");
    let ran = summarize(&folder, &["--termination-messages", "pods"]);
    assert_eq!(
        ran.assert_code(0).stdout.lines().take(3).collect::<Vec<_>>(),
        [
            "partition  rows  accepted  rejected    share  seconds  rows/s",
            "0           100        90        10  10.00 %    0.500     200",
            "total       100        90        10  10.00 %",
        ]
    );
}

#[test]
fn missing_partitions_are_an_error_that_names_them() {
    let folder = validated(3);
    std::fs::remove_file(folder.path("out/part-00001/_SUCCESS")).unwrap();
    std::fs::remove_dir_all(folder.path("out/part-00002")).unwrap();
    let ran = summarize(&folder, &[]);
    let error = ran.assert_code(65).error();
    assert!(
        error.contains(
            "out is not complete: 2 of 3 partitions are missing: 1 (its _SUCCESS is missing"
        ),
        "{error}"
    );
    assert!(!error.contains("--max-rejected"), "{error}");
    assert!(!folder.exists("out/_SUCCESS"));
    assert!(
        summarize(&Folder::new(), &[]).assert_code(66).error().contains("out holds no partition")
    );
}

#[test]
fn an_output_that_is_not_as_its_manifest_lists_it_is_an_error_that_names_it() {
    let folder = validated(2);
    summarize(&folder, &[]).assert_code(0);
    let rejected = folder.read("out/part-00001/rejected.csv");
    folder.write("out/part-00001/rejected.csv", &rejected[..10]);
    std::fs::remove_file(folder.path("out/part-00000/accepted.csv")).unwrap();
    let size = rejected.len();
    let summary = folder.read("out/part-00001/summary.json");
    let other = summary.replace("\"rows\": 200", "\"rows\": 999");
    assert!(other != summary && other.len() == summary.len(), "{summary}");
    folder.write("out/part-00001/summary.json", other);
    let error = summarize(&folder, &[]).assert_code(65).error();
    for named in [
        "part-00001/summary.json (other bytes)".to_owned(),
        "part-00000/accepted.csv (missing)".to_owned(),
        format!("part-00001/rejected.csv (10 of {size} bytes)"),
    ] {
        assert!(error.contains(&named), "{error}");
    }
    assert!(!folder.exists("out/_SUCCESS"));
    for index in 0..2 {
        folder.validate(index, 2, &[]).assert_code(0);
    }
    summarize(&folder, &[]).assert_code(0);
}

#[test]
fn a_run_in_a_folder_of_its_own_below_the_output_is_not_added_to_it() {
    let folder = validated(1);
    let arguments = ["simulate", "--phases", "work=1ms", "--output", "out/other"];
    folder.run(1, 2, &arguments).assert_code(0);
    summarize(&folder, &[]).assert_code(0);
    assert_eq!(folder.json("out/summary.json")["partitions"], 1);
}

#[test]
fn a_partition_over_its_limit_is_told_as_such_and_one_that_was_killed_is_not() {
    let folder = validated(2);
    folder.validate(1, 2, &["--force", "--max-rejected", "1"]).assert_code(65);
    let error = summarize(&folder, &[]).assert_code(65).error();
    assert!(
        error.contains(
            "missing: 1 (20 of 200 records rejected, over the 1 records of --max-rejected)"
        ),
        "{error}"
    );
    folder.validate(0, 2, &["--force", "--max-rejected", "1"]).assert_code(65);
    let error = summarize(&folder, &[]).assert_code(65).error();
    assert!(
        error.contains("no partition is finished") && error.contains("over the 1 records of"),
        "{error}"
    );
}

#[test]
fn simulated_phases_are_logged_and_published_once() {
    let folder = Folder::new();
    let arguments = ["simulate", "--phases", "download=10ms,process=10ms..20ms", "--output", "out"];
    let ran = folder.run(1, 2, &arguments);
    ran.assert_code(0);
    let phases: Vec<String> = ran
        .stderr
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter(|event| event["message"] == "phase begins")
        .map(|event| event["phase"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(phases, ["download", "process"]);
    assert!(folder.exists("out/part-00001/_SUCCESS"));
    folder.run(1, 2, &arguments).assert_code(0);
    assert_eq!(folder.termination()["outcome"], "already-done");
}

#[test]
fn the_summary_of_a_simulation_tells_of_no_bytes_that_nobody_read() {
    let folder = Folder::new();
    for index in 0..2 {
        folder
            .run(index, 2, &["simulate", "--phases", "work=1ms", "--output", "out"])
            .assert_code(0);
    }
    let ran = summarize(&folder, &[]);
    ran.assert_code(0);
    assert_eq!(ran.stdout, "partition\n        0\n        1\n2 partitions, all finished\n");
}

#[test]
fn a_simulation_stops_at_once_when_asked() {
    let folder = Folder::new();
    let mut child = folder
        .worker(0, 1, &["simulate", "--phases", "long=1h", "--output", "out"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    log.find(|line| line.contains("phase begins")).unwrap();
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert!(folder.tree("out").is_empty());
}
