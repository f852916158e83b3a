//! What an earlier run published in the same folder, when this one fails or does the work again: it
//! never counts as the result of this run.

mod support;

use support::{Folder, Ran, rows, rows_of};

fn finished(partitions: u32) -> Folder {
    let folder = Folder::with_input("");
    for index in 0..partitions {
        folder.write(&format!("in/data_{index}.csv"), rows_of(index, 100));
        folder.validate(index, partitions, &[]).assert_code(0);
    }
    folder
}

fn summarize(folder: &Folder) -> Ran {
    Ran::of(folder.bare_worker(&["summarize", "out"]).output().unwrap())
}

#[test]
fn a_partition_that_fails_for_good_is_not_that_of_the_night_before() {
    type Change = fn(&Folder);
    let changes: [(i32, Change); 5] = [
        (66, |folder| std::fs::remove_file(folder.path("in/data_1.csv")).unwrap()),
        (65, |folder| folder.write("in/data_1.csv", "")),
        (65, |folder| folder.write("in/data_1.csv", "id,other\na,1\n")),
        (64, |folder| std::fs::remove_file(folder.path("schema.json")).unwrap()),
        (64, |folder| folder.write("schema.json", "{")),
    ];
    for (code, change) in changes {
        let folder = finished(3);
        summarize(&folder).assert_code(0);
        change(&folder);
        folder.validate(1, 3, &[]).assert_code(code);
        assert!(!folder.exists("out/part-00001/_SUCCESS"), "after {code}");
        assert!(folder.exists("out/part-00001/accepted.csv"), "what is published stays");
        let summarized = summarize(&folder);
        summarized.assert_code(65);
        assert!(summarized.stderr.contains("1"), "{}", summarized.stderr);
    }
}

#[test]
fn a_sum_goes_with_its_partitions_and_another_programs_manifest_stays() {
    let folder = finished(2);
    summarize(&folder).assert_code(0);
    for index in 0..2 {
        std::fs::remove_dir_all(folder.path(&format!("out/part-0000{index}"))).unwrap();
    }
    assert!(folder.exists("out/_SUCCESS"));
    summarize(&folder).assert_code(66);
    assert!(!folder.exists("out/_SUCCESS"), "nothing is left of what it vouched for");
    // Spark's is empty.
    folder.write("out/_SUCCESS", "");
    summarize(&folder).assert_code(66);
    assert!(folder.exists("out/_SUCCESS"));
}

#[test]
fn what_another_program_has_written_beside_the_partitions_is_not_replaced() {
    for (name, other) in [("_SUCCESS", ""), ("_SUCCESS", "{}"), ("summary.json", "{\"rows\": 1}")] {
        let folder = finished(2);
        folder.write(&format!("out/{name}"), other);
        let before = folder.tree("out");
        let error = summarize(&folder).assert_code(64).error();
        assert!(error.contains(&format!("out/{name} is no result of partition-worker")), "{error}");
        folder.validate(1, 2, &["--finish"]).assert_code(64);
        assert_eq!(folder.tree("out"), before);
        std::fs::remove_file(folder.path(&format!("out/{name}"))).unwrap();
        folder.validate(1, 2, &["--finish"]).assert_code(0);
        assert!(folder.exists("out/_SUCCESS"));
    }
}

#[test]
fn an_index_that_is_no_part_of_the_whole_leaves_it_as_it_is() {
    let folder = finished(3);
    summarize(&folder).assert_code(0);
    let before = folder.tree("out");
    folder.validate(3, 3, &["--finish"]).assert_code(66);
    assert_eq!(folder.tree("out"), before);
    // A part of it that fails does not.
    std::fs::remove_file(folder.path("in/data_1.csv")).unwrap();
    folder.validate(1, 3, &["--finish"]).assert_code(66);
    assert!(!folder.exists("out/_SUCCESS"));
}

