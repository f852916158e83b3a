//! The program as a process: its files, its exit codes, what it says.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use sample_data::access_logs::{Format, Lines, MonthRecipe};
use sample_data::{
    Damage, Kinds, Recipe, Record, SCHEMA, Tally, TaskTruth, Truth, deal, write_header,
    write_record, write_task,
};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

/// The program in an empty folder and an empty environment.
fn sample_data(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sample-data"));
    command.env_clear().current_dir(folder).args(arguments);
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    sample_data(folder, arguments).output().unwrap()
}

fn succeed(folder: &Path, arguments: &[&str]) -> Output {
    let output = run(folder, arguments);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

/// The folder's files, by name.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect()
}

/// The files that the library makes for the same settings.
fn expected_files(recipe: &Recipe, partitions: u32) -> BTreeMap<String, Vec<u8>> {
    let mut truth = Truth::default();
    let mut record = Record::default();
    let mut files = BTreeMap::new();
    for (index, range) in deal(recipe.rows, partitions).enumerate() {
        let (mut file, mut tally, mut rows) = (Vec::new(), Tally::default(), recipe.rows(range));
        write_header(&mut file);
        while rows.read(&mut record) {
            tally.count(&record);
            write_record(&record, &mut file);
        }
        files.insert(format!("data_{index}.csv"), file);
        truth.push(format!("data_{index}.csv"), tally);
    }
    files.insert("transactions.schema.json".to_owned(), SCHEMA.to_vec());
    files.insert("truth.json".to_owned(), truth.to_json());
    files
}

fn names(files: &BTreeMap<String, Vec<u8>>) -> Vec<&str> {
    files.keys().map(String::as_str).collect()
}

fn assert_same_files(found: &BTreeMap<String, Vec<u8>>, expected: &BTreeMap<String, Vec<u8>>) {
    assert_eq!(names(found), names(expected));
    for (name, content) in expected {
        assert!(found[name] == *content, "{name} differs");
    }
}

/// The JSON log lines on stderr.
fn log(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_files_hold_what_the_library_makes_and_a_second_run_makes_them_again() {
    let folder = TempDir::new().unwrap();
    let recipe = Recipe {
        rows: 20_000,
        bad_share: "0.1".parse().unwrap(),
        kinds: "well-formed".parse().unwrap(),
        seed: 5,
        single_line: true,
    };
    let arguments = [
        "transactions",
        "--output",
        "new/folder",
        "--rows",
        "20000",
        "--partitions",
        "3",
        "--bad-share",
        "0.1",
        "--kinds",
        "well-formed",
        "--seed",
        "5",
        "--single-line",
    ];
    for _ in 0..2 {
        succeed(folder.path(), &arguments);
        assert_same_files(&files(&folder.path().join("new/folder")), &expected_files(&recipe, 3));
    }
}

#[test]
fn without_settings_there_are_ten_thousand_rows_in_five_files() {
    let folder = TempDir::new().unwrap();
    let output = succeed(folder.path(), &["transactions", "--output", "out"]);
    let recipe = Recipe {
        rows: 10_000,
        bad_share: "0.02".parse().unwrap(),
        kinds: Kinds::all(),
        seed: 7,
        single_line: false,
    };
    assert_same_files(&files(&folder.path().join("out")), &expected_files(&recipe, 5));
    assert_eq!(str::from_utf8(&output.stdout).unwrap(), include_str!("golden/summary.txt"));
    let last = log(&output).pop().unwrap();
    assert_eq!(last["message"], "done");
    assert_eq!(
        last["counts"],
        serde_json::json!({ "rows": 10_000, "accepted": 9_793, "rejected": 207, "size_bytes": 910120 })
    );
}

#[test]
fn compressed_files_hold_the_same_rows() {
    let folder = TempDir::new().unwrap();
    let made = |compression: &str| {
        let arguments = [
            "transactions",
            "--output",
            compression,
            "--partitions",
            "2",
            "--compress",
            compression,
        ];
        succeed(folder.path(), &arguments);
        files(&folder.path().join(compression))
    };
    let plain = made("none");
    let gzip = made("gzip");
    let zstd = made("zstd");
    assert_eq!(
        names(&gzip),
        ["data_0.csv.gz", "data_1.csv.gz", "transactions.schema.json", "truth.json"]
    );
    assert_eq!(
        names(&zstd),
        ["data_0.csv.zst", "data_1.csv.zst", "transactions.schema.json", "truth.json"]
    );
    for index in 0..2 {
        let expected = &plain[&format!("data_{index}.csv")];
        let mut content = Vec::new();
        let compressed = &gzip[&format!("data_{index}.csv.gz")];
        // RFC 1952: no name, no time.
        assert_eq!(compressed[..8], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0]);
        flate2::bufread::GzDecoder::new(compressed.as_slice()).read_to_end(&mut content).unwrap();
        assert!(content == *expected);
        let content = zstd::decode_all(zstd[&format!("data_{index}.csv.zst")].as_slice()).unwrap();
        assert!(content == *expected);
    }
    let truth: Value = serde_json::from_slice(&gzip["truth.json"]).unwrap();
    assert_eq!(truth["partitions"][1]["file"], "data_1.csv.gz");
}

