//! Killed, stopped, run twice at once: the output is whole or absent, and always the same.

mod support;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStderr, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use support::{Folder, Random, rows};

fn wait(mut child: Child) -> Option<i32> {
    child.wait().unwrap().code()
}

#[test]
fn killed_at_200_random_instants_it_leaves_whole_files_or_none_and_a_rerun_gives_the_same_bytes() {
    let folder = Folder::with_input(rows(30_000));
    let began = Instant::now();
    folder.validate(0, 1, &[]).assert_code(0);
    let mut uninterrupted = began.elapsed().as_micros() as u64;
    let expected = folder.tree("out");
    assert_eq!(expected.len(), 4);

    let mut random = Random(7);
    let (mut killed, mut ended) = (0, 0);
    while killed < 200 {
        if random.below(4) == 0 && folder.exists("out") {
            std::fs::remove_dir_all(folder.path("out")).unwrap();
        }
        let mut child = folder
            .worker(0, 1, &[&support::VALIDATE[..], &["--force"]].concat())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Not to wait for anything: the instant is meant to be any.
        std::thread::sleep(Duration::from_micros(random.below(uninterrupted)));
        child.kill().unwrap();
        if child.wait().unwrap().code().is_none() {
            killed += 1;
        } else {
            // It was faster than the first run, which the machine may have held up.
            ended += 1;
            uninterrupted -= uninterrupted / 20;
        }
        assert!(ended < 800, "only {killed} of {} runs were really interrupted", killed + ended);
        for (name, bytes) in folder.tree("out") {
            assert!(expected.get(&name) == Some(&bytes), "{name} differs after a kill");
        }
    }
    folder.validate(0, 1, &[]).assert_code(0);
    assert!(folder.tree("out") == expected);
}

#[test]
fn a_changed_input_under_kills_never_leaves_a_manifest_beside_outputs_of_another_input() {
    let folder = Folder::with_input(rows(5_000));
    let inputs = [rows(5_000), rows(5_100)];
    let mut random = Random(11);
    for round in 0..60 {
        folder.write("in/data_0.csv", &inputs[round % 2]);
        let mut child =
            folder.worker(0, 1, &support::VALIDATE).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(random.below(60_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        if folder.exists("out/part-00000/_SUCCESS") {
            for output in folder.json("out/part-00000/_SUCCESS")["outputs"].as_array().unwrap() {
                let path =
                    folder.path(&format!("out/part-00000/{}", output["name"].as_str().unwrap()));
                assert_eq!(
                    std::fs::metadata(path).unwrap().len(),
                    output["size_bytes"].as_u64().unwrap()
                );
            }
        }
    }
}

/// Reads the log of a validation until it shows it in the middle of its input. The reader must be
/// kept: a worker whose log nobody reads gets a broken pipe.
fn until_mid_work(child: &mut Child) -> BufReader<ChildStderr> {
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    loop {
        line.clear();
        assert_ne!(
            log.read_line(&mut line).unwrap(),
            0,
            "the worker ended before it was in mid-work"
        );
        let event: serde_json::Value = serde_json::from_str(&line).unwrap();
        let (done, total) = (event["done"].as_u64(), event["total"].as_u64());
        if done > Some(0) && done < total {
            return log;
        }
    }
}

#[test]
fn sigterm_in_mid_work_publishes_nothing_and_exits_143() {
    let folder = Folder::with_input(rows(3_000_000));
    let arguments = [&support::VALIDATE[..], &["--progress-interval", "10ms"]].concat();
    let mut child = folder.worker(0, 1, &arguments).stderr(Stdio::piped()).spawn().unwrap();
    let _log = until_mid_work(&mut child);
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert_eq!(wait(child), Some(143));
    assert!(folder.tree("out").is_empty());
    assert_eq!(
        std::fs::read_dir(folder.path("out/part-00000")).unwrap().count(),
        0,
        "temporary files are gone"
    );
    let message = folder.termination();
    assert_eq!((&message["outcome"], &message["exit_code"]), (&"stopped".into(), &143.into()));
    folder.validate(0, 1, &[]).assert_code(0);
    assert_eq!(folder.json("out/part-00000/summary.json")["rows"], 3_000_000);
}

#[test]
fn two_processes_of_one_index_at_once_give_the_bytes_of_one() {
    let folder = Folder::with_input(rows(30_000));
    folder.validate(0, 1, &[]).assert_code(0);
    let expected = folder.tree("out");
    for force in [&[][..], &["--force"]] {
        for _ in 0..5 {
            std::fs::remove_dir_all(folder.path("out")).unwrap();
            let arguments = [&support::VALIDATE[..], force].concat();
            let spawn = || folder.worker(0, 1, &arguments).stderr(Stdio::null()).spawn().unwrap();
            let twins = [spawn(), spawn()];
            for twin in twins {
                assert_eq!(wait(twin), Some(0));
            }
            assert!(folder.tree("out") == expected);
        }
    }
}

#[test]
fn a_finished_partition_is_skipped_and_a_changed_input_schema_or_setting_is_not() {
    let folder = Folder::with_input(rows(100));
    let outcome = |more: &[&str]| {
        folder.validate(0, 1, more).assert_code(0);
        folder.termination()["outcome"].as_str().unwrap().to_owned()
    };
    assert_eq!(outcome(&[]), "done");
    assert_eq!(outcome(&[]), "already-done");
    assert_eq!(folder.termination()["counts"]["rows"], 100);
    assert_eq!(outcome(&["--force"]), "done");
    // The same bytes written again are the same input.
    folder.write("in/data_0.csv", rows(100));
    assert_eq!(outcome(&[]), "already-done");
    // The same size is not.
    folder.write("in/data_0.csv", rows(100).replace("r5,", "q5,"));
    assert_eq!(outcome(&[]), "done");
    assert!(folder.read("out/part-00000/accepted.csv").contains("q5,"));
    folder.write("schema.json", support::SCHEMA.replace("1000", "10"));
    assert_eq!(outcome(&[]), "done");
    assert_eq!(outcome(&["--max-record-size", "5000"]), "done");
    assert_eq!(outcome(&["--max-record-size", "5000"]), "already-done");
    std::fs::remove_file(folder.path("out/part-00000/rejected.csv")).unwrap();
    assert_eq!(outcome(&["--max-record-size", "5000"]), "done");
    assert!(folder.exists("out/part-00000/rejected.csv"));
}
