//! `--finish`: whoever sees that all partitions are done adds them up, and nothing that vouches for
//! all of them is ever wrong.

mod support;

use std::process::{Child, Stdio};
use std::time::Duration;

use support::{Folder, Ran, Random, rows_of};

fn inputs(partitions: u32) -> Folder {
    let folder = Folder::with_input("");
    for index in 0..partitions {
        folder.write(&format!("in/data_{index}.csv"), rows_of(index, 100 * (index as usize + 1)));
    }
    folder
}

fn finish(folder: &Folder, index: u32, partitions: u32, more: &[&str]) -> Ran {
    folder.validate(index, partitions, &[&["--finish"], more].concat())
}

/// What the last run said of the others.
fn said(folder: &Folder) -> String {
    folder.termination()["message"].as_str().unwrap_or_default().to_owned()
}

/// A pod that is started and not waited for.
fn spawn(folder: &Folder, index: u32, partitions: u32) -> Child {
    let arguments = [&support::VALIDATE[..], &["--finish"]].concat();
    let mut command = folder.worker(index, partitions, &arguments);
    command.env("JOB_WORKER_TERMINATION_MESSAGE", format!("termination_{index}.json"));
    command.stderr(Stdio::null()).spawn().unwrap()
}

/// If there is a manifest of all partitions, everything that it lists is there byte for byte.
#[track_caller]
fn assert_true_if_there(folder: &Folder) -> bool {
    if !folder.exists("out/_SUCCESS") {
        return false;
    }
    for output in folder.json("out/_SUCCESS")["outputs"].as_array().unwrap() {
        let name = output["name"].as_str().unwrap();
        let bytes = std::fs::read(folder.path(&format!("out/{name}"))).unwrap();
        assert_eq!(job_files::blake3(&bytes), output["blake3"], "{name}");
    }
    true
}

#[test]
fn the_last_partition_adds_all_of_them_up_as_summarize_does() {
    let folder = inputs(3);
    finish(&folder, 2, 3, &[]).assert_code(0);
    assert_eq!(said(&folder), "1 of 3 partitions are done; the last one adds them up");
    finish(&folder, 0, 3, &[]).assert_code(0);
    assert_eq!(said(&folder), "2 of 3 partitions are done; the last one adds them up");
    assert!(!folder.exists("out/_SUCCESS") && !folder.exists("out/summary.json"));
    finish(&folder, 1, 3, &[]).assert_code(0);
    assert_eq!(
        said(&folder),
        "all 3 partitions are done: their sum (600 rows, 540 accepted, 60 rejected) is in \
         out/summary.json"
    );
    let finished = folder.tree("out");
    Ran::of(folder.bare_worker(&["summarize", "out"]).output().unwrap()).assert_code(0);
    assert_eq!(folder.tree("out"), finished);
    std::fs::remove_file(folder.path("out/_SUCCESS")).unwrap();
    Ran::of(folder.bare_worker(&["summarize", "out"]).output().unwrap()).assert_code(0);
    assert_eq!(folder.tree("out"), finished);
}

#[test]
fn a_rerun_of_any_index_does_it_again_where_the_sum_is_missing_or_not_what_it_was() {
    let folder = inputs(2);
    for index in 0..2 {
        finish(&folder, index, 2, &[]).assert_code(0);
    }
    let finished = folder.tree("out");
    type Change = fn(&Folder);
    let changes: [Change; 3] = [
        |folder| std::fs::remove_file(folder.path("out/_SUCCESS")).unwrap(),
        |folder| std::fs::remove_file(folder.path("out/summary.json")).unwrap(),
        |folder| {
            folder.write("out/summary.json", folder.read("out/summary.json").replace('3', "4"))
        },
    ];
    for change in changes {
        change(&folder);
        finish(&folder, 0, 2, &[]).assert_code(0);
        assert_eq!(folder.termination()["outcome"], "already-done");
        assert!(said(&folder).contains("all 2 partitions are done"), "{}", said(&folder));
        assert_eq!(folder.tree("out"), finished);
    }
}

#[test]
fn nothing_vouches_for_the_whole_while_one_of_its_partitions_is_done_again() {
    let folder = inputs(2);
    for index in 0..2 {
        finish(&folder, index, 2, &[]).assert_code(0);
    }
    // Also by a run that does not finish.
    folder.write("in/data_1.csv", rows_of(1, 300));
    folder.validate(1, 2, &[]).assert_code(0);
    assert!(!folder.exists("out/_SUCCESS"));
    finish(&folder, 0, 2, &[]).assert_code(0);
    assert_eq!(folder.json("out/summary.json")["rows"], 400);
    assert!(assert_true_if_there(&folder));
    // A partition that fails for good.
    folder.write("in/data_1.csv", "other\n");
    finish(&folder, 1, 2, &[]).assert_code(65);
    assert!(!folder.exists("out/_SUCCESS"));
    finish(&folder, 0, 2, &[]).assert_code(0);
    assert!(said(&folder).contains("1 of 2 partitions are done"), "{}", said(&folder));
    // One with too many rejected records.
    folder.write("in/data_1.csv", rows_of(1, 200));
    finish(&folder, 1, 2, &[]).assert_code(0);
    assert!(assert_true_if_there(&folder));
    finish(&folder, 1, 2, &["--force", "--max-rejected", "1"]).assert_code(65);
    assert!(!folder.exists("out/_SUCCESS"));
}

