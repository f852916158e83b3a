//! The benchmark on a cluster, with a kubectl that answers from files.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::{assert_parts_add_up, error, json, program, recorded};

/// Writes down what it is asked, and answers as an API server would: a Job has not ended when it is
/// first looked at.
const KUBECTL: &str = r#"#!/bin/sh
echo "$*" >> "$RECORD/calls"
if [ "$1" = --namespace ]; then shift 2; fi
case "$1 $2" in
    "version --output") cat "$ANSWERS/version.json" ;;
    "get nodes") cat "$ANSWERS/nodes.json" ;;
    "create --filename") cat >> "$RECORD/created" ;;
    "get job")
        if [ -e "$RECORD/seen-$3" ]; then cat "$ANSWERS/$JOBS/$3/job.json"; else : > "$RECORD/seen-$3"; echo '{"status": {}}'; fi ;;
    "get pods") cat "$ANSWERS/$JOBS/${4#*=}/pods.json" ;;
    "delete job" | "delete namespace") ;;
    *) echo "error: nobody expects $*" >&2; exit 1 ;;
esac
"#;

struct Fake {
    folder: TempDir,
    jobs: &'static str,
}

impl Fake {
    fn new(jobs: &'static str) -> Fake {
        let folder = tempfile::tempdir().expect("there is a place for it");
        program(&folder.path().join("kubectl"), KUBECTL);
        Fake { folder, jobs }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let path = format!(
            "{}:{}",
            self.folder.path().display(),
            std::env::var("PATH").unwrap_or_default()
        );
        let mut command = Command::new(env!("CARGO_BIN_EXE_bench-jobs"));
        command
            .args(["--on=cluster", "--tasks=fixed", "--completions=3"])
            .args(arguments)
            .arg("--output")
            .arg(self.output())
            .env("PATH", path)
            .env("ANSWERS", recorded("."))
            .env("RECORD", self.folder.path())
            .env("JOBS", self.jobs)
            .stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("it starts")
    }

    fn output(&self) -> std::path::PathBuf {
        self.folder.path().join("results")
    }

    fn calls(&self) -> String {
        fs::read_to_string(self.folder.path().join("calls")).unwrap_or_default()
    }

    /// The namespace that was made is deleted by the last call.
    #[track_caller]
    fn assert_clean(&self) {
        let created =
            fs::read_to_string(self.folder.path().join("created")).expect("something was made");
        let namespace: serde_json::Value = serde_json::Deserializer::from_str(&created)
            .into_iter()
            .next()
            .expect("it was made first")
            .expect("it is JSON");
        let name = namespace["metadata"]["name"].as_str().expect("it has a name");
        let calls = self.calls();
        let last = calls.lines().last().unwrap_or_default();
        assert!(last.starts_with(&format!("delete namespace {name} ")), "{calls}");
    }
}

#[test]
fn jobs_are_made_watched_read_and_removed_on_a_cluster() {
    let fake = Fake::new("complete");
    let output = fake.run(&["--parallelism=1,3"]);
    let table = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(table.contains("Kubernetes v1.34.0, 5 nodes, 3.93 processors"), "{table}");
    assert!(
        table.contains(
            "| fixed | 3 | 7.00 | 3.00 | 3.00 | 100 % | 1.00 | 0.00 | 1.00 | 0.00 | 5.00 | 0.00 | \
             0.00 |"
        ),
        "{table}"
    );
    assert!(table.contains("whole seconds"), "{table}");
    let report = json(&fake.output().join("cluster.json"));
    assert_parts_add_up(&report);
    assert_eq!(report["tasks"][0]["runs"][0]["pods"][2]["name"], "bench-fixed-1-2-c77wd");
    for job in ["bench-fixed-1", "bench-fixed-3"] {
        assert!(
            fake.calls().contains(&format!("delete job {job} --cascade=foreground")),
            "{}",
            fake.calls()
        );
    }
    fake.assert_clean();
}

#[test]
fn a_job_that_fails_on_a_cluster_is_an_error_that_names_the_pod() {
    let fake = Fake::new("failed");
    let error = error(&fake.run(&["--parallelism=1"]), 1);
    assert!(error.contains("fixed at parallelism 1: failed: MaxFailedIndexesExceeded"), "{error}");
    assert!(
        error.contains("bench-fixed-1-1-wz2fb (index 1): exit code 65: the phases make no sense"),
        "{error}"
    );
    assert!(!fake.output().exists(), "there are no results");
    fake.assert_clean();
}

#[test]
fn a_pod_that_no_node_takes_is_an_error_when_time_is_up() {
    let fake = Fake::new("stuck");
    let error = error(&fake.run(&["--parallelism=1", "--timeout=1s"]), 1);
    assert!(
        error.contains("not complete within 1 s; bench-fixed-1-0-tt6lh (index 0): Unschedulable"),
        "{error}"
    );
    fake.assert_clean();
}

#[test]
fn an_image_that_the_nodes_lack_is_an_error_at_once() {
    let fake = Fake::new("no-image");
    let error = error(&fake.run(&["--parallelism=1", "--timeout=1h"]), 1);
    assert!(
        error.contains("pods cannot start; bench-fixed-1-0-fj3qv (index 0): ErrImageNeverPull"),
        "{error}"
    );
    fake.assert_clean();
}

#[test]
fn a_signal_removes_the_namespace_and_is_told_by_the_exit_code() {
    let fake = Fake::new("stuck");
    let child = fake
        .command(&["--parallelism=1"])
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("it starts");
    let looked = || Path::exists(&fake.folder.path().join("seen-bench-fixed-1"));
    for _ in 0..6000 {
        if looked() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert!(looked(), "it waits for its Job: {}", fake.calls());
    let process = i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("it has a number");
    kill_process(process, Signal::INT).expect("it runs");
    let output = child.wait_with_output().expect("it ends");
    let error = error(&output, 130);
    assert!(error.contains("ended by signal 2"), "{error}");
    fake.assert_clean();
}

#[test]
fn a_cluster_that_cannot_be_reached_is_an_error() {
    let fake = Fake::new("complete");
    let kubectl =
        "#!/bin/sh\necho 'The connection to the server localhost:8080 was refused' >&2\nexit 1\n";
    program(&fake.folder.path().join("kubectl"), kubectl);
    let error = error(&fake.run(&["--parallelism=1"]), 1);
    assert!(error.contains("The connection to the server localhost:8080 was refused"), "{error}");
}
