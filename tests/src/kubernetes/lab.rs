//! The lab's Jobs around a real Redis and an S3 server, as `k8s/overlays/kind` describes them, and
//! what must come of them.

use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context, ensure};
use k8s_openapi::api::batch::v1::Job;
use object_storage::Keys;
use serde_json::Value;
use tempfile::TempDir;

use super::container::{Cluster, Runtime};
use super::controller::{Ended, Finished, run_job};
use super::manifests::Manifests;
use crate::servers::{RedisServer, S3Server};
use crate::worker::binary;

const OVERLAY: &str = "k8s/overlays/kind";

/// The services, and what the overlay `kind` puts around the Jobs.
#[derive(Debug)]
pub struct Lab {
    cluster: Cluster,
    redis: RedisServer,
    s3: S3Server,
    _folder: TempDir,
}

/// Asserts that a Job is complete, though pods may have been killed.
///
/// # Panics
///
/// If it is not, with the logs of the pods that failed.
#[track_caller]
pub fn assert_complete(finished: &Finished) {
    let failed = finished.pods.iter().filter(|(_, exit)| !matches!(exit.code, 0 | 137));
    let failed: Vec<String> =
        failed.map(|(pod, exit)| format!("{}: {}\n{}", pod.name, exit.code, exit.log)).collect();
    assert_eq!(finished.ended, Ended::Complete, "{}", failed.join("\n"));
}

impl Lab {
    /// Starts the services, for pods that are processes.
    pub fn start() -> anyhow::Result<Lab> {
        Lab::start_in(Runtime::Process)
    }

    /// The same for pods that `runtime` runs.
    pub fn start_in(runtime: Runtime) -> anyhow::Result<Lab> {
        let folder = tempfile::tempdir()?;
        let manifests = Manifests::render(OVERLAY)?;
        let secret = manifests
            .secrets
            .iter()
            .find(|secret| secret.metadata.name.as_deref() == Some("s3-credentials"));
        let data = secret
            .and_then(|secret| secret.string_data.clone())
            .context("the overlay has credentials")?;
        let keys = Keys {
            access_key_id: data["AWS_ACCESS_KEY_ID"].clone(),
            secret_access_key: data["AWS_SECRET_ACCESS_KEY"].clone(),
        };
        let (redis, s3) = (RedisServer::start(folder.path())?, S3Server::start_for(&keys, &[])?);
        let services = [("redis", redis.url()), ("s3", s3.endpoint())];
        let services = services.each_ref().map(|(name, url)| (*name, url.as_str()));
        let cluster = Cluster::new(manifests, &services, runtime, folder.path())?;
        Ok(Lab { cluster, redis, s3, _folder: folder })
    }

    /// A Job of a folder of the overlay.
    pub fn job(&self, folder: &str, name: &str) -> anyhow::Result<Job> {
        Ok(Manifests::render(&format!("{OVERLAY}/{folder}"))?.job(name))
    }

    /// Runs a Job to its end.
    pub fn run(&self, job: &Job) -> Finished {
        run_job(job, &self.cluster, &|_, _| {})
    }

    /// Runs a Job and kills some of its pods while they have tasks in hand.
    pub fn run_and_kill(&self, job: &Job, queue: &str, kills: u32) -> anyhow::Result<Finished> {
        let left = AtomicU32::new(kills);
        let finished = run_job(job, &self.cluster, &|pod, running| {
            if left
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
                .is_err()
            {
                return;
            }
            // Until it is in the middle: it has tasks in hand.
            let mut looks = 0;
            while !self.has_claims_of(queue, &pod.name) && looks < 1000 {
                looks += 1;
                std::thread::sleep(Duration::from_millis(5));
            }
            running.kill();
        });
        ensure!(left.load(Ordering::SeqCst) == 0, "not all kills came to pass");
        Ok(finished)
    }

