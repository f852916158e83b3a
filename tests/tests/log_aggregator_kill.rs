//! The log-aggregator killed, stopped and run twice at once: a month is whole or absent, and always
//! the same.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use system_tests::logs::log;
use system_tests::{tree, worker};

/// March 2024 in three gzip files.
fn make_logs(folder: &Path, lines: u32) {
    let lines = lines.to_string();
    let arguments = [
        "access-logs",
        "--year",
        "2024",
        "--month",
        "3",
        "--lines",
        &lines,
        "--objects",
        "3",
        "--output",
        "logs",
    ];
    let output = worker("sample-data", folder, &arguments, &[]).output().expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn march(folder: &Path, more: &[&str]) -> Command {
    let arguments =
        [&["aggregate", "--input", "logs/{year}/{month:02}/", "--threads", "2"], more].concat();
    let variables = [("YEAR", "2024"), ("OUTPUT_BUCKET", "out"), ("JOB_COMPLETION_INDEX", "2")];
    worker(
        "log-aggregator",
        folder,
        &arguments,
        &variables.map(|(name, value)| (name, value.to_owned())),
    )
}

/// The month's files that have a name. A kill between the two steps that replace a file leaves a
/// hidden one behind, which no reader and no listing sees.
fn published(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    named(folder, "03")
}

fn code(mut command: Command) -> Option<i32> {
    command.stderr(Stdio::null()).status().expect("it starts").code()
}

#[test]
fn killed_at_100_random_instants_it_leaves_whole_files_or_none_and_a_rerun_gives_the_same_bytes() {
    let folder = tempfile::tempdir().expect("there is a place for it");
    let folder = folder.path();
    make_logs(folder, 20_000);
    let began = Instant::now();
    assert_eq!(code(march(folder, &[])), Some(0));
    let mut uninterrupted = began.elapsed().as_micros() as u64;
    let expected = published(folder);
    assert!(expected.contains_key("_SUCCESS") && expected.contains_key("state"));

    let mut random = fastrand::Rng::with_seed(7);
    let (mut killed, mut ended) = (0, 0);
    while killed < 100 {
        if random.u8(..4) == 0 && folder.join("out").exists() {
            std::fs::remove_dir_all(folder.join("out")).expect("it can be removed");
        }
        let mut child =
            march(folder, &["--force"]).stderr(Stdio::null()).spawn().expect("it starts");
        // Not to wait for anything: the instant is meant to be any.
        std::thread::sleep(Duration::from_micros(random.u64(..uninterrupted)));
        child.kill().expect("it can be killed");
        if child.wait().expect("it ends").code().is_none() {
            killed += 1;
        } else {
            // It was faster than the first run, which the machine may have held up.
            ended += 1;
            uninterrupted -= uninterrupted / 20;
        }
        assert!(ended < 400, "only {killed} of {} runs were really interrupted", killed + ended);
        for (name, bytes) in published(folder) {
            assert!(expected.get(&name) == Some(&bytes), "{name} differs after a kill");
        }
    }
    assert_eq!(code(march(folder, &[])), Some(0));
    assert!(published(folder) == expected);
}

/// The files of a folder of March that have a name.
fn named(folder: &Path, name: &str) -> BTreeMap<String, Vec<u8>> {
    let mut files = tree(&folder.join("out").join(name));
    files.retain(|name, _| !name.starts_with(".unpublished-"));
    files
}

/// What `merge` takes of March: how many requests, and whether it is a part. `None` where there is
/// nothing.
fn merged(folder: &Path) -> Option<(u64, bool)> {
    let merge = worker("log-aggregator", folder, &["merge", "out", "--allow-missing"], &[]);
    match code(merge) {
        Some(66) => return None,
        other => assert_eq!(other, Some(0)),
    }
    let year = std::fs::read(folder.join("out/year.json")).expect("it is there");
    let year: Value = serde_json::from_slice(&year).expect("it is JSON");
    let is_part = year["partial"].as_array().is_some_and(|months| !months.is_empty());
    Some((year["requests"].as_u64().expect("it is a number"), is_part))
}

#[test]
fn killed_while_the_whole_month_replaces_its_part_it_leaves_one_of_the_two_and_never_nothing() {
    let folder = tempfile::tempdir().expect("there is a place for it");
    let folder = folder.path();
    make_logs(folder, 5_000);
    let part = ["--partial", "--until", "2024-03-20T12:00"];
    assert_eq!(code(march(folder, &part)), Some(0));
    let partial = named(folder, "03-partial");
    let of_part = merged(folder).expect("it is there");
    assert!(of_part.1);
    let began = Instant::now();
    assert_eq!(code(march(folder, &[])), Some(0));
    let mut uninterrupted = began.elapsed().as_micros() as u64;
    let whole = named(folder, "03");
    let of_whole = merged(folder).expect("it is there");
    assert!(!of_whole.1 && of_whole.0 > of_part.0);
    assert!(named(folder, "03-partial").is_empty());

    let mut random = fastrand::Rng::with_seed(11);
    let (mut killed, mut ended, mut seen) = (0, 0, [0, 0]);
    while killed < 60 {
        std::fs::remove_dir_all(folder.join("out")).expect("it can be removed");
        std::fs::create_dir_all(folder.join("out/03-partial")).expect("it can be made");
        for (name, bytes) in &partial {
            std::fs::write(folder.join("out/03-partial").join(name), bytes).expect("it is written");
        }
        let mut child = march(folder, &[]).stderr(Stdio::null()).spawn().expect("it starts");
        // Not to wait for anything: the instant is meant to be any. Most are near the end, where
        // the one replaces the other.
        let least = if random.u8(..3) == 0 { 0 } else { uninterrupted / 2 };
        std::thread::sleep(Duration::from_micros(random.u64(least..uninterrupted)));
        child.kill().expect("it can be killed");
        if child.wait().expect("it ends").code().is_none() {
            killed += 1;
        } else {
            ended += 1;
            uninterrupted -= uninterrupted / 20;
        }
        assert!(ended < 300, "only {killed} of {} runs were really interrupted", killed + ended);
        for (name, bytes) in named(folder, "03") {
            assert!(whole.get(&name) == Some(&bytes), "{name} differs after a kill");
        }
        for (name, bytes) in named(folder, "03-partial") {
            assert!(partial.get(&name) == Some(&bytes), "{name} of the part differs after a kill");
        }
        let found = merged(folder).expect("one of them is there at any time");
        assert!(found == of_part || found == of_whole, "{found:?}");
        seen[usize::from(found == of_whole)] += 1;
    }
    assert!(seen[0] > 0, "some kills came before the month was there: {seen:?}");
    assert_eq!(code(march(folder, &[])), Some(0));
    assert!(named(folder, "03") == whole && named(folder, "03-partial").is_empty());
}

/// A pod with `--finish` that is started and not waited for.
fn spawn_month(folder: &Path, index: u32) -> Child {
    let arguments =
        ["aggregate", "--finish", "--input", "logs/{year}/{month:02}/", "--threads", "1"];
    let variables = [
        ("YEAR", "2024".to_owned()),
        ("OUTPUT_BUCKET", "out".to_owned()),
        ("JOB_COMPLETION_INDEX", index.to_string()),
        ("JOB_WORKER_TERMINATION_MESSAGE", format!("termination_{index}.json")),
    ];
    let mut pod = worker("log-aggregator", folder, &arguments, &variables);
    pod.stderr(Stdio::null()).spawn().expect("it starts")
}

/// Whether something vouches for the year. Then its months are there, byte for byte.
fn is_vouched(folder: &Path) -> bool {
    let Ok(manifest) = std::fs::read(folder.join("out/_SUCCESS")) else { return false };
    let manifest: Value = serde_json::from_slice(&manifest).expect("it is JSON");
    let months = manifest["input"].as_array().expect("it has some");
    assert_eq!(months.len(), 12);
    for month in months {
        let name = month["source"].as_str().expect("it has a name");
        let state = std::fs::read(folder.join("out").join(name)).expect("it is there");
        assert_eq!(job_files::blake3(&state), month["blake3"], "{name}");
    }
    true
}

#[test]
fn under_kills_and_changes_of_logs_the_manifest_of_the_year_is_true_or_absent() {
    let folder = tempfile::tempdir().expect("there is a place for it");
    let folder = folder.path();
    let write = |month: u32, lines: u32| {
        let input = folder.join(format!("logs/2024/{month:02}"));
        std::fs::create_dir_all(&input).expect("it can be made");
        let name =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
                [month as usize - 1];
        std::fs::write(input.join("a.log"), log(1, lines).replace("Jan", name)).expect("written");
    };
    (1..=12).for_each(|month| write(month, 20));
    for index in 0..12 {
        assert_eq!(spawn_month(folder, index).wait().expect("it ends").code(), Some(0));
    }
    assert!(is_vouched(folder));
    let mut random = fastrand::Rng::with_seed(29);
    let (mut killed, mut seen) = (0, 0);
    while killed < 60 {
        // The logs of one month change, and some pods run at once; one of them is killed.
        let changed = random.u32(1..=12);
        let lines = 20 + random.u32(1..30);
        write(changed, lines);
        let indexes = [changed - 1, changed % 12, (changed + 5) % 12];
        let mut pods = indexes.map(|index| spawn_month(folder, index));
        // Not to wait for anything: the instant is meant to be any.
        std::thread::sleep(Duration::from_micros(random.u64(..60_000)));
        let victim = random.usize(..3);
        pods[victim].kill().expect("it can be killed");
        let codes = pods.each_mut().map(|pod| pod.wait().expect("it ends").code());
        assert!(codes.iter().all(|code| matches!(code, None | Some(0))), "{codes:?}");
        killed += u32::from(codes[victim].is_none());
        seen += u32::from(is_vouched(folder));
        // The pod that was killed is run again, and that is enough.
        if codes[victim].is_none() {
            let mut again = spawn_month(folder, indexes[victim]);
            assert_eq!(again.wait().expect("it ends").code(), Some(0));
        }
        assert!(is_vouched(folder), "nobody has merged");
        let year = std::fs::read(folder.join("out/year.json")).expect("it is there");
        let year: Value = serde_json::from_slice(&year).expect("it is JSON");
        assert_eq!(year["months"][changed as usize - 1]["requests"], lines);
    }
    assert!(seen > 5, "the year was there {seen} times");
}

/// Reads the log until it shows the work in the middle of its input. The reader must be kept: a
/// worker whose log nobody reads gets a broken pipe.
fn until_mid_work(child: &mut Child) -> BufReader<ChildStderr> {
    let mut log = BufReader::new(child.stderr.take().expect("it is a pipe"));
    let mut line = String::new();
    loop {
        line.clear();
        assert_ne!(
            log.read_line(&mut line).expect("it is text"),
            0,
            "the worker ended before it was in mid-work"
        );
        let event: Value = serde_json::from_str(&line).expect("it is JSON");
        let (done, total) = (event["done"].as_u64(), event["total"].as_u64());
        if done > Some(0) && done < total {
            return log;
        }
    }
}

#[test]
fn sigterm_in_mid_work_publishes_nothing_and_exits_143() {
    let folder = tempfile::tempdir().expect("there is a place for it");
    let folder = folder.path();
    make_logs(folder, 1_000_000);
    let mut child = march(folder, &["--progress-interval", "10ms"])
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let _log = until_mid_work(&mut child);
    kill_process(Pid::from_child(&child), Signal::TERM).expect("it is there");
    assert_eq!(child.wait().expect("it ends").code(), Some(143));
    assert!(tree(&folder.join("out")).is_empty());
    let message = std::fs::read(folder.join("termination.json")).expect("it is there");
    let message: Value = serde_json::from_slice(&message).expect("it is JSON");
    assert_eq!((&message["outcome"], &message["exit_code"]), (&"stopped".into(), &143.into()));
    assert_eq!(code(march(folder, &[])), Some(0));
}

#[test]
fn two_processes_of_one_month_at_once_give_the_bytes_of_one() {
    let folder = tempfile::tempdir().expect("there is a place for it");
    let folder = folder.path();
    make_logs(folder, 20_000);
    assert_eq!(code(march(folder, &[])), Some(0));
    let expected = tree(&folder.join("out"));
    for _ in 0..5 {
        std::fs::remove_dir_all(folder.join("out")).expect("it can be removed");
        let spawn =
            || march(folder, &["--force"]).stderr(Stdio::null()).spawn().expect("it starts");
        let twins = [spawn(), spawn()];
        for mut twin in twins {
            assert_eq!(twin.wait().expect("it ends").code(), Some(0));
        }
        assert!(tree(&folder.join("out")) == expected);
    }
}
