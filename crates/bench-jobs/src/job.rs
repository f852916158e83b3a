//! The Job that is measured: the Indexed one of `k8s/base`, with another size and other work.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{
    Container, EmptyDirVolumeSource, EnvVar, PodSpec, Volume, VolumeMount,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use crate::task::Task;

const INDEXED: &str = include_str!("../../../k8s/base/indexed/job.yaml");

/// A Job of `completions` at `parallelism`, with the images of this tag. It has the restrictions,
/// the retries and the failure policy of the one that `k8s/` ships. It needs no service: a pod
/// makes its own partition. Requests are small, so that ten pods fit a node with two processors;
/// the limit is one processor. The cluster itself ends it a minute after `timeout`, and removes it
/// after an hour.
///
/// # Errors
///
/// If the Job that is shipped has changed so much that this is no part of it.
pub(super) fn job(
    task: Task,
    completions: u32,
    parallelism: u32,
    tag: &str,
    timeout: Duration,
) -> anyhow::Result<Job> {
    let mut job: Job = serde_saphyr::from_str(INDEXED)?;
    job.metadata.name = Some(format!("bench-{}-{parallelism}", task.name()));
    let spec = job.spec.as_mut().context("the shipped Job has a spec")?;
    spec.completions = Some(i32::try_from(completions)?);
    spec.parallelism = Some(i32::try_from(parallelism)?);
    spec.max_failed_indexes = Some(0);
    spec.active_deadline_seconds = Some(i64::try_from(timeout.as_secs())? + 60);
    spec.ttl_seconds_after_finished = Some(3600);
    let pod = spec.template.spec.as_mut().context("the shipped Job has pods")?;
    let container = pod.containers.first_mut().context("the shipped Job has a container")?;
    container.env_from = None;
    container.volume_mounts = None;
    for variable in
        container.env.iter_mut().flatten().filter(|variable| variable.name == "TOTAL_PARTITIONS")
    {
        variable.value = Some(completions.to_string());
    }
    container.image = Some(format!("job-workers/partition-worker:{tag}"));
    // An image that nobody has loaded must not be looked for in a public registry.
    container.image_pull_policy = Some("Never".to_owned());
    let resources = container.resources.get_or_insert_default();
    resources.requests = Some(quantities("50m", "64Mi"));
    resources.limits = Some(quantities("1", "128Mi"));
    pod.volumes = None;
    // It is in the namespace of the Jobs, not in that of the benchmark.
    pod.service_account_name = None;
    match task {
        Task::Fixed(time) => {
            container.args =
                Some(vec!["simulate".to_owned(), format!("--phases=work={}ms", time.as_millis())]);
        }
        Task::Validate(rows) => validate(pod, rows, tag)?,
    }
    Ok(job)
}

/// First a partition is made, another one for each index, and then it is validated.
fn validate(pod: &mut PodSpec, rows: u64, tag: &str) -> anyhow::Result<()> {
    let worker = pod.containers.first_mut().context("the shipped Job has a container")?;
    let data = VolumeMount {
        name: "data".to_owned(),
        mount_path: "/data".to_owned(),
        ..VolumeMount::default()
    };
    worker.volume_mounts = Some(vec![data]);
    let maker = Container {
        name: "sample-data".to_owned(),
        image: Some(format!("job-workers/sample-data:{tag}")),
        args: Some(texts(&[
            "transactions",
            &format!("--rows={rows}"),
            "--partitions=1",
            "--seed=$(JOB_COMPLETION_INDEX)",
            "--output=/data/in/",
        ])),
        env: Some(vec![EnvVar {
            name: "RUST_LOG".to_owned(),
            value: Some("warn".to_owned()),
            value_from: None,
        }]),
        ..worker.clone()
    };
    // The volume is the pod's own, and so there is one partition in it.
    worker.args = Some(texts(&[
        "validate",
        "--index=0",
        "--total-partitions=1",
        "--input=/data/in/data_{index}.csv",
        "--schema=/data/in/transactions.schema.json",
        "--output=/data/out/",
        "--compress=zstd",
        "--max-rejected=10%",
    ]));
    pod.init_containers = Some(vec![maker]);
    // Rows have 91 bytes or so, and what comes of them is no larger.
    let size = Quantity(format!("{}Mi", 64 + rows.saturating_mul(300) / (1 << 20)));
    let empty_dir = Some(EmptyDirVolumeSource { size_limit: Some(size), medium: None });
    pod.volumes = Some(vec![Volume { name: "data".to_owned(), empty_dir, ..Volume::default() }]);
    Ok(())
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn quantities(cpu: &str, memory: &str) -> BTreeMap<String, Quantity> {
    [("cpu", cpu), ("memory", memory)]
        .map(|(name, value)| (name.to_owned(), Quantity(value.to_owned())))
        .into()
}

#[cfg(test)]
mod tests {
    use system_tests::kubernetes::broken_rules;

    use super::*;

    #[test]
    fn both_jobs_keep_the_rules_of_those_that_are_shipped_but_never_pull() {
        for task in [Task::Fixed(Duration::from_secs(5)), Task::Validate(1000)] {
            let job =
                job(task, 10, 3, "dev", Duration::from_secs(60)).expect("it is the shipped one");
            let mut broken = broken_rules(&job);
            // Once for each container.
            broken.dedup();
            assert_eq!(broken, ["images are pulled when they are not there"]);
        }
    }
}
