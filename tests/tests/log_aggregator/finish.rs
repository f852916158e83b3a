//! `aggregate --finish`: the last month merges the year.

use serde_json::Value;
use system_tests::logs::{Folder, INPUT, assert_code, assert_error};
use system_tests::{tree, worker};

use crate::support::make_year;

fn month(folder: &Folder, index: u32, more: &[&str]) -> std::process::Output {
    let arguments = [&["aggregate", "--finish", "--input", INPUT], more].concat();
    let index = index.to_string();
    let variables =
        [("YEAR", "2024"), ("OUTPUT_BUCKET", "out"), ("JOB_COMPLETION_INDEX", index.as_str())];
    folder.run(&arguments, &variables)
}

/// The last line of the log.
fn said(output: &std::process::Output) -> String {
    let log = String::from_utf8_lossy(&output.stderr);
    let last: Value =
        serde_json::from_str(log.lines().last().expect("it has a log")).expect("JSON");
    last.to_string()
}

#[test]
fn the_last_month_merges_the_year_and_draws_it_as_a_job_of_its_own_would() {
    let folder = Folder::new();
    make_year(&folder.path(""), "combined-time");
    for index in (1..12).rev() {
        let output = month(&folder, index, &[]);
        assert_code(&output, 0);
        let expected = format!("{} of 12 months are done", 12 - index);
        assert!(said(&output).contains(&expected), "{}", said(&output));
    }
    assert!(!folder.path("out/year.json").exists());
    let output = month(&folder, 0, &[]);
    assert_code(&output, 0);
    assert!(said(&output).contains("all months are done: the year 2024 ("), "{}", said(&output));
    let finished = tree(&folder.path("out"));
    assert!(finished.contains_key("report.html") && finished.contains_key("_SUCCESS"));
    assert_code(&folder.run(&["merge", "out", "--report"], &[]), 0);
    assert!(tree(&folder.path("out")) == finished);

    // Whatever was lost of it comes back with any month.
    for name in ["_SUCCESS", "year.json", "report.html"] {
        std::fs::remove_file(folder.path("out").join(name)).expect("it is there");
        assert_code(&month(&folder, 7, &[]), 0);
        assert!(tree(&folder.path("out")) == finished, "without {name}");
    }

    // Months of another run are not merged with this one, and nothing vouches for the year.
    let output = month(&folder, 3, &["--keep-query"]);
    assert_code(&output, 0);
    let says = "1 of 12 months are done; what is there of 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12 is";
    assert!(said(&output).contains(says), "{}", said(&output));
    assert_error(&folder.run(&["report", "out"], &[]), 66, &["no _SUCCESS beside out/year.json"]);
    assert_code(&month(&folder, 3, &[]), 0);
    assert!(tree(&folder.path("out")) == finished);
}

#[test]
fn months_of_last_night_are_not_merged_with_those_of_tonight() {
    let folder = Folder::new();
    make_year(&folder.path(""), "combined-time");
    for index in 0..12 {
        assert_code(&month(&folder, index, &[]), 0);
    }
    let vouched = || folder.path("out/_SUCCESS").exists();
    assert!(vouched());
    // Logs that are gone change nothing, nor do those that are written once more as they were.
    let february = files_of(&folder, 2);
    for (name, bytes) in &february[1..] {
        std::fs::remove_file(folder.path(name)).expect("it is there");
        folder.write(name, bytes);
    }
    std::fs::remove_file(folder.path(&february[0].0)).expect("it is there");
    assert_code(&month(&folder, 0, &["--force"]), 0);
    assert!(vouched());
    // Those of tonight: a file more, and one of the same size with something else in it.
    for (_, bytes) in &files_of(&folder, 3)[..1] {
        folder.write("logs/2024/03/more.log.gz", bytes);
    }
    let (name, mut bytes) = files_of(&folder, 4).remove(0);
    *bytes.last_mut().expect("it has some") ^= 1;
    folder.write(&name, bytes);
    let output = month(&folder, 0, &["--force"]);
    assert_code(&output, 0);
    let says = "10 of 12 months are done; what is there of 3, 4 is another run's";
    assert!(said(&output).contains(says), "{}", said(&output));
    assert!(!vouched());
}

/// The logs of a month, with their names.
fn files_of(folder: &Folder, month: u32) -> Vec<(String, Vec<u8>)> {
    let input = format!("logs/2024/{month:02}");
    let files = tree(&folder.path(&input)).into_iter();
    files.map(|(name, bytes)| (format!("{input}/{name}"), bytes)).collect()
}

#[test]
fn months_that_end_at_the_same_instant_leave_a_year() {
    let folder = Folder::new();
    make_year(&folder.path(""), "combined-time");
    for _ in 0..3 {
        let pods: Vec<_> = (0..12)
            .map(|index: u32| {
                let arguments = ["aggregate", "--finish", "--input", INPUT, "--threads", "1"];
                let variables = [
                    ("YEAR", "2024".to_owned()),
                    ("OUTPUT_BUCKET", "out".to_owned()),
                    ("JOB_COMPLETION_INDEX", index.to_string()),
                ];
                let mut pod = worker("log-aggregator", &folder.path(""), &arguments, &variables);
                pod.stderr(std::process::Stdio::null()).spawn().expect("it starts")
            })
            .collect();
        for mut pod in pods {
            assert_eq!(pod.wait().expect("it ends").code(), Some(0));
        }
        assert_code(&folder.run(&["report", "out"], &[]), 0);
        std::fs::remove_dir_all(folder.path("out")).expect("it is there");
    }
}
