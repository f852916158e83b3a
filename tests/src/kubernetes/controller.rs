//! What the Job controller does with a Job: pods in parallel, indexes, retries, and the failure
//! policy. Without its back-off delays.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use k8s_openapi::api::batch::v1::{Job, JobSpec, PodFailurePolicyRule};

use super::container::{Cluster, Exit, Pod, Running};

/// The condition that a Job ends with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// `Complete`.
    Complete,
    /// `Failed`, with the reason that the controller gives.
    Failed(&'static str),
}

/// The reason for which a Job has failed when its cluster was stopped.
const STOPPED: &str = "the cluster was stopped";

/// A Job that has ended.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub ended: Ended,
    /// Its pods, in the order in which they ended, with their exits.
    pub pods: Vec<(Pod, Exit)>,
    /// Indexes that failed for good.
    pub failed_indexes: BTreeSet<i32>,
    /// When the controller saw the Job, and when it had come to an end.
    pub times: (Instant, Instant),
}

impl Finished {
    /// The exit codes of all pods, in order of their value.
    pub fn codes(&self) -> Vec<i32> {
        let mut codes: Vec<i32> = self.pods.iter().map(|(_, exit)| exit.code).collect();
        codes.sort_unstable();
        codes
    }
}

#[derive(Default)]
struct State {
    /// Indexes that no pod works on.
    waiting: VecDeque<i32>,
    active: i32,
    succeeded: i32,
    failures: i32,
    failures_of: BTreeMap<i32, i32>,
    failed_indexes: BTreeSet<i32>,
    reason: Option<&'static str>,
    started: u32,
    error: Option<anyhow::Error>,
    pods: Vec<(Pod, Exit)>,
}

/// What a thread does next.
enum Next {
    Start(Option<i32>),
    Wait,
    Leave,
}

/// Runs a Job to its end. `started` is called in a pod's thread when its worker has started, and
/// may kill it.
///
/// # Panics
///
/// If a pod cannot be started: on a cluster that would be an error of the manifest.
pub fn run_job(
    job: &Job,
    cluster: &Cluster,
    started: &(dyn Fn(&Pod, &mut Running) + Sync),
) -> Finished {
    try_job(job, cluster, started)
        .unwrap_or_else(|error| panic!("a pod cannot be started: {error:#}"))
}

/// The same, and an error where a pod cannot be started.
pub fn try_job(
    job: &Job,
    cluster: &Cluster,
    started: &(dyn Fn(&Pod, &mut Running) + Sync),
) -> anyhow::Result<Finished> {
    let spec = job.spec.as_ref().expect("a Job has a spec");
    let began = Instant::now();
    let waiting = if is_indexed(spec) {
        (0..spec.completions.unwrap_or(1)).collect()
    } else {
        VecDeque::new()
    };
    let state = Mutex::new(State { waiting, ..State::default() });
    let changed = Condvar::new();
    std::thread::scope(|scope| {
        for _ in 0..spec.parallelism.unwrap_or(1) {
            scope.spawn(|| work(job, spec, cluster, started, &state, &changed));
        }
    });
    let state = state.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(error) = state.error {
        return Err(error);
    }
    let deadline =
        spec.active_deadline_seconds.map(|seconds| Duration::from_secs(seconds.unsigned_abs()));
    let reason = match deadline {
        Some(deadline) if began.elapsed() > deadline => Some("DeadlineExceeded"),
        _ if !state.failed_indexes.is_empty() => state.reason.or(Some("FailedIndexes")),
        _ => state.reason,
    };
    let ended = reason.map_or(Ended::Complete, Ended::Failed);
    let times = (began, Instant::now());
    Ok(Finished { ended, pods: state.pods, failed_indexes: state.failed_indexes, times })
}

