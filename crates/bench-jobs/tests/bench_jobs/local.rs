//! The benchmark with processes.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use system_tests::binary;
use tempfile::TempDir;

use crate::{assert_parts_add_up, error, json};

/// A benchmark whose temporary files are in a folder of their own, and its results beside it.
struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new() -> Bench {
        let folder = tempfile::tempdir().expect("there is a place for it");
        // The workers' user has to get through.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("it is ours");
        fs::create_dir(folder.path().join("temporary")).expect("it can be made");
        Bench { folder }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bench-jobs"));
        command
            .args(["--on=local", "--completions=4"])
            .args(arguments)
            .arg("--output")
            .arg(self.path("results"));
        command.env("TMPDIR", self.path("temporary")).stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("it starts")
    }

    /// A partition-worker that is this script.
    fn worker(&self, script: &str) -> String {
        let folder = self.path("workers");
        fs::create_dir(&folder).expect("it can be made");
        for name in ["partition-worker", "sample-data"] {
            fs::write(folder.join(name), script).expect("it can be written");
            fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o755))
                .expect("it is ours");
        }
        format!("--workers={}", folder.display())
    }

    /// Neither files nor processes; a worker's program is below the temporary folder.
    #[track_caller]
    fn assert_nothing_left(&self) {
        let left = fs::read_dir(self.path("temporary")).expect("it is there").count();
        assert_eq!(left, 0, "files are left behind");
        let processes = fs::read_dir("/proc").expect("this is Linux").filter_map(Result::ok);
        let ours = processes.filter(|process| {
            let line = fs::read(process.path().join("cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).contains(&self.path("temporary").display().to_string())
        });
        assert_eq!(ours.count(), 0, "processes are left behind");
    }
}

#[track_caller]
fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn more_pods_at_once_are_faster_and_the_parts_of_each_job_add_up() {
    let bench = Bench::new();
    let output =
        bench.run(&["--parallelism=1,4", "--fixed-time=500ms", "--rows=2000", "--processors=2"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report = json(&bench.path("results/local.json"));
    assert_parts_add_up(&report);
    let (fixed, validate) = (&report["tasks"][0], &report["tasks"][1]);
    // Four times half a second cannot be faster.
    assert!(
        number(&fixed["runs"][0]["seconds"]) >= 2.0
            && number(&fixed["runs"][0]["parts"]["work"]) >= 2.0,
        "{fixed}"
    );
    assert!(
        number(&fixed["runs"][1]["speed_up"]) > number(&fixed["runs"][0]["speed_up"]),
        "{fixed}"
    );
    assert_eq!(
        (number(&fixed["runs"][1]["ideal"]), number(&validate["runs"][1]["ideal"])),
        (4.0, 2.0)
    );
    assert!(number(&validate["runs"][0]["parts"]["prepare"]) > 0.0, "{validate}");
    for run in [fixed, validate].into_iter().flat_map(|task| task["runs"].as_array()).flatten() {
        let mut indexes: Vec<_> =
            run["pods"].as_array().into_iter().flatten().map(|pod| pod["index"].as_i64()).collect();
        indexes.sort_unstable();
        assert_eq!(indexes, [Some(0), Some(1), Some(2), Some(3)]);
    }
    let table = String::from_utf8(output.stdout).expect("it is text");
    assert_eq!(
        table.trim(),
        fs::read_to_string(bench.path("results/local.md")).expect("it is there").trim()
    );
    assert!(
        table.contains("| validate | 4 |")
            && table.contains("processes")
            && table.contains("2 processors"),
        "{table}"
    );
    bench.assert_nothing_left();
}

#[test]
fn the_chart_is_svg_without_script_and_shows_every_run() {
    let bench = Bench::new();
    let output = bench.run(&["--parallelism=1,2", "--tasks=fixed", "--fixed-time=10ms"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let chart = fs::read_to_string(bench.path("results/local.svg")).expect("it is there");
    assert!(
        chart.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\"")
            && chart.ends_with("</svg>\n"),
        "{chart}"
    );
    assert!(!chart.contains("<script") && chart.contains("prefers-color-scheme: dark"), "{chart}");
    for text in [
        "parallelism 1: ",
        "parallelism 2: ",
        "of 2.00</title>",
        "fixed: speed-up of 4 completions",
    ] {
        assert!(chart.contains(text), "{text} is not in {chart}");
    }
}

#[test]
fn a_pod_that_fails_once_is_replaced_and_lost_time() {
    let bench = Bench::new();
    // The user of the pods may not see the folder of the build, as below a home of mode 0700.
    // Another process copies: what this one holds open for writing, be it in a child that
    // another thread has just made, cannot be started.
    let worker = bench.path("partition-worker");
    let copied = Command::new("cp").arg(binary("partition-worker")).arg(&worker).status();
    assert!(copied.is_ok_and(|status| status.success()), "the worker can be copied");
    // A folder cannot be made twice.
    let script = format!(
        "#!/bin/sh\nif mkdir {}/$JOB_COMPLETION_INDEX; then exit 74; fi\nexec {} \"$@\"\n",
        bench.path("tries").display(),
        worker.display(),
    );
    fs::create_dir(bench.path("tries")).expect("it can be made");
    fs::set_permissions(bench.path("tries"), fs::Permissions::from_mode(0o777))
        .expect("it is ours");
    let worker = bench.worker(&script);
    let output = bench.run(&["--parallelism=1", "--tasks=fixed", "--fixed-time=10ms", &worker]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report = json(&bench.path("results/local.json"));
    assert_parts_add_up(&report);
    let run = &report["tasks"][0]["runs"][0];
    assert_eq!(run["pods"].as_array().map(Vec::len), Some(8));
    assert!(number(&run["parts"]["lost"]) > 0.0, "{run}");
}

#[test]
fn a_job_that_fails_is_an_error_that_names_the_pods_and_leaves_nothing() {
    let bench = Bench::new();
    let worker = bench.worker(
        "#!/bin/sh\necho '{\"error\": \"the disk is on fire\", \"seconds\": 0.1}' > \
         $JOB_WORKER_TERMINATION_MESSAGE\nexit 65\n",
    );
    let error = error(&bench.run(&["--parallelism=1,4", "--tasks=fixed", &worker]), 1);
    assert!(error.contains("fixed at parallelism 1: failed: MaxFailedIndexesExceeded"), "{error}");
    assert!(
        error.contains("bench-fixed-1-0-1 (index 0): exit code 65: the disk is on fire"),
        "{error}"
    );
    assert!(!bench.path("results").exists(), "there are no results");
    bench.assert_nothing_left();
}

#[test]
fn a_job_that_takes_too_long_is_an_error_that_names_the_pods_and_leaves_nothing() {
    let bench = Bench::new();
    let error = error(
        &bench.run(&["--parallelism=1", "--tasks=fixed", "--fixed-time=1h", "--timeout=300ms"]),
        1,
    );
    assert!(
        error.contains("not complete within 0.3 s; bench-fixed-1-0-1 (index 0): Running"),
        "{error}"
    );
    bench.assert_nothing_left();
}

#[test]
fn a_signal_ends_the_workers_and_is_told_by_the_exit_code() {
    let bench = Bench::new();
    let mut command = bench.command(&["--parallelism=1", "--tasks=fixed", "--fixed-time=1h"]);
    let child: Child =
        command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("it starts");
    // The worker opens its log when it starts.
    let works = |folder: &Path| {
        fs::read_dir(folder).is_ok_and(|found| found.flatten().any(|entry| has_log(&entry.path())))
    };
    for _ in 0..6000 {
        if works(&bench.path("temporary")) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert!(works(&bench.path("temporary")), "a worker starts");
    let process = i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("it has a number");
    kill_process(process, Signal::TERM).expect("it runs");
    let output = child.wait_with_output().expect("it ends");
    let error = error(&output, 143);
    assert!(error.contains("ended by signal 15"), "{error}");
    bench.assert_nothing_left();
}

fn has_log(folder: &Path) -> bool {
    let log = folder.join("bench-fixed-1-0-1/partition-worker.log");
    fs::metadata(log).is_ok_and(|log| log.len() > 0)
}

#[test]
fn without_parallelism_one_there_is_nothing_to_compare_with() {
    let bench = Bench::new();
    let error = error(&bench.run(&["--parallelism=2,4"]), 1);
    assert!(error.contains("parallelism 1"), "{error}");
}
