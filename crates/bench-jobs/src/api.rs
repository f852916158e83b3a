//! What the API server says of a Job and its pods, read: how it ended, who is to blame, and when
//! what happened.
//!
//! The server's times have whole seconds. Only the workers' own durations, which are in their
//! termination messages, are finer.

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{
    ContainerStateTerminated, ContainerStatus, Node, Pod, PodCondition,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde_json::Value;

use crate::split::{JobTimes, PodTimes};

/// How far a Job is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It has not ended.
    Running,
    /// The condition `Complete` is true.
    Complete,
    /// The condition `Failed` is true: the reason, and what the controller says of it.
    Failed(String),
}

/// The reasons of a waiting container that no waiting changes.
const HOPELESS: [&str; 7] = [
    "CreateContainerConfigError",
    "CreateContainerError",
    "ErrImageNeverPull",
    "ErrImagePull",
    "ImageInspectError",
    "ImagePullBackOff",
    "InvalidImageName",
];

/// How far a Job is, by its conditions. `SuccessCriteriaMet` and `FailureTarget` come first, while
/// pods still end.
pub fn verdict(job: &Job) -> Verdict {
    let conditions = job.status.iter().flat_map(|status| status.conditions.iter().flatten());
    for condition in conditions.filter(|condition| condition.status == "True") {
        match condition.type_.as_str() {
            "Complete" => return Verdict::Complete,
            "Failed" => {
                let parts = [condition.reason.as_deref(), condition.message.as_deref()];
                return Verdict::Failed(parts.into_iter().flatten().collect::<Vec<_>>().join(": "));
            }
            _ => {}
        }
    }
    Verdict::Running
}

/// The pods that will never start, and why.
pub fn hopeless(pods: &[Pod]) -> Vec<String> {
    let waits = pods.iter().filter_map(|pod| {
        let waiting = containers(pod).find_map(|status| status.state.as_ref()?.waiting.as_ref())?;
        let reason = waiting.reason.as_deref().filter(|reason| HOPELESS.contains(reason))?;
        Some(said(pod, reason, waiting.message.as_deref()))
    });
    waits.collect()
}

/// The pods that have not ended, and what keeps each.
pub fn unfinished(pods: &[Pod]) -> Vec<String> {
    let open = pods.iter().filter(|pod| !matches!(phase(pod), "Succeeded" | "Failed"));
    open.map(|pod| {
        if let Some(condition) =
            condition(pod, "PodScheduled").filter(|condition| condition.status != "True")
        {
            return said(
                pod,
                condition.reason.as_deref().unwrap_or("not scheduled"),
                condition.message.as_deref(),
            );
        }
        match containers(pod).find_map(|status| status.state.as_ref()?.waiting.as_ref()) {
            Some(waiting) => said(
                pod,
                waiting.reason.as_deref().unwrap_or("waiting"),
                waiting.message.as_deref(),
            ),
            None => said(pod, phase(pod), None),
        }
    })
    .collect()
}

/// The pods that have failed, and what they died of: the exit code, and the error of the
/// termination message.
pub fn failed(pods: &[Pod]) -> Vec<String> {
    let failed = pods.iter().filter(|pod| phase(pod) == "Failed");
    failed
        .map(|pod| {
            match containers(pod).filter_map(terminated).find(|ended| ended.exit_code != 0) {
                Some(ended) => {
                    let code = format!("exit code {}", ended.exit_code);
                    said(pod, &code, error(ended).as_deref().or(ended.reason.as_deref()))
                }
                None => {
                    let status = pod.status.as_ref();
                    let reason =
                        status.and_then(|status| status.reason.as_deref()).unwrap_or("Failed");
                    said(pod, reason, status.and_then(|status| status.message.as_deref()))
                }
            }
        })
        .collect()
}

