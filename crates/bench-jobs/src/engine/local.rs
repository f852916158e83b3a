//! Jobs without a cluster: pods as processes, or as containers in Docker.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use k8s_openapi::api::batch::v1::Job;
use system_tests::kubernetes::{Cluster, Ended, Finished, Manifests, Runtime, try_job};
use tempfile::TempDir;

use super::event::{Event, Events};
use crate::api::{own_error, own_seconds};
use crate::split::{JobTimes, PodTimes};

/// Runs pods on this machine. What it made is gone when it is dropped.
pub(crate) struct Local {
    cluster: Cluster,
    /// The label of the containers, in Docker.
    label: Option<String>,
    _folder: TempDir,
}

impl Local {
    /// Pods are processes of these programs.
    pub(crate) fn processes(workers: &Path) -> anyhow::Result<Local> {
        let programs = ["partition-worker", "sample-data"].map(|name| workers.join(name));
        for program in &programs {
            ensure!(
                program.is_file(),
                "{} is not there: build the workers first",
                program.display()
            );
        }
        Local::new(Runtime::Process, None, &programs)
    }

    /// Pods are containers of the images with this tag, without a network.
    pub(crate) fn docker(tag: &str) -> anyhow::Result<Local> {
        for worker in ["partition-worker", "sample-data"] {
            let image = format!("job-workers/{worker}:{tag}");
            docker(&["image", "inspect", &image])
                .with_context(|| format!("{image} is not in Docker: make images TAG={tag}"))?;
        }
        let label = format!("job-workers.bench={:08x}", fastrand::u32(..));
        // What the containers write, this one must be able to remove.
        let user = rustix::process::geteuid();
        let user = (!user.is_root()).then(|| (user.as_raw(), rustix::process::getegid().as_raw()));
        let (tag, network) = (tag.to_owned(), "none".to_owned());
        Local::new(Runtime::Docker { tag, network, label: label.clone(), user }, Some(label), &[])
    }

    fn new(runtime: Runtime, label: Option<String>, programs: &[PathBuf]) -> anyhow::Result<Local> {
        let folder = tempfile::Builder::new().prefix("bench-jobs-").tempdir()?;
        let cluster =
            Cluster::with_workers(Manifests::default(), &[], runtime, folder.path(), programs)?;
        Ok(Local { cluster, label, _folder: folder })
    }

    /// Runs a Job to its end.
    ///
    /// # Errors
    ///
    /// If it fails, with the pods that did, if it takes longer than `timeout`, or if a
    /// signal comes. Nothing runs any more then.
    pub(crate) fn run(
        &self,
        job: &Job,
        timeout: Duration,
        events: &Events,
    ) -> anyhow::Result<JobTimes> {
        let deadline = Instant::now() + timeout;
        let event = std::thread::scope(|scope| {
            let (sender, cluster) = (events.sender.clone(), &self.cluster);
            let thread = scope
                .spawn(move || drop(sender.send(Event::Ended(try_job(job, cluster, &|_, _| {})))));
            let event = events.until(deadline);
            if !matches!(event, Ok(Some(Event::Ended(_)))) {
                self.cluster.stop();
                self.remove_containers();
            }
            // A pod that was just being started is waited for, and a panic is passed on.
            thread
                .join()
                .map_err(|_| anyhow::anyhow!("the controller's thread has panicked"))
                .and(event)
        });
        match event? {
            Some(Event::Ended(finished)) => times(&finished?),
            Some(Event::Interrupted(signal)) => Err(signal.into()),
            None => {
                // The end that stopping brought about.
                let open = match events.until(deadline)? {
                    Some(Event::Ended(Ok(finished))) => unfinished(&finished),
                    _ => "pods were still being started".to_owned(),
                };
                bail!("not complete within {} s; {open}", timeout.as_secs_f64())
            }
        }
    }

    fn remove_containers(&self) {
        let Some(label) = &self.label else { return };
        let filter = format!("label={label}");
        let Ok(found) = docker(&["ps", "--all", "--quiet", "--filter", &filter]) else { return };
        let names: Vec<&str> = found.split_whitespace().collect();
        if !names.is_empty() {
            let _ = docker(&[&["rm", "--force", "--volumes"], names.as_slice()].concat());
        }
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        self.remove_containers();
    }
}

/// What Docker is, in words.
pub(crate) fn docker_version() -> anyhow::Result<String> {
    Ok(docker(&["version", "--format", "Docker {{.Server.Version}}"])?.trim().to_owned())
}

fn docker(arguments: &[&str]) -> anyhow::Result<String> {
    let output = Command::new("docker")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .context("docker must be installed")?;
    ensure!(
        output.status.success(),
        "docker {}: {}",
        arguments[0],
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(String::from_utf8(output.stdout)?)
}

fn times(finished: &Finished) -> anyhow::Result<JobTimes> {
    if let Ended::Failed(reason) = finished.ended {
        bail!("failed: {reason}; {}", failed(finished));
    }
    let (began, ended) = finished.times;
    let since = |time: Instant| time.saturating_duration_since(began).as_secs_f64();
    let pods = finished.pods.iter().map(|(pod, exit)| PodTimes {
        name: pod.name.clone(),
        index: pod.index,
        created: since(pod.created),
        scheduled: since(pod.created),
        finished: since(exit.ended),
        prepare: exit.prepared.iter().filter_map(|message| own_seconds(Some(message))).sum(),
        work: own_seconds(Some(&exit.message)).unwrap_or(0.0),
        succeeded: exit.code == 0,
    });
    Ok(JobTimes { seconds: since(ended), pods: pods.collect() })
}

fn failed(finished: &Finished) -> String {
    let failed = finished.pods.iter().filter(|(_, exit)| exit.code != 0).map(|(pod, exit)| {
        let why = own_error(&exit.message).or_else(|| exit.log.lines().last().map(str::to_owned));
        format!(
            "{}: exit code {}{}",
            named(pod),
            exit.code,
            why.map_or(String::new(), |why| format!(": {why}"))
        )
    });
    failed.collect::<Vec<_>>().join("; ")
}

/// Those that were killed.
fn unfinished(finished: &Finished) -> String {
    let killed = finished
        .pods
        .iter()
        .filter(|(_, exit)| exit.code != 0)
        .map(|(pod, _)| format!("{}: Running", named(pod)));
    killed.collect::<Vec<_>>().join("; ")
}

fn named(pod: &system_tests::kubernetes::Pod) -> String {
    pod.index.map_or_else(|| pod.name.clone(), |index| format!("{} (index {index})", pod.name))
}