#[test]
fn what_makes_no_sense_is_refused_with_exit_code_64() {
    let whole = |arguments: &[&str], error: &str| {
        let folder = TempDir::new().unwrap();
        let output = run(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(64), "{arguments:?}");
        let lines = log(&output);
        let [line] = lines.as_slice() else { panic!("{lines:?}") };
        assert_eq!(line["error"], error);
        assert!(files(folder.path()).is_empty(), "{arguments:?}");
    };
    let with = |setting: &str, value: &str, error: &str| {
        whole(&["transactions", "--output", "out", setting, value], error);
    };
    with("--rows", "0", "invalid value '0' for '--rows <N>': 0 is not in 1..=10000000000");
    with(
        "--rows",
        "10000000001",
        "invalid value '10000000001' for '--rows <N>': 10000000001 is not in 1..=10000000000",
    );
    with("--rows", "1e6", "invalid value '1e6' for '--rows <N>': invalid digit found in string");
    with("--partitions", "0", "invalid value '0' for '--partitions <N>': 0 is not in 1..=100000");
    with(
        "--partitions",
        "100001",
        "invalid value '100001' for '--partitions <N>': 100001 is not in 1..=100000",
    );
    with(
        "--bad-share",
        "2%",
        "invalid value '2%' for '--bad-share <SHARE>': not a share: give a number from 0 to 1, \
         such as 0.02 for two rows in a hundred",
    );
    with(
        "--bad-share",
        "1.5",
        "invalid value '1.5' for '--bad-share <SHARE>': more than all rows: give a number from 0 \
         to 1, such as 0.02 for two rows in a hundred",
    );
    with(
        "--bad-share",
        "0.0000001",
        "invalid value '0.0000001' for '--bad-share <SHARE>': finer than one row in a million: \
         give at most six decimals",
    );
    with(
        "--kinds",
        "blank-row,typo",
        &format!(
            "invalid value 'blank-row,typo' for '--kinds <KINDS>': there is no kind of damage \
             \"typo\": give all, well-formed, or some of {} with commas between",
            Damage::ALL.map(Damage::as_str).join(", ")
        ),
    );
    with(
        "--compress",
        "lz4",
        "invalid value 'lz4' for '--compress <COMPRESS>' [possible values: none, gzip, zstd]",
    );
    with("--seed", "-1", "unexpected argument '-1' found");
    whole(
        &["transactions"],
        "the following required arguments were not provided: --output <LOCATION>",
    );
    whole(&[], "no command is given; --help lists them");
}

#[test]
fn an_output_that_cannot_be_is_refused_with_exit_code_64() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    for (output, error) in [
        ("file", "file is not a folder; name the folder, or remove the file of that name"),
        (
            "gs://bucket/",
            "locations of scheme `gs` are not supported; write a path, or s3://bucket/key",
        ),
        ("", "the location is empty; write a path such as data/in.csv, or s3://bucket/key"),
    ] {
        let output = run(folder.path(), &["transactions", "--output", output]);
        assert_eq!(output.status.code(), Some(64));
        let last = log(&output).pop().unwrap();
        assert!(last["error"].to_string().contains(error), "{last}");
    }
    assert_eq!(names(&files(folder.path())), ["file"]);
}

