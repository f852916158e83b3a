//! The lab on a cluster: applying, waiting, asking.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::Value;

pub(crate) const WORKERS: [&str; 4] =
    ["partition-worker", "queue-worker", "log-aggregator", "sample-data"];

pub(crate) const LAB: &str = "load-sample-data, Redis and S3";

pub(crate) struct Lab {
    pub(crate) namespace: String,
    pub(crate) overlays: PathBuf,
    pub(crate) artifacts: PathBuf,
}

/// How a Job ended, with its status.
pub(crate) struct Ended {
    pub(crate) condition: String,
    pub(crate) reason: String,
    pub(crate) status: Value,
    pub(crate) pods: Vec<Value>,
}

pub(crate) fn kubectl(arguments: &[&str]) -> anyhow::Result<String> {
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
pub(crate) fn until<T>(
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
    pub(crate) fn new() -> anyhow::Result<Lab> {
        let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/test-kind");
        let namespace = format!("job-workers-{:x}", fastrand::u32(..));
        let overlays = target.join(&namespace);
        let artifacts =
            std::env::var_os("ARTIFACTS").map_or_else(|| target.join("artifacts"), PathBuf::from);
        fs::create_dir_all(&overlays)?;
        fs::create_dir_all(&artifacts)?;
        Ok(Lab { namespace, overlays, artifacts })
    }

    pub(crate) fn kubectl(&self, arguments: &[&str]) -> anyhow::Result<String> {
        kubectl(&[&["--namespace", &self.namespace], arguments].concat())
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> anyhow::Result<Value> {
        Ok(serde_json::from_str(&self.kubectl(&[arguments, &["--output", "json"]].concat())?)?)
    }

    /// Applies a folder below `k8s/overlays/kind` in the namespace, with the images of the
    /// environment and these lines besides.
    pub(crate) fn apply(&self, folder: &str, name: &str, more: &str) -> anyhow::Result<()> {
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
    pub(crate) fn ended(&self, job: &str) -> anyhow::Result<Ended> {
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

    pub(crate) fn complete(&self, job: &str) -> anyhow::Result<Ended> {
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

    pub(crate) fn pods(&self, job: &str) -> anyhow::Result<Vec<Value>> {
        let selector = format!("batch.kubernetes.io/job-name={job}");
        Ok(self.json(&["get", "pods", "--selector", &selector])?["items"]
            .as_array()
            .cloned()
            .unwrap_or_default())
    }

    /// Runs a worker's command in a pod of its own and gives what it wrote to stdout and stderr.
    pub(crate) fn ask(&self, worker: &str, arguments: &[&str]) -> anyhow::Result<String> {
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

    pub(crate) fn results(&self, queue: &str) -> anyhow::Result<u64> {
        let summary: Value = serde_json::from_str(
            &self.ask("queue-worker", &["summarize", "--json", "--queue", queue])?,
        )?;
        summary["tasks"].as_u64().with_context(|| format!("no number of tasks in {summary}"))
    }

    /// What a person would look at.
    pub(crate) fn leave_artifacts(&self) {
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

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The termination message of a pod's worker: the container that bears the name of one, whatever a
/// mesh puts beside it.
pub(crate) fn message(pod: &Value) -> Option<Value> {
    let of_a_worker =
        |status: &&Value| WORKERS.contains(&status["name"].as_str().unwrap_or_default());
    let status = pod["status"]["containerStatuses"].as_array()?.iter().find(of_a_worker)?;
    serde_json::from_str(status["state"]["terminated"]["message"].as_str()?).ok()
}
