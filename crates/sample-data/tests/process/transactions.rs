//! Transactions: files, truth, and what is refused.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use sample_data::{
    Damage, Kinds, Recipe, Record, SCHEMA, Tally, Truth, deal, write_header, write_record,
};
use serde_json::Value;
use tempfile::TempDir;

use crate::{assert_same_files, files, log, names, run, sample_data, succeed};

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
    assert_eq!(str::from_utf8(&output.stdout).unwrap(), include_str!("../golden/summary.txt"));
    let last = log(&output).pop().unwrap();
    assert_eq!(last["message"], "done");
    assert_eq!(
        last["counts"],
        serde_json::json!({
            "rows": 10_000, "accepted": 9_793, "rejected": 207, "size_bytes": 910120
        })
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