#[test]
fn files_of_a_run_with_more_partitions_are_warned_of_and_left() {
    let folder = TempDir::new().unwrap();
    succeed(
        folder.path(),
        &["transactions", "--output", "out", "--rows", "100", "--partitions", "12"],
    );
    let output = succeed(
        folder.path(),
        &["transactions", "--output", "out", "--rows", "100", "--partitions", "10"],
    );
    let warnings: Vec<_> =
        log(&output).into_iter().filter(|line| line["level"] == "WARN").collect();
    let [warning] = warnings.as_slice() else { panic!("{warnings:?}") };
    assert_eq!(
        warning["message"],
        "there are data files of an earlier run with other settings; remove them, or give each \
         run a folder of its own"
    );
    assert_eq!(
        (&warning["files"], &warning["first"]),
        (&Value::from(2), &Value::from("data_10.csv"))
    );
    assert_eq!(files(&folder.path().join("out")).len(), 14);
}

#[test]
fn after_sigterm_no_unfinished_file_and_no_truth_is_there() {
    let folder = TempDir::new().unwrap();
    succeed(
        folder.path(),
        &["transactions", "--output", "out", "--rows", "100", "--partitions", "1"],
    );
    let before = files(&folder.path().join("out"));
    // A day's work, of which the first lines of progress tell that it has begun.
    let arguments = [
        "transactions",
        "--output",
        "out",
        "--rows",
        "10000000000",
        "--partitions",
        "1",
        "--progress-interval",
        "10ms",
    ];
    let mut child = sample_data(folder.path(), &arguments).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(|line| line.unwrap());
    let is_under_way = |line: &String| {
        let line: Value = serde_json::from_str(line).unwrap();
        line["message"] == "progress" && line["done"].as_u64() > Some(0)
    };
    assert!(lines.any(|line| is_under_way(&line)));
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let last: Value = serde_json::from_str(&lines.last().unwrap()).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert_eq!(last["message"], "stopped");
    assert_eq!(
        last["reason"],
        "stopped before data_0 was whole; run again for all files and truth.json"
    );
    let mut after = before;
    // The earlier run's truth would not be true of what this one was about to write.
    after.remove("truth.json");
    assert_same_files(&files(&folder.path().join("out")), &after);
}

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

/// The lines and the truth that the library makes for the settings of these tests.
fn expected_month(month: u8) -> (Vec<u8>, Vec<u8>) {
    let recipe = MonthRecipe {
        year: 2023,
        month,
        lines: 5_000,
        broken_share: "0.01".parse().unwrap(),
        format: Format::Cloudfront,
        seed: 5,
    };
    let mut lines = Lines::of(recipe);
    let mut log = Vec::new();
    while lines.write_next(&mut log) {}
    (log, lines.truth_json())
}

const LOGS: &str = "access-logs --output logs --year 2023 --lines 5000 --format cloudfront \
                    --broken-share 0.01 --seed 5";

#[test]
fn a_year_of_logs_is_a_folder_a_month_with_the_truth_beside_it() {
    let folder = TempDir::new().unwrap();
    let arguments = format!("{LOGS} --objects 3");
    let output = succeed(folder.path(), &arguments.split(' ').collect::<Vec<_>>());
    let year = folder.path().join("logs/2023");
    for month in 1..=12 {
        let (mut log, truth) = expected_month(month);
        assert!(
            fs::read(year.join(format!("truth-{month:02}.json"))).unwrap() == truth,
            "month {month}"
        );
        let objects = files(&year.join(format!("{month:02}")));
        assert_eq!(names(&objects), ["access-0.log.gz", "access-1.log.gz", "access-2.log.gz"]);
        for object in objects.values() {
            let mut content = String::new();
            let mut bytes = Vec::new();
            flate2::bufread::GzDecoder::new(object.as_slice()).read_to_end(&mut bytes).unwrap();
            content.push_str(&String::from_utf8_lossy(&bytes[..200]));
            assert!(
                content.starts_with("#Version: 1.0\n#Fields: date time "),
                "each has its header"
            );
            let lines = bytes.splitn(3, |byte| *byte == b'\n').nth(2).unwrap();
            assert!(
                log.starts_with(lines),
                "the objects hold the month's lines one after the other"
            );
            log.drain(..lines.len());
        }
        assert!(log.is_empty());
    }
    assert_eq!(fs::read_dir(&year).unwrap().count(), 24);
    let last = log(&output).pop().unwrap();
    assert_eq!(
        (&last["counts"]["lines"], last["message"].as_str()),
        (&Value::from(60_000), Some("done"))
    );
}