#[test]
fn a_failure_that_is_tried_again_leaves_what_is_finished() {
    let folder = finished(1);
    let before = folder.tree("out");
    let mut command = folder.worker(
        0,
        1,
        &[
            "validate",
            "--input",
            "s3://night/data_{index}.csv",
            "--schema",
            "schema.json",
            "--output",
            "out",
            "--s3-down-timeout",
            "100ms",
        ],
    );
    // Nobody listens there.
    command
        .env("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")
        .env("AWS_ACCESS_KEY_ID", "key")
        .env("AWS_SECRET_ACCESS_KEY", "secret");
    Ran::of(command.output().unwrap()).assert_code(69);
    assert_eq!(folder.tree("out"), before);
}

#[test]
fn work_that_is_done_again_counts_as_unfinished_from_its_first_instant() {
    let folder = Folder::with_input(rows(10));
    let exec = |more: &[&str], script: &str| {
        let arguments = [&["exec", "--input", "in/data_{index}.csv", "--output", "out"], more];
        let arguments = [&arguments.concat()[..], &["--", "sh", "-c", script]].concat();
        Ran::of(folder.worker(0, 1, &arguments).output().unwrap())
    };
    // A program that fails where a manifest vouches for the result that it is to replace.
    let looks = "cat >/dev/null; if [ -e out/part-00000/_SUCCESS ]; then exit 1; fi; echo new";
    exec(&[], "cat").assert_code(0);
    assert!(folder.exists("out/part-00000/_SUCCESS"));
    exec(&[], looks).assert_code(0);
    assert_eq!(folder.read("out/part-00000/output"), "new\n");
    exec(&["--force"], looks).assert_code(0);
    // And when the work fails, nothing vouches for the earlier one.
    exec(&["--force"], "cat >/dev/null; exit 1").assert_code(70);
    assert!(!folder.exists("out/part-00000/_SUCCESS"));
}

#[test]
fn the_results_of_another_command_are_not_deleted() {
    let folder = Folder::with_input(rows(10));
    let exec = |more: &[&str]| {
        let arguments = ["exec", "--input", "in/data_{index}.csv", "--output", "out"];
        folder.run(0, 1, &[&arguments, more, &["--", "cat"]].concat())
    };
    folder.validate(0, 1, &[]).assert_code(0);
    let validated = folder.tree("out");
    let ran = exec(&[]);
    let error = ran.assert_code(64).error();
    assert!(
        error.contains("holds the results of validate") && error.contains("--force"),
        "{error}"
    );
    assert_eq!(folder.tree("out"), validated);
    // An input that is not there is an error of this run alone, too.
    let missing = ["exec", "--input", "in/none", "--output", "out", "--", "cat"];
    folder.run(0, 1, &missing).assert_code(66);
    assert_eq!(folder.tree("out"), validated);

    let ran = exec(&["--force"]);
    ran.assert_code(0);
    assert!(ran.stderr.contains("accepted.csv") && ran.stderr.contains("another command"));
    let names = |tree: &std::collections::BTreeMap<String, Vec<u8>>| -> Vec<String> {
        tree.keys().map(|name| name.replace("part-00000/", "")).collect()
    };
    assert_eq!(names(&folder.tree("out")), ["_SUCCESS", "output", "summary.json"]);
    folder.validate(0, 1, &[]).assert_code(64);
    // The same command under another name of the output would delete the first one's, too.
    let ran = exec(&["--output-name", "other"]);
    let error = ran.assert_code(64).error();
    assert!(error.contains("the output \\\"output\\\" of an earlier run"), "{error}");
    assert_eq!(names(&folder.tree("out")), ["_SUCCESS", "output", "summary.json"]);
    let ran = exec(&["--output-name", "other", "--force"]);
    ran.assert_code(0);
    assert!(ran.stderr.contains("are deleted") && ran.stderr.contains("\"files\":\"output\""));
    assert_eq!(names(&folder.tree("out")), ["_SUCCESS", "other", "summary.json"]);
}