fn is_indexed(spec: &JobSpec) -> bool {
    spec.completion_mode.as_deref() == Some("Indexed")
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn work(
    job: &Job,
    spec: &JobSpec,
    cluster: &Cluster,
    started: &(dyn Fn(&Pod, &mut Running) + Sync),
    state: &Mutex<State>,
    changed: &Condvar,
) {
    let mut held = lock(state);
    loop {
        if cluster.is_stopped() {
            held.reason.get_or_insert(STOPPED);
        }
        match held.next(spec) {
            Next::Leave => break,
            Next::Wait => held = changed.wait(held).unwrap_or_else(PoisonError::into_inner),
            Next::Start(index) => {
                held.active += 1;
                held.started += 1;
                let pod = pod(job, spec, index, held.started);
                drop(held);
                let exit = cluster.run(&pod, started);
                held = lock(state);
                held.active -= 1;
                match exit {
                    Ok(exit) => {
                        held.judge(spec, index, &exit);
                        held.pods.push((pod, exit));
                    }
                    Err(error) => {
                        held.reason = Some("a pod cannot be started");
                        held.error.get_or_insert(error.context(pod.name));
                    }
                }
                changed.notify_all();
            }
        }
    }
    changed.notify_all();
}

fn pod(job: &Job, spec: &JobSpec, index: Option<i32>, number: u32) -> Pod {
    let name = job.metadata.name.clone().unwrap_or_default();
    let mut labels =
        spec.template.metadata.as_ref().and_then(|meta| meta.labels.clone()).unwrap_or_default();
    labels.insert("batch.kubernetes.io/job-name".to_owned(), name.clone());
    let name = index.map_or(format!("{name}-{number}"), |index| format!("{name}-{index}-{number}"));
    Pod {
        name,
        index,
        created: Instant::now(),
        spec: spec.template.spec.clone().unwrap_or_default(),
        labels,
    }
}

impl State {
    fn next(&mut self, spec: &JobSpec) -> Next {
        if self.reason.is_some() {
            return Next::Leave;
        }
        if is_indexed(spec) {
            return match self.waiting.pop_front() {
                Some(index) => Next::Start(Some(index)),
                None if self.active > 0 => Next::Wait,
                None => Next::Leave,
            };
        }
        match spec.completions {
            Some(completions) if self.succeeded == completions => Next::Leave,
            Some(completions) if self.succeeded + self.active < completions => Next::Start(None),
            Some(_) => Next::Wait,
            // A work queue: once a pod has succeeded, none is replaced.
            None if self.succeeded == 0 => Next::Start(None),
            None => Next::Leave,
        }
    }

    fn judge(&mut self, spec: &JobSpec, index: Option<i32>, exit: &Exit) {
        if exit.code == 0 {
            self.succeeded += 1;
            return;
        }
        let rules =
            spec.pod_failure_policy.as_ref().map_or(&[][..], |policy| policy.rules.as_slice());
        match (
            rules.iter().find(|rule| matches(rule, exit)).map(|rule| rule.action.as_str()),
            index,
        ) {
            (Some("FailJob"), _) => self.reason = Some("PodFailurePolicy"),
            (Some("FailIndex"), Some(index)) => self.fail_index(spec, index),
            (Some("Ignore"), index) => self.waiting.extend(index),
            (_, Some(index)) => {
                let failures = self.failures_of.entry(index).or_default();
                *failures += 1;
                if *failures > spec.backoff_limit_per_index.unwrap_or(i32::MAX) {
                    self.fail_index(spec, index);
                } else {
                    self.waiting.push_back(index);
                }
            }
            (_, None) => {
                self.failures += 1;
                if self.failures > spec.backoff_limit.unwrap_or(6) {
                    self.reason = Some("BackoffLimitExceeded");
                }
            }
        }
    }

    fn fail_index(&mut self, spec: &JobSpec, index: i32) {
        self.failed_indexes.insert(index);
        let failed = i32::try_from(self.failed_indexes.len()).unwrap_or(i32::MAX);
        if spec.max_failed_indexes.is_some_and(|most| failed > most) {
            self.reason = Some("MaxFailedIndexesExceeded");
        }
    }
}

/// Conditions of pods do not arise here: nobody drains a node.
fn matches(rule: &PodFailurePolicyRule, exit: &Exit) -> bool {
    rule.on_exit_codes.as_ref().is_some_and(|codes| {
        codes.container_name.as_deref().is_none_or(|name| name == exit.container)
            && (codes.operator == "In") == codes.values.contains(&exit.code)
    })
}
