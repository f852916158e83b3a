//! What each Job of the lab must do on a cluster.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::lab::{Lab, message, text, until};

impl Lab {
    pub(crate) fn services(&self) -> anyhow::Result<()> {
        self.apply("", "services", "")?;
        self.complete("load-sample-data").map(drop)
    }

    pub(crate) fn fixed_completions(&self) -> anyhow::Result<()> {
        self.apply("fixed-completions", "fixed-completions", "")?;
        let ended = self.complete("parallel-processor")?;
        ensure!(ended.status["succeeded"] == 10, "{}", ended.status);
        ensure!(self.results("transactions-fixed")? == 10_000, "not every task has a result");
        Ok(())
    }

    /// Pods are lost with tasks in hand, and no task is. It takes some seconds to find a pod that
    /// has tasks in hand: all five together need 50 s for the queue, and two of them stay
    /// within the Job's deadline.
    pub(crate) fn work_queue(&self) -> anyhow::Result<()> {
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

    pub(crate) fn indexed(&self) -> anyhow::Result<()> {
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
    pub(crate) fn a_bad_index_fails_alone(&self) -> anyhow::Result<()> {
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

    pub(crate) fn a_wrong_setting_ends_a_job_at_once(&self) -> anyhow::Result<()> {
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
    pub(crate) fn asking(&self) -> anyhow::Result<()> {
        for (name, answer) in [("ask-queue", "transactions"), ("ask-partitions", "10,000")] {
            self.apply(name, name, "")?;
            let ended = self.complete(name)?;
            let log = self.kubectl(&["logs", &text(&ended.pods[0]["metadata"]["name"])])?;
            ensure!(log.contains(answer), "{name}: {log}");
        }
        Ok(())
    }

    pub(crate) fn monthly_logs(&self) -> anyhow::Result<()> {
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

    pub(crate) fn etl(&self) -> anyhow::Result<()> {
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

    pub(crate) fn nightly(&self) -> anyhow::Result<()> {
        self.apply("nightly", "nightly", "")?;
        self.kubectl(&["create", "job", "--from=cronjob/transactions-nightly", "this-night"])?;
        self.complete("this-night")?;
        ensure!(self.results("this-night")? == 10_000, "not every task has a result");
        Ok(())
    }
}