#[test]
fn one_month_in_any_compression_and_with_more_objects_than_lines() {
    let folder = TempDir::new().unwrap();
    let (log, truth) = expected_month(7);
    for (compression, name) in [("none", "access-0.log"), ("zstd", "access-0.log.zst")] {
        let arguments = format!("{LOGS} --month 7 --compress {compression} --output {compression}");
        let arguments = arguments.replacen(" --output logs", "", 1);
        succeed(folder.path(), &arguments.split(' ').collect::<Vec<_>>());
        let bytes = fs::read(folder.path().join(compression).join("2023/07").join(name)).unwrap();
        let bytes =
            if compression == "zstd" { zstd::decode_all(bytes.as_slice()).unwrap() } else { bytes };
        assert!(bytes.ends_with(&log), "{compression}");
        assert!(
            fs::read(folder.path().join(compression).join("2023/truth-07.json")).unwrap() == truth
        );
        assert_eq!(
            fs::read_dir(folder.path().join(compression).join("2023")).unwrap().count(),
            2,
            "no other month"
        );
    }
    succeed(
        folder.path(),
        &"access-logs --output few --month 1 --lines 2 --objects 4 --compress none"
            .split(' ')
            .collect::<Vec<_>>(),
    );
    let sizes: Vec<bool> =
        files(&folder.path().join("few/2024/01")).values().map(|file| file.is_empty()).collect();
    assert_eq!(sizes, [false, false, true, true]);
}

#[test]
fn logs_of_a_run_with_more_objects_are_warned_of_and_left() {
    let folder = TempDir::new().unwrap();
    let run = |objects: &str| {
        let arguments =
            format!("access-logs --output out --month 3 --lines 100 --objects {objects}");
        succeed(folder.path(), &arguments.split(' ').collect::<Vec<_>>())
    };
    run("3");
    let warnings: Vec<_> =
        log(&run("2")).into_iter().filter(|line| line["level"] == "WARN").collect();
    let [warning] = warnings.as_slice() else { panic!("{warnings:?}") };
    assert_eq!(
        (&warning["files"], &warning["first"]),
        (&Value::from(1), &Value::from("access-2.log.gz"))
    );
}

#[test]
fn after_sigterm_no_unfinished_log_and_no_truth_is_there() {
    let folder = TempDir::new().unwrap();
    let earlier = "access-logs --output out --lines 100";
    succeed(folder.path(), &earlier.split(' ').collect::<Vec<_>>());
    let arguments = "access-logs --output out --lines 1000000000000 --progress-interval 10ms";
    let arguments: Vec<&str> = arguments.split(' ').collect();
    let mut child = sample_data(folder.path(), &arguments).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(|line| line.unwrap());
    assert!(lines.any(|line| line.contains("\"progress\"") && !line.contains("\"done\":0,")));
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let last: Value = serde_json::from_str(&lines.last().unwrap()).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert_eq!(last["reason"], "stopped before all months were whole; run again");
    let year = folder.path().join("out/2024");
    assert!(
        !year.join("truth-01.json").exists(),
        "it would not be true of what was about to be written"
    );
    for month in 1..=12 {
        let objects = files(&year.join(format!("{month:02}")));
        assert_eq!(names(&objects), ["access-0.log.gz"], "month {month} has the earlier run's");
    }
}

#[test]
fn settings_of_logs_that_make_no_sense_are_refused() {
    let folder = TempDir::new().unwrap();
    for (setting, error) in [
        ("--month 13", "13 is not in 1..=12"),
        ("--year 1969", "1969 is not in 1970..=9999"),
        ("--lines 0", "0 is not in 1..=1099511627776"),
        ("--objects 0", "0 is not in 1..=100000"),
        ("--format iis", "[possible values: combined, common, vhost-combined"),
        ("--broken-share 2", "more than all rows"),
    ] {
        let arguments = format!("access-logs --output out {setting}");
        let output = run(folder.path(), &arguments.split(' ').collect::<Vec<_>>());
        assert_eq!(output.status.code(), Some(64), "{setting}");
        let last = log(&output).pop().unwrap();
        assert!(last["error"].as_str().unwrap().contains(error), "{last}");
    }
    assert!(files(folder.path()).is_empty());
}

#[test]
fn the_help_names_every_kind_of_damage() {
    let folder = TempDir::new().unwrap();
    for command in ["transactions", "tasks"] {
        let help = String::from_utf8(succeed(folder.path(), &[command, "--help"]).stdout).unwrap();
        for kind in Damage::ALL {
            assert!(help.contains(kind.as_str()), "{command}: {kind}");
        }
    }
}