#[test]
fn one_that_was_killed_between_the_two_manifests_leaves_nothing_that_vouches_when_it_fails() {
    let folder = inputs(2);
    for index in 0..2 {
        finish(&folder, index, 2, &[]).assert_code(0);
    }
    // As a run leaves it that is killed after its own manifest has gone.
    std::fs::remove_file(folder.path("out/part-00001/_SUCCESS")).unwrap();
    std::fs::remove_file(folder.path("in/data_1.csv")).unwrap();
    finish(&folder, 1, 2, &[]).assert_code(66);
    assert!(!folder.exists("out/_SUCCESS"));
}

#[test]
fn what_another_run_has_left_is_not_added_up() {
    let folder = inputs(3);
    for index in 0..3 {
        finish(&folder, index, 3, &[]).assert_code(0);
    }
    // Other settings: the others are not done until they have them, too.
    let more = ["--max-record-size", "5000"];
    finish(&folder, 1, 3, &more).assert_code(0);
    assert_eq!(
        said(&folder),
        "1 of 3 partitions are done; what is there of 0, 2 is another run's (max_record_size \
         is 1048576 there and 5000 here): run all indexes with the same settings and program; the \
         last one adds them up"
    );
    assert!(!folder.exists("out/_SUCCESS"));
    finish(&folder, 2, 3, &more).assert_code(0);
    finish(&folder, 0, 3, &more).assert_code(0);
    assert!(assert_true_if_there(&folder));
    // Another number of partitions: the third is nobody's.
    finish(&folder, 0, 2, &more).assert_code(0);
    assert!(!folder.exists("out/_SUCCESS"));
    let error = finish(&folder, 1, 2, &more).assert_code(65).error();
    assert!(error.contains("two runs are mixed"), "{error}");
    assert!(!folder.exists("out/_SUCCESS"));
    std::fs::remove_dir_all(folder.path("out/part-00002")).unwrap();
    finish(&folder, 1, 2, &more).assert_code(0);
    assert_eq!(folder.json("out/summary.json")["partitions"], 2);
}

#[test]
fn a_finish_that_fails_is_a_pod_that_fails_and_a_rerun_mends_it() {
    let folder = inputs(1);
    // A file cannot replace a folder.
    folder.write("out/summary.json/in_the_way", "");
    let error = finish(&folder, 0, 1, &[]).assert_code(64).error();
    assert!(error.contains("out/summary.json is not a file"), "{error}");
    assert!(folder.exists("out/part-00000/_SUCCESS") && !folder.exists("out/_SUCCESS"));
    std::fs::remove_dir_all(folder.path("out/summary.json")).unwrap();
    finish(&folder, 0, 1, &[]).assert_code(0);
    assert!(assert_true_if_there(&folder));
}

#[test]
fn without_the_number_of_partitions_nobody_could_finish() {
    let folder = inputs(1);
    let arguments = [&support::VALIDATE[..], &["--finish"]].concat();
    let mut command = folder.bare_worker(&arguments);
    command.env("JOB_COMPLETION_INDEX", "0");
    let error = Ran::of(command.output().unwrap()).assert_code(64).error();
    assert!(error.contains("TOTAL_PARTITIONS"), "{error}");
    assert!(folder.tree("out").is_empty());
}

#[test]
fn the_manifest_of_very_many_partitions_is_taken_away_like_any_other() {
    let folder = inputs(1);
    finish(&folder, 0, 1, &[]).assert_code(0);
    let mut whole = folder.json("out/_SUCCESS");
    let output = whole["outputs"][0].clone();
    whole["outputs"] = vec![output; 150_000].into();
    folder.write("out/_SUCCESS", serde_json::to_string(&whole).unwrap());
    assert!(std::fs::metadata(folder.path("out/_SUCCESS")).unwrap().len() > 16 << 20);
    folder.write("in/data_0.csv", rows_of(0, 200));
    folder.validate(0, 1, &[]).assert_code(0);
    assert!(!folder.exists("out/_SUCCESS"));
}

#[test]
fn exec_finishes_too() {
    let folder = inputs(2);
    for index in 0..2 {
        let arguments =
            ["exec", "--finish", "--input", "in/data_{index}.csv", "--output", "out", "--", "cat"];
        folder.run(index, 2, &arguments).assert_code(0);
    }
    assert_eq!(folder.json("out/summary.json")["command"], "exec");
    assert!(assert_true_if_there(&folder));
}

