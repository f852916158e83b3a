//! What the API server says, read.

use bench_jobs::api::{Verdict, failed, hopeless, processors, times, unfinished, verdict};
use bench_jobs::{Parts, split};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Node, Pod};
use serde::de::DeserializeOwned;

use crate::{json, recorded};

fn items<T: DeserializeOwned>(name: &str) -> Vec<T> {
    serde_json::from_value(json(&recorded(name))["items"].take()).expect("they are of that type")
}

fn read(name: &str) -> (Job, Vec<Pod>) {
    let job =
        serde_json::from_value(json(&recorded(&format!("{name}/job.json")))).expect("it is a Job");
    (job, items(&format!("{name}/pods.json")))
}

#[track_caller]
fn assert_parts(name: &str, completions: u32, parallelism: u32, seconds: f64, expected: Parts) {
    let (job, pods) = read(name);
    assert_eq!(verdict(&job), Verdict::Complete);
    let times = times(&job, &pods).expect("it has a start and an end");
    assert!((times.seconds - seconds).abs() < 1e-9, "{times:?}");
    let found = split(&times, completions, parallelism);
    let values = |parts: Parts| serde_json::to_value(parts).expect("they are numbers");
    for (part, expected) in values(expected).as_object().into_iter().flatten() {
        let (found, expected) = (values(found)[part].as_f64(), expected.as_f64());
        assert!(
            found.zip(expected).is_some_and(|(found, expected)| (found - expected).abs() < 1e-6),
            "{part}: {found:?}, not {expected:?}"
        );
    }
}

#[test]
fn a_jobs_time_is_split_by_the_servers_clock_and_the_workers_own() {
    // 7 s of each of the three pods: one between two of them is the controller's, and what the
    // worker does not account for is the start.
    let expected =
        Parts { controller: 3.0, start: 18.0 - 15.006, work: 15.006, ..Parts::default() };
    assert_parts("complete/bench-fixed-1", 3, 1, 21.0, expected);
    let expected = Parts { controller: 1.0, start: 6.0 - 5.002, work: 5.002, ..Parts::default() };
    assert_parts("complete/bench-fixed-3", 3, 3, 7.0, expected);
}

#[test]
fn a_failed_pod_that_was_replaced_is_lost_time_and_its_back_off_is_the_controllers() {
    // In seconds of both places: 4 lost; 13 without a pod though there was work, or after the last;
    // 6 without work.
    let expected = Parts {
        controller: 6.5,
        schedule: 0.5,
        start: 3.0,
        prepare: 2.2,
        work: 2.8,
        idle: 3.0,
        lost: 2.0,
    };
    assert_parts("replaced/bench-validate-2", 3, 2, 20.0, expected);
}

#[test]
fn a_pod_that_failed_is_named_with_its_exit_code_and_its_error() {
    let (_, pods) = read("replaced/bench-validate-2");
    assert_eq!(
        failed(&pods),
        ["bench-validate-2-1-4hgtw (index 1): exit code 74: /data/out/part-00000: no space left \
          on device"]
    );
}

#[test]
fn a_failed_job_says_why_and_an_evicted_pod_too() {
    let (job, pods) = read("failed/bench-fixed-1");
    let reason =
        "MaxFailedIndexesExceeded: Job has exceeded the specified maximal number of failed indexes";
    assert_eq!(verdict(&job), Verdict::Failed(reason.to_owned()));
    let expected = [
        "bench-fixed-1-1-wz2fb (index 1): exit code 65: the phases make no sense",
        "bench-fixed-1-2-m5m9x (index 2): Evicted: The node was low on resource: \
         ephemeral-storage.",
    ];
    assert_eq!(failed(&pods), expected);
    assert_eq!(times(&job, &pods), None, "a failed Job has no completion time");
}

#[test]
fn a_job_whose_pods_still_end_is_running() {
    let (mut job, _) = read("failed/bench-fixed-1");
    let conditions = job
        .status
        .as_mut()
        .and_then(|status| status.conditions.as_mut())
        .expect("it has conditions");
    conditions.retain(|condition| condition.type_ == "FailureTarget");
    assert_eq!(verdict(&job), Verdict::Running);
}

#[test]
fn a_pod_that_was_never_scheduled_says_what_the_nodes_lack() {
    let (job, pods) = read("stuck/bench-fixed-1");
    assert_eq!(verdict(&job), Verdict::Running);
    assert_eq!(hopeless(&pods), Vec::<String>::new(), "a node may come");
    let said = unfinished(&pods);
    assert!(
        said.len() == 1
            && said[0].starts_with(
                "bench-fixed-1-0-tt6lh (index 0): Unschedulable: 0/1 nodes are available: 1 \
                 Insufficient cpu."
            ),
        "{said:?}"
    );
}

#[test]
fn a_pod_without_its_image_is_not_waited_for() {
    let (_, pods) = read("no-image/bench-fixed-1");
    let expected = "bench-fixed-1-0-fj3qv (index 0): ErrImageNeverPull: Container image \
                    \"job-workers/partition-worker:dev\" is not present with pull policy of Never";
    assert_eq!(hopeless(&pods), [expected]);
}

#[test]
fn only_the_processors_of_nodes_that_take_pods_count() {
    let nodes: Vec<Node> = items("nodes.json");
    // Of five nodes one is tainted, one cordoned, one not ready.
    assert!((processors(&nodes) - 3.93).abs() < 1e-9, "{}", processors(&nodes));
}