/// The times of a Job that is complete; none, where it has no start or no end.
pub fn times(job: &Job, pods: &[Pod]) -> Option<JobTimes> {
    let status = job.status.as_ref()?;
    let (began, ended) =
        (seconds(status.start_time.as_ref()?), seconds(status.completion_time.as_ref()?));
    let pods = pods.iter().filter_map(|pod| {
        let created = seconds(pod.metadata.creation_timestamp.as_ref()?) - began;
        let scheduled =
            condition(pod, "PodScheduled").filter(|condition| condition.status == "True");
        let scheduled = scheduled.and_then(|condition| condition.last_transition_time.as_ref());
        let finished = containers(pod)
            .filter_map(terminated)
            .filter_map(|ended| ended.finished_at.as_ref())
            .map(seconds);
        let statuses = pod.status.as_ref();
        let prepare = statuses.and_then(|status| status.init_container_statuses.as_ref());
        let work = statuses.and_then(|status| status.container_statuses.as_ref());
        let total = |list: Option<&Vec<ContainerStatus>>| {
            list.into_iter().flatten().filter_map(terminated).map(taken).sum()
        };
        Some(PodTimes {
            name: pod.metadata.name.clone().unwrap_or_default(),
            index: index(pod),
            created,
            scheduled: scheduled.map_or(created, |time| seconds(time) - began),
            // One that never ran was there until the Job ended, or until nobody knows.
            finished: finished.reduce(f64::max).unwrap_or(ended) - began,
            prepare: total(prepare),
            work: total(work),
            succeeded: phase(pod) == "Succeeded",
        })
    });
    Some(JobTimes { seconds: ended - began, pods: pods.collect() })
}

/// The processors that pods can have on the nodes that are ready and take them.
pub fn processors(nodes: &[Node]) -> f64 {
    let usable = nodes.iter().filter(|node| {
        let spec = node.spec.as_ref();
        let taints = spec.and_then(|spec| spec.taints.as_ref());
        let open = spec.is_none_or(|spec| spec.unschedulable != Some(true))
            && !taints.into_iter().flatten().any(|taint| taint.effect != "PreferNoSchedule");
        let conditions = node.status.as_ref().and_then(|status| status.conditions.as_ref());
        open && conditions
            .into_iter()
            .flatten()
            .any(|condition| condition.type_ == "Ready" && condition.status == "True")
    });
    let thousandths = usable.filter_map(|node| {
        let cpu = &node.status.as_ref()?.allocatable.as_ref()?.get("cpu")?.0;
        match cpu.strip_suffix('m') {
            Some(thousandths) => thousandths.parse::<u32>().ok(),
            None => cpu.parse::<u32>().ok().map(|whole| whole * 1000),
        }
    });
    f64::from(thousandths.sum::<u32>()) / 1000.0
}

fn seconds(time: &Time) -> f64 {
    time.0.as_millisecond() as f64 / 1000.0
}

fn phase(pod: &Pod) -> &str {
    pod.status.as_ref().and_then(|status| status.phase.as_deref()).unwrap_or("Unknown")
}

fn condition<'a>(pod: &'a Pod, name: &str) -> Option<&'a PodCondition> {
    pod.status.as_ref()?.conditions.as_ref()?.iter().find(|condition| condition.type_ == name)
}

/// Those that prepare first.
fn containers(pod: &Pod) -> impl Iterator<Item = &ContainerStatus> {
    let status = pod.status.as_ref();
    let first = status.and_then(|status| status.init_container_statuses.as_ref());
    let then = status.and_then(|status| status.container_statuses.as_ref());
    first.into_iter().flatten().chain(then.into_iter().flatten())
}

fn terminated(status: &ContainerStatus) -> Option<&ContainerStateTerminated> {
    status.state.as_ref()?.terminated.as_ref()
}

fn index(pod: &Pod) -> Option<i32> {
    let annotations = pod.metadata.annotations.as_ref()?;
    annotations.get("batch.kubernetes.io/job-completion-index")?.parse().ok()
}

/// What a container measured itself; where it says nothing, what the kubelet saw in whole seconds.
fn taken(ended: &ContainerStateTerminated) -> f64 {
    let between =
        || Some(seconds(ended.finished_at.as_ref()?) - seconds(ended.started_at.as_ref()?));
    own_seconds(ended.message.as_deref()).or_else(between).unwrap_or(0.0)
}

/// The duration that a worker's termination message tells, in seconds.
pub(super) fn own_seconds(message: Option<&str>) -> Option<f64> {
    serde_json::from_str::<Value>(message?).ok()?["seconds"].as_f64()
}

/// The error that a worker's termination message tells, or the message itself where it is none of
/// ours.
fn error(ended: &ContainerStateTerminated) -> Option<String> {
    own_error(ended.message.as_deref()?)
}

pub(super) fn own_error(message: &str) -> Option<String> {
    match serde_json::from_str::<Value>(message) {
        Ok(message) => Some(message["error"].as_str()?.to_owned()),
        Err(_) => Some(message.trim().to_owned()).filter(|message| !message.is_empty()),
    }
}

fn said(pod: &Pod, what: &str, why: Option<&str>) -> String {
    let name = pod.metadata.name.as_deref().unwrap_or_default();
    let index = index(pod).map_or(String::new(), |index| format!(" (index {index})"));
    format!("{name}{index}: {what}{}", why.map_or(String::new(), |why| format!(": {why}")))
}
