//! The lab on a real cluster, in a namespace of its own. `make test-kind` loads the images and runs
//! this.
//!
//! The cluster is that of KUBECONFIG; TAG names the workers' images, REDIS_IMAGE and S3_IMAGE the
//! services' where they are others than the manifests say. What is needed to understand a failure
//! is left in the folder ARTIFACTS.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use serde_json::Value;

const WORKERS: [&str; 4] = ["partition-worker", "queue-worker", "log-aggregator", "sample-data"];
const LAB: &str = "load-sample-data, Redis and S3";

struct Lab {
    namespace: String,
    overlays: PathBuf,
    artifacts: PathBuf,
}

/// How a Job ended, with its status.
struct Ended {
    condition: String,
    reason: String,
    status: Value,
    pods: Vec<Value>,
}

fn kubectl(arguments: &[&str]) -> anyhow::Result<String> {
    let output =
        Command::new("kubectl").args(arguments).output().context("kubectl must be installed")?;
    ensure!(
        output.status.success(),
        "kubectl {}: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8(output.stdout)?)
}

/// Asks again until there is an answer. An API server may be away for a moment, but not for long.
fn until<T>(
    what: &str,
    most: Duration,
    mut look: impl FnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    let began = Instant::now();
    let mut failures = 0;
    loop {
        match look() {
            Ok(Some(found)) => return Ok(found),
            Ok(None) => failures = 0,
            Err(_) if failures < 5 => failures += 1,
            Err(error) => return Err(error.context(what.to_owned())),
        }
        ensure!(began.elapsed() < most, "{what}: not within {} s", most.as_secs());
        std::thread::sleep(Duration::from_millis(300));
    }
}

impl Lab {
    fn new() -> anyhow::Result<Lab> {
        let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/test-kind");
        let namespace = format!("job-workers-{:x}", fastrand::u32(..));
        let overlays = target.join(&namespace);
        let artifacts =
            std::env::var_os("ARTIFACTS").map_or_else(|| target.join("artifacts"), PathBuf::from);
        fs::create_dir_all(&overlays)?;
        fs::create_dir_all(&artifacts)?;
        Ok(Lab { namespace, overlays, artifacts })
    }

    fn kubectl(&self, arguments: &[&str]) -> anyhow::Result<String> {
        kubectl(&[&["--namespace", &self.namespace], arguments].concat())
    }

    fn json(&self, arguments: &[&str]) -> anyhow::Result<Value> {
        Ok(serde_json::from_str(&self.kubectl(&[arguments, &["--output", "json"]].concat())?)?)
    }

    /// Applies a folder below `k8s/overlays/kind` in the namespace, with the images of the
    /// environment and these lines besides.
    fn apply(&self, folder: &str, name: &str, more: &str) -> anyhow::Result<()> {
        let overlay = self.overlays.join(name);
        fs::create_dir_all(&overlay)?;
        let mut text = format!(
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: \
             {}\nresources:\n  - ../../../../k8s/overlays/kind/{folder}\n",
            self.namespace
        );
        let tag =
            std::env::var("TAG").context("TAG is that of the images: make test-kind sets it")?;
        text += "images:\n";
        for worker in WORKERS {
            text += &format!("  - name: job-workers/{worker}\n    newTag: {tag}\n");
        }
        for (variable, image) in [("REDIS_IMAGE", "redis"), ("S3_IMAGE", "pgsty/silo")] {
            if let Some(other) = std::env::var(variable).ok().filter(|other| !other.is_empty()) {
                let (name, tag) =
                    other.rsplit_once(':').with_context(|| format!("{variable} is NAME:TAG"))?;
                text += &format!("  - name: {image}\n    newName: {name}\n    newTag: {tag}\n");
            }
        }
        fs::write(overlay.join("kustomization.yaml"), text + more)?;
        kubectl(&["apply", "--kustomize", &overlay.display().to_string()])?;
        Ok(())
    }

    /// Waits until a Job is Complete or Failed.
    fn ended(&self, job: &str) -> anyhow::Result<Ended> {
        let ended = until(&format!("the end of the Job {job}"), Duration::from_secs(900), || {
            let found = self.json(&["get", "job", job])?;
            let conditions = found["status"]["conditions"].as_array().cloned().unwrap_or_default();
            let last = conditions.iter().find(|condition| {
                ["Complete", "Failed"].contains(&condition["type"].as_str().unwrap_or_default())
                    && condition["status"] == "True"
            });
            Ok(last
                .map(|last| (text(&last["type"]), text(&last["reason"]), found["status"].clone())))
        });
        let (condition, reason, status) = ended?;
        Ok(Ended { condition, reason, status, pods: self.pods(job)? })
    }

    fn complete(&self, job: &str) -> anyhow::Result<Ended> {
        let ended = self.ended(job)?;
        ensure!(
            ended.condition == "Complete",
            "{job}: {} {}: {}",
            ended.condition,
            ended.reason,
            ended.status
        );
        Ok(ended)
    }

    fn pods(&self, job: &str) -> anyhow::Result<Vec<Value>> {
        let selector = format!("batch.kubernetes.io/job-name={job}");
        Ok(self.json(&["get", "pods", "--selector", &selector])?["items"]
            .as_array()
            .cloned()
            .unwrap_or_default())
    }

    /// Runs a worker's command in a pod of its own and gives what it wrote to stdout and stderr.
    fn ask(&self, worker: &str, arguments: &[&str]) -> anyhow::Result<String> {
        let name = format!("ask-{:x}", fastrand::u32(..));
        let tag = std::env::var("TAG")?;
        let variable = |name: &str, value: &str| serde_json::json!({"name": name, "value": value});
        let pod = serde_json::json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "labels": {"app.kubernetes.io/part-of": "job-workers", "app.kubernetes.io/name": worker}},
            "spec": {
                "restartPolicy": "Never", "automountServiceAccountToken": false,
                "securityContext": {"runAsNonRoot": true, "runAsUser": 65532, "seccompProfile": {"type": "RuntimeDefault"}},
                "containers": [{
                    "name": worker, "image": format!("job-workers/{worker}:{tag}"), "imagePullPolicy": "IfNotPresent", "args": arguments,
                    "env": [
                        variable("AWS_ENDPOINT_URL_S3", "http://$(S3_SERVICE_HOST):$(S3_SERVICE_PORT)"),
                        variable("REDIS_URL", "redis://$(REDIS_SERVICE_HOST):$(REDIS_SERVICE_PORT)"),
                        variable("RUST_LOG", "error"),
                    ],
                    "envFrom": [{"configMapRef": {"name": "job-workers"}}, {"secretRef": {"name": "s3-credentials"}}],
                    "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}},
                }],
            },
        });
        let file = self.overlays.join(format!("{name}.json"));
        fs::write(&file, pod.to_string())?;
        self.kubectl(&["apply", "--filename", &file.display().to_string()])?;
        let phase =
            until(&format!("the end of {worker} {arguments:?}"), Duration::from_secs(180), || {
                let phase = text(&self.json(&["get", "pod", &name])?["status"]["phase"]);
                Ok(["Succeeded", "Failed"].contains(&phase.as_str()).then_some(phase))
            })?;
        let log = self.kubectl(&["logs", &name])?;
        ensure!(phase == "Succeeded", "{worker} {arguments:?}: {log}");
        self.kubectl(&["delete", "pod", &name, "--wait=false"])?;
        Ok(log)
    }

    fn results(&self, queue: &str) -> anyhow::Result<u64> {
        let summary: Value = serde_json::from_str(
            &self.ask("queue-worker", &["summarize", "--json", "--queue", queue])?,
        )?;
        summary["tasks"].as_u64().with_context(|| format!("no number of tasks in {summary}"))
    }

    fn services(&self) -> anyhow::Result<()> {
        self.apply("", "services", "")?;
        self.complete("load-sample-data").map(drop)
    }

    fn fixed_completions(&self) -> anyhow::Result<()> {
        self.apply("fixed-completions", "fixed-completions", "")?;
        let ended = self.complete("parallel-processor")?;
        ensure!(ended.status["succeeded"] == 10, "{}", ended.status);
        ensure!(self.results("transactions-fixed")? == 10_000, "not every task has a result");
        Ok(())
    }

    /// Pods are lost with tasks in hand, and no task is. It takes some seconds to find a pod that
    /// has tasks in hand: all five together need 50 s for the queue, and two of them stay
    /// within the Job's deadline.
    fn work_queue(&self) -> anyhow::Result<()> {
        let slow = concat!(
            "patches:\n  - target: {kind: Job}\n    patch: |-\n      - {op: replace, path: \
             /spec/template/spec/containers/0/args, ",
            "value: [run, --queue=transactions, --handler=simulate=25ms, --lease=5s]}\n"
        );
        self.apply("work-queue", "work-queue", slow)?;
        let mut lost = Vec::new();
        while lost.len() < 3 {
            let victim = until("a pod with tasks in hand", Duration::from_secs(120), || {
                let status = self.ask(
                    "queue-worker",
                    &["status", "--json", "--claims", "100", "--queue", "transactions"],
                )?;
                let running = self.pods("work-queue-processor")?;
                let names = running.iter().map(|pod| text(&pod["metadata"]["name"]));
                let claims: Value = serde_json::from_str(&status)?;
                let claims = claims["claims"].to_string();
                Ok(names
                    .into_iter()
                    .find(|name| !lost.contains(name) && claims.contains(name.as_str())))
            })?;
            self.kubectl(&[
                "delete",
                "pod",
                &victim,
                "--grace-period=0",
                "--force",
                "--wait=false",
            ])?;
            lost.push(victim);
        }
        self.complete("work-queue-processor")?;
        ensure!(self.results("transactions")? == 10_000, "not every task has a result");
        Ok(())
    }

    fn indexed(&self) -> anyhow::Result<()> {
        self.apply("indexed", "indexed", "")?;
        let ended = self.complete("indexed-data-processor")?;
        ensure!(ended.status["completedIndexes"] == "0-4", "{}", ended.status);
        let mut seen = BTreeMap::new();
        for pod in ended.pods.iter().filter(|pod| pod["status"]["phase"] == "Succeeded") {
            let index: u64 =
                text(&pod["metadata"]["labels"]["batch.kubernetes.io/job-completion-index"])
                    .parse()?;
            let name = text(&pod["metadata"]["name"]);
            let message =
                message(pod).with_context(|| format!("{name} has no termination message"))?;
            ensure!(
                message["worker"] == "partition-worker" && message["index"].as_u64() == Some(index),
                "{name}: {message}"
            );
            ensure!(
                message["outcome"] == "done" && message["counts"]["rows"].as_u64() > Some(0),
                "{name}: {message}"
            );
            let log = self.kubectl(&["logs", &name])?;
            let is_ours = |line: &str| {
                serde_json::from_str::<Value>(line).is_ok_and(|event| {
                    event["index"].as_u64() == Some(index) && event["pod"] == name.as_str()
                })
            };
            ensure!(!log.is_empty() && log.lines().all(is_ours), "{name} logs other things: {log}");
            seen.insert(index, message["counts"]["rows"].as_u64().unwrap_or(0));
        }
        ensure!(seen.len() == 5 && seen.values().sum::<u64>() == 10_000, "{seen:?}");
        let summary = self.ask("partition-worker", &["summarize", "s3://lab/validated/"])?;
        ensure!(summary.contains("10,000"), "{summary}");
        Ok(())
    }

    /// A sixth partition, whose file is not there.
    fn a_bad_index_fails_alone(&self) -> anyhow::Result<()> {
        let six = concat!(
            "nameSuffix: -bad\npatches:\n  - target: {kind: Job}\n    patch: |-\n      - {op: \
             replace, path: /spec/completions, value: 6}\n",
            "      - {op: replace, path: /spec/template/spec/containers/0/args/3, value: \
             '--output=s3://lab/bad/'}\n",
            "      - {op: test, path: /spec/template/spec/containers/0/env/1/name, value: \
             TOTAL_PARTITIONS}\n",
            "      - {op: replace, path: /spec/template/spec/containers/0/env/1/value, value: \
             '6'}\n"
        );
        self.apply("indexed", "bad-index", six)?;
        let ended = self.ended("indexed-data-processor-bad")?;
        ensure!(
            ended.condition == "Failed" && ended.status["failedIndexes"] == "5",
            "{} {}",
            ended.condition,
            ended.status
        );
        ensure!(
            ended.status["completedIndexes"] == "0-4" && ended.pods.len() == 6,
            "{} in {} pods",
            ended.status,
            ended.pods.len()
        );
        let said = ended
            .pods
            .iter()
            .filter_map(message)
            .any(|message| message.to_string().contains("data_5.csv"));
        ensure!(said, "no termination message names the file");
        Ok(())
    }

    fn a_wrong_setting_ends_a_job_at_once(&self) -> anyhow::Result<()> {
        let wrong = concat!(
            "nameSuffix: -wrong\npatches:\n  - target: {kind: Job}\n    patch: |-\n",
            "      - {op: add, path: /spec/template/spec/containers/0/args/-, value: \
             --no-such-flag}\n"
        );
        let began = Instant::now();
        self.apply("indexed", "wrong", wrong)?;
        let ended = self.ended("indexed-data-processor-wrong")?;
        ensure!(
            ended.condition == "Failed" && ended.reason == "PodFailurePolicy",
            "{} {}",
            ended.condition,
            ended.reason
        );
        ensure!(ended.pods.len() <= 2, "{} pods were tried", ended.pods.len());
        ensure!(began.elapsed() < Duration::from_secs(120), "it took {:?}", began.elapsed());
        let said = ended
            .pods
            .iter()
            .filter_map(message)
            .any(|message| message.to_string().contains("--no-such-flag"));
        ensure!(said, "no termination message names the flag");
        Ok(())
    }

    /// The manifests that ask, in the namespace as it is.
    fn asking(&self) -> anyhow::Result<()> {
        for (name, answer) in [("ask-queue", "transactions"), ("ask-partitions", "10,000")] {
            self.apply(name, name, "")?;
            let ended = self.complete(name)?;
            let log = self.kubectl(&["logs", &text(&ended.pods[0]["metadata"]["name"])])?;
            ensure!(log.contains(answer), "{name}: {log}");
        }
        Ok(())
    }

    fn monthly_logs(&self) -> anyhow::Result<()> {
        self.apply("monthly-logs", "monthly-logs", "")?;
        let ended = self.complete("log-processor-monthly")?;
        ensure!(ended.status["completedIndexes"] == "0-11", "{}", ended.status);
        let requests = |pods: &[Value]| -> u64 {
            let counts = pods
                .iter()
                .filter_map(message)
                .map(|message| message["counts"]["requests"].as_u64().unwrap_or(0));
            counts.sum()
        };
        self.apply("yearly-report", "yearly-report", "")?;
        let year = self.complete("log-report-yearly")?;
        ensure!(
            requests(&ended.pods) > 200_000 && requests(&year.pods) == requests(&ended.pods),
            "the year is not the sum of its months"
        );
        Ok(())
    }

    fn etl(&self) -> anyhow::Result<()> {
        self.apply("etl", "etl", "")?;
        let ended = self.complete("etl-challenge")?;
        ensure!(ended.status["completedIndexes"] == "0-7", "{}", ended.status);
        let rows: u64 = ended
            .pods
            .iter()
            .filter_map(message)
            .filter_map(|message| message["counts"]["rows"].as_u64())
            .sum();
        ensure!(rows == 80_000, "{rows} rows");
        Ok(())
    }

    fn nightly(&self) -> anyhow::Result<()> {
        self.apply("nightly", "nightly", "")?;
        self.kubectl(&["create", "job", "--from=cronjob/transactions-nightly", "this-night"])?;
        self.complete("this-night")?;
        ensure!(self.results("this-night")? == 10_000, "not every task has a result");
        Ok(())
    }

    /// What a person would look at.
    fn leave_artifacts(&self) {
        for (file, arguments) in [
            ("objects.txt", &["get", "all,configmaps,networkpolicies", "--output", "wide"][..]),
            ("describe.txt", &["describe", "jobs,cronjobs,pods,deployments"]),
            ("events.txt", &["get", "events", "--sort-by", ".lastTimestamp"]),
        ] {
            let found = self.kubectl(arguments).unwrap_or_else(|error| format!("{error:#}"));
            let _ = fs::write(self.artifacts.join(file), found);
        }
        let pods = self.json(&["get", "pods"]).unwrap_or_default();
        for pod in pods["items"].as_array().into_iter().flatten() {
            let name = text(&pod["metadata"]["name"]);
            let log = self
                .kubectl(&["logs", &name, "--all-containers"])
                .unwrap_or_else(|error| format!("{error:#}"));
            let _ = fs::write(self.artifacts.join(format!("{name}.log")), log);
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The termination message of a pod's worker: the container that bears the name of one, whatever a
/// mesh puts beside it.
fn message(pod: &Value) -> Option<Value> {
    let of_a_worker =
        |status: &&Value| WORKERS.contains(&status["name"].as_str().unwrap_or_default());
    let status = pod["status"]["containerStatuses"].as_array()?.iter().find(of_a_worker)?;
    serde_json::from_str(status["state"]["terminated"]["message"].as_str()?).ok()
}

#[test]
#[ignore = "needs a cluster: make test-kind"]
fn the_lab_runs_on_a_cluster() -> anyhow::Result<()> {
    let lab = Lab::new()?;
    type Part = fn(&Lab) -> anyhow::Result<()>;
    let parts: [(&str, Part); 10] = [
        (LAB, Lab::services),
        ("fixed completions", Lab::fixed_completions),
        ("work queue, with pods lost", Lab::work_queue),
        ("indexed", Lab::indexed),
        ("a bad index fails alone", Lab::a_bad_index_fails_alone),
        ("a wrong setting ends a Job at once", Lab::a_wrong_setting_ends_a_job_at_once),
        ("asking a queue and a bucket", Lab::asking),
        ("monthly logs and the year", Lab::monthly_logs),
        ("etl", Lab::etl),
        ("nightly", Lab::nightly),
    ];
    let mut failed = Vec::new();
    for (name, part) in parts {
        let began = Instant::now();
        match part(&lab) {
            Ok(()) => eprintln!("{name}: ok, {} s", began.elapsed().as_secs()),
            Err(error) => {
                eprintln!("{name}: FAILED: {error:#}");
                failed.push(name);
            }
        }
        // Nothing can be expected of the others.
        if failed.contains(&LAB) {
            break;
        }
    }
    if !failed.is_empty() {
        lab.leave_artifacts();
    }
    if std::env::var_os("KEEP").is_none() {
        kubectl(&["delete", "namespace", &lab.namespace, "--wait=false"])?;
    }
    let _ = fs::remove_dir_all(&lab.overlays);
    if failed.is_empty() {
        Ok(())
    } else {
        bail!("failed: {}; see {}", failed.join(", "), lab.artifacts.display())
    }
}