    fn queue_worker(&self, arguments: &[&str]) -> anyhow::Result<Value> {
        let output = std::process::Command::new(binary("queue-worker"))
            .args(arguments)
            .env_clear()
            .env("REDIS_URL", self.redis.url())
            .env("JOB_WORKER_TERMINATION_MESSAGE", "/dev/null")
            .stdin(Stdio::null())
            .output()?;
        ensure!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    fn has_claims_of(&self, queue: &str, pod: &str) -> bool {
        let status = self.queue_worker(&["status", "--json", "--claims", "100", "--queue", queue]);
        status.is_ok_and(|status| status["claims"].to_string().contains(pod))
    }

    /// How many results a queue has.
    pub fn results(&self, queue: &str) -> anyhow::Result<u64> {
        let summary = self.queue_worker(&["summarize", "--json", "--queue", queue])?;
        summary["tasks"].as_u64().with_context(|| format!("no number of tasks in {summary}"))
    }

    fn object(&self, name: &str) -> anyhow::Result<Value> {
        let path = self.s3.folder().join(name);
        let text = std::fs::read(&path).with_context(|| format!("no object {name}"))?;
        Ok(serde_json::from_slice(&text)?)
    }

    /// Removes an object.
    pub fn remove(&self, name: &str) -> anyhow::Result<()> {
        Ok(std::fs::remove_file(self.s3.folder().join(name))?)
    }

    fn exists(&self, name: &str) -> bool {
        Path::exists(&self.s3.folder().join(name))
    }

    /// Loads the sample data twice, which must come to the same as once.
    pub fn load_sample_data(&self) -> anyhow::Result<()> {
        let job = Manifests::render(OVERLAY)?.job("load-sample-data");
        assert_complete(&self.run(&job));
        assert_eq!(self.pending("transactions")?, 10_000);
        let mut again = job;
        again.metadata.name = Some("load-again".to_owned());
        assert_complete(&self.run(&again));
        for queue in ["transactions", "transactions-fixed"] {
            assert_eq!(self.pending(queue)?, 10_000, "{queue}");
        }
        Ok(())
    }

    fn pending(&self, queue: &str) -> anyhow::Result<u64> {
        let status = self.queue_worker(&["status", "--json", "--queue", queue])?;
        status["pending"].as_u64().with_context(|| format!("no pending in {status}"))
    }

    fn counts(finished: &Finished, name: &str) -> anyhow::Result<Vec<u64>> {
        let counts = finished.pods.iter().map(|(pod, exit)| {
            let message: Value = serde_json::from_str(&exit.message)
                .with_context(|| format!("{}: {}", pod.name, exit.message))?;
            Ok(message["counts"][name].as_u64().unwrap_or(0))
        });
        counts.collect()
    }

    /// Loads the data and runs every Job of the lab, each of which must do its work.
    pub fn assert_all(&self) -> anyhow::Result<()> {
        self.load_sample_data()?;
        self.assert_fixed_completions()?;
        self.assert_work_queue()?;
        self.assert_indexed()?;
        self.assert_monthly_logs_and_year()?;
        self.assert_running_year()?;
        self.assert_etl()?;
        self.assert_nightly()
    }

    /// Ten pods take 1,000 tasks each.
    fn assert_fixed_completions(&self) -> anyhow::Result<()> {
        let finished = self.run(&self.job("fixed-completions", "parallel-processor")?);
        assert_complete(&finished);
        assert_eq!(finished.codes(), [0; 10]);
        assert_eq!(self.results("transactions-fixed")?, 10_000);
        assert_eq!(self.pending("transactions-fixed")?, 0);
        Ok(())
    }

    /// Five pods drain the queue.
    fn assert_work_queue(&self) -> anyhow::Result<()> {
        let finished = self.run(&self.job("work-queue", "work-queue-processor")?);
        assert_complete(&finished);
        assert!(finished.pods.len() <= 5);
        assert_eq!(self.results("transactions")?, 10_000);
        Ok(())
    }

    /// Five pods validate a partition each.
    fn assert_indexed(&self) -> anyhow::Result<()> {
        let finished = self.run(&self.job("indexed", "indexed-data-processor")?);
        assert_complete(&finished);
        assert_eq!(finished.codes(), [0; 5]);
        let truth = self.object("lab/transactions/truth.json")?;
        let rows = (0..5).map(|index| {
            Ok(self.object(&format!("lab/validated/part-{index:05}/summary.json"))?["rows"]
                .as_u64()
                .unwrap_or(0))
        });
        assert_eq!(
            rows.collect::<anyhow::Result<Vec<u64>>>()?.iter().sum::<u64>(),
            10_000,
            "{truth}"
        );
        Ok(())
    }

    /// Twelve pods count a month each, and one the year; before, there is an error.
    fn assert_monthly_logs_and_year(&self) -> anyhow::Result<()> {
        let early = self.run(&self.job("yearly-report", "log-report-yearly")?);
        assert_eq!(early.ended, Ended::Failed("PodFailurePolicy"), "before the months are there");
        let finished = self.run(&self.job("monthly-logs", "log-processor-monthly")?);
        assert_complete(&finished);
        assert_eq!(finished.codes(), [0; 12]);
        let mut year = self.job("yearly-report", "log-report-yearly")?;
        year.metadata.name = Some("in-time".to_owned());
        assert_complete(&self.run(&year));
        let mut requests = 0;
        for month in 1..=12 {
            let truth = self.object(&format!("logs/2024/truth-{month:02}.json"))?;
            let summary = self.object(&format!("analytics/2024/{month:02}/summary.json"))?;
            assert_eq!(summary["requests"], truth["requests"], "{month}");
            requests += truth["requests"].as_u64().context("the truth has requests")?;
        }
        assert_eq!(self.object("analytics/2024/year.json")?["requests"], requests);
        assert!(self.exists("analytics/2024/report.html"));
        Ok(())
    }

    /// Twelve pods find their months done, since all of the year is over; the year stays as it is.
    fn assert_running_year(&self) -> anyhow::Result<()> {
        let before = self.object("analytics/2024/year.json")?;
        let finished = self.run(&self.job("running-year", "logs-nightly")?);
        assert_complete(&finished);
        assert_eq!(finished.codes(), [0; 12]);
        let done = finished.pods.iter().filter(|(_, exit)| exit.message.contains("already-done"));
        assert_eq!(done.count(), 12);
        assert_complete(&self.run(&self.job("running-year", "logs-nightly-report")?));
        assert_eq!(self.object("analytics/2024/year.json")?, before);
        Ok(())
    }

    /// Eight pods transform 80,000 records.
    fn assert_etl(&self) -> anyhow::Result<()> {
        let finished = self.run(&self.job("etl", "etl-challenge")?);
        assert_complete(&finished);
        assert_eq!(Lab::counts(&finished, "rows")?.iter().sum::<u64>(), 80_000);
        for index in 0..8 {
            assert!(self.exists(&format!("lab/etl/out/part-{index:05}/accepted.csv.zst")));
        }
        Ok(())
    }

    /// Five pods fill and drain a queue of the night's own.
    fn assert_nightly(&self) -> anyhow::Result<()> {
        let job = self.job("nightly", "transactions-nightly")?;
        let queue = job.metadata.name.clone().unwrap_or_default();
        let finished = self.run(&job);
        assert_complete(&finished);
        assert_eq!(self.results(&queue)?, 10_000);
        Ok(())
    }
}
