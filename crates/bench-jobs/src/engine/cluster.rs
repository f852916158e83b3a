//! Jobs on a cluster, by kubectl, in a namespace that is made for them and removed afterwards.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Node, Pod};
use k8s_openapi::{List, Resource as _};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::event::Events;
use crate::api::{self, Verdict};
use crate::split::JobTimes;

/// How often the server is asked. Its own times tell when what happened, so this is no part of a
/// result.
const INTERVAL: Duration = Duration::from_millis(500);
/// How many times in a row the server may give no answer.
const PATIENCE: u32 = 5;

/// The cluster of KUBECONFIG. The namespace is gone when it is dropped.
pub(crate) struct Remote {
    namespace: String,
    is_removed: bool,
}

impl Remote {
    /// Makes the namespace. It enforces the Pod Security Standard `restricted`, as that of the lab
    /// does.
    pub(crate) fn start() -> anyhow::Result<Remote> {
        let namespace = format!("job-workers-bench-{:08x}", fastrand::u32(..));
        let labels = json!({
            "pod-security.kubernetes.io/enforce": "restricted",
            "app.kubernetes.io/part-of": "job-workers",
        });
        let metadata = json!({"name": namespace, "labels": labels});
        let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata});
        let remote = Remote { namespace, is_removed: false };
        kubectl(&["create", "--filename", "-"], Some(&object.to_string()))
            .context("the namespace cannot be made")?;
        Ok(remote)
    }

    /// What the cluster is, in words, and its processors.
    pub(crate) fn describe() -> anyhow::Result<(String, f64)> {
        let version: Value =
            serde_json::from_str(&kubectl(&["version", "--output", "json"], None)?)
                .context("kubectl version is no JSON")?;
        let version = version["serverVersion"]["gitVersion"]
            .as_str()
            .context("the server has no version")?
            .to_owned();
        let nodes: Vec<Node> = list(&["get", "nodes"])?;
        Ok((format!("Kubernetes {version}, {} nodes", nodes.len()), api::processors(&nodes)))
    }

    /// Runs a Job to its end, and removes it.
    ///
    /// # Errors
    ///
    /// If it fails or cannot be started, with the pods that did, or if it takes longer than
    /// `timeout`, or where a signal comes.
    pub(crate) fn run(
        &self,
        job: &Job,
        timeout: Duration,
        events: &Events,
    ) -> anyhow::Result<JobTimes> {
        let deadline = Instant::now() + timeout;
        let mut object = serde_json::to_value(job)?;
        object["apiVersion"] = Job::API_VERSION.into();
        object["kind"] = Job::KIND.into();
        self.kubectl(&["create", "--filename", "-"], Some(&object.to_string()))?;
        let name = job.metadata.name.as_deref().unwrap_or_default();
        let mut failures = 0;
        loop {
            events.pause(INTERVAL)?;
            let (job, pods) = match self.look(name) {
                Ok(found) => {
                    failures = 0;
                    found
                }
                Err(_) if failures < PATIENCE => {
                    failures += 1;
                    continue;
                }
                Err(error) => return Err(error),
            };
            match api::verdict(&job) {
                Verdict::Complete => {
                    let times = api::times(&job, &pods)
                        .context("the Job is Complete, and has no start or no end")?;
                    self.kubectl(
                        &["delete", "job", name, "--cascade=foreground", "--timeout=120s"],
                        None,
                    )?;
                    return Ok(times);
                }
                Verdict::Failed(reason) => {
                    bail!("failed: {reason}; {}", api::failed(&pods).join("; "))
                }
                Verdict::Running => {}
            }
            let hopeless = api::hopeless(&pods);
            ensure!(hopeless.is_empty(), "pods cannot start; {}", hopeless.join("; "));
            if Instant::now() > deadline {
                let pods = [api::unfinished(&pods), api::failed(&pods)].concat();
                bail!("not complete within {} s; {}", timeout.as_secs_f64(), pods.join("; "));
            }
        }
    }

    /// The pods after the Job: of a complete one, all pods have ended then.
    fn look(&self, name: &str) -> anyhow::Result<(Job, Vec<Pod>)> {
        let job =
            serde_json::from_str(&self.kubectl(&["get", "job", name, "--output", "json"], None)?)?;
        let selector = format!("batch.kubernetes.io/job-name={name}");
        Ok((job, list(&["--namespace", &self.namespace, "get", "pods", "--selector", &selector])?))
    }

    fn kubectl(&self, arguments: &[&str], input: Option<&str>) -> anyhow::Result<String> {
        kubectl(&[&["--namespace", &self.namespace], arguments].concat(), input)
    }

    /// Removes the namespace and everything in it, and waits for that.
    pub(crate) fn remove(&mut self) -> anyhow::Result<()> {
        self.is_removed = true;
        let arguments =
            ["delete", "namespace", &self.namespace, "--ignore-not-found", "--timeout=180s"];
        let removed = kubectl(&arguments, None);
        removed
            .map(drop)
            .with_context(|| format!("the namespace {} is left behind", self.namespace))
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        if !self.is_removed
            && let Err(error) = self.remove()
        {
            eprintln!("{error:#}");
        }
    }
}

fn list<T>(arguments: &[&str]) -> anyhow::Result<Vec<T>>
where
    T: k8s_openapi::ListableResource + DeserializeOwned,
{
    let text = kubectl(&[arguments, &["--output", "json"]].concat(), None)?;
    // kubectl puts what it found into a list of no type.
    let mut found: Value = serde_json::from_str(&text)?;
    let items = found["items"].take();
    serde_json::from_value(items)
        .with_context(|| format!("kubectl {} gives no {}", arguments.join(" "), List::<T>::KIND))
}

fn kubectl(arguments: &[&str], input: Option<&str>) -> anyhow::Result<String> {
    // In a group of its own: Ctrl-C is for this program, which has to clean up with it.
    let mut command = Command::new("kubectl");
    command.args(arguments).process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
    let mut child = command
        .spawn()
        .context("kubectl must be installed: https://kubernetes.io/docs/tasks/tools/")?;
    if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
        // One that does not read it says why not.
        let _ = stdin.write_all(input.as_bytes());
    }
    let output = child.wait_with_output()?;
    ensure!(
        output.status.success(),
        "kubectl {}: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(String::from_utf8(output.stdout)?)
}