#[test]
fn of_pods_that_end_at_the_same_instant_at_least_one_sees_all_of_them() {
    let folder = inputs(5);
    for index in 0..5 {
        finish(&folder, index, 5, &[]).assert_code(0);
    }
    let finished = folder.tree("out");
    for _ in 0..30 {
        std::fs::remove_dir_all(folder.path("out")).unwrap();
        let pods: Vec<Child> = (0..5).map(|index| spawn(&folder, index, 5)).collect();
        for mut pod in pods {
            assert_eq!(pod.wait().unwrap().code(), Some(0));
        }
        assert!(folder.tree("out") == finished);
    }
    // All of them find that their work is done, and finish at once.
    for _ in 0..30 {
        std::fs::remove_file(folder.path("out/_SUCCESS")).unwrap();
        let pods: Vec<Child> = (0..5).map(|index| spawn(&folder, index, 5)).collect();
        for mut pod in pods {
            assert_eq!(pod.wait().unwrap().code(), Some(0));
        }
        assert!(folder.tree("out") == finished);
    }
}

#[test]
fn under_kills_and_changes_the_manifest_of_the_whole_is_true_or_absent() {
    const PARTITIONS: u32 = 3;
    let folder = inputs(PARTITIONS);
    let mut random = Random(23);
    let (mut killed, mut seen) = (0, 0);
    while killed < 300 {
        // One input changes, and pods of all indexes run at once; one of them is killed.
        let changed = random.below(u64::from(PARTITIONS));
        let count = 100 + random.below(3) as usize * 100;
        folder.write(&format!("in/data_{changed}.csv"), rows_of(changed as u32, count));
        let mut pods: Vec<Child> =
            (0..PARTITIONS).map(|index| spawn(&folder, index, PARTITIONS)).collect();
        // Not to wait for anything: the instant is meant to be any.
        std::thread::sleep(Duration::from_micros(random.below(30_000)));
        let victim = &mut pods[random.below(u64::from(PARTITIONS)) as usize];
        victim.kill().unwrap();
        killed += u32::from(victim.wait().unwrap().code().is_none());
        for pod in &mut pods {
            let code = pod.wait().unwrap().code();
            assert!(matches!(code, None | Some(0)), "{code:?}");
        }
        seen += u32::from(assert_true_if_there(&folder));
        // The pod that was killed is run again, and that is enough.
        for (index, pod) in (0..PARTITIONS).zip(&mut pods) {
            if pod.wait().unwrap().code() != Some(0) {
                finish(&folder, index, PARTITIONS, &[]).assert_code(0);
            }
        }
        assert!(assert_true_if_there(&folder), "nobody has finished");
        let part = folder.json(&format!("out/part-0000{changed}/summary.json"));
        assert_eq!(folder.json("out/summary.json")["parts"][changed as usize], part);
        assert_eq!(part["rows"], count);
    }
    assert!(seen > 20, "the whole was there {seen} times");
}

#[test]
fn results_of_last_night_are_not_added_up_with_those_of_tonight() {
    let folder = inputs(3);
    for index in 0..3 {
        finish(&folder, index, 3, &[]).assert_code(0);
    }
    assert!(assert_true_if_there(&folder));
    // Tonight's files have the names of last night's; one has even the size of it.
    for index in [0, 2] {
        folder.write(&format!("in/data_{index}.csv"), rows_of(index, 7 + index as usize));
    }
    let last_night = std::fs::read_to_string(folder.path("in/data_1.csv")).unwrap();
    folder.write("in/data_1.csv", last_night.replacen("50.50", "51.50", 1));
    for (index, done, others) in [(0, 1, "1, 2"), (2, 2, "1")] {
        finish(&folder, index, 3, &[]).assert_code(0);
        let expected = format!("{done} of 3 partitions are done; what is there of {others} is");
        assert!(said(&folder).starts_with(&expected), "{}", said(&folder));
        assert!(!folder.exists("out/_SUCCESS"), "index 1 has not run tonight");
    }
    finish(&folder, 1, 3, &[]).assert_code(0);
    assert!(assert_true_if_there(&folder));
    // One that says it is older than the results, as a copy does: only its bytes tell it.
    let tonight = folder.read("in/data_1.csv");
    folder.write("in/data_1.csv", tonight.replacen("51.50", "52.50", 1));
    let copy = std::fs::File::options().write(true).open(folder.path("in/data_1.csv")).unwrap();
    copy.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    finish(&folder, 0, 3, &["--force"]).assert_code(0);
    assert!(said(&folder).starts_with("2 of 3 partitions are done"), "{}", said(&folder));
    finish(&folder, 1, 3, &[]).assert_code(0);
    assert!(assert_true_if_there(&folder));
    // Written once more, with the same bytes: nothing is to be done again.
    let tonight = std::fs::read(folder.path("in/data_2.csv")).unwrap();
    folder.write("in/data_2.csv", tonight);
    finish(&folder, 0, 3, &["--force"]).assert_code(0);
    assert!(assert_true_if_there(&folder));
    // A file that is gone is nobody's result any more.
    std::fs::remove_file(folder.path("in/data_2.csv")).unwrap();
    finish(&folder, 0, 3, &["--force"]).assert_code(0);
    assert!(said(&folder).starts_with("2 of 3 partitions are done"), "{}", said(&folder));
    assert!(!folder.exists("out/_SUCCESS"));
}
