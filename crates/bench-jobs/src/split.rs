//! Where the time of a Job goes.

use serde::Serialize;

/// A Job that is complete. All times are in seconds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JobTimes {
    /// From the start of the Job to its end.
    pub seconds: f64,
    /// Every attempt, those that failed too.
    pub pods: Vec<PodTimes>,
}

/// A pod's times, in seconds since the start of its Job.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PodTimes {
    /// Its name.
    pub name: String,
    /// Its completion index.
    pub index: Option<i32>,
    /// When the controller had made it.
    pub created: f64,
    /// When it had a node; without a scheduler, when it was made.
    pub scheduled: f64,
    /// When its last container had ended.
    pub finished: f64,
    /// How long the containers that prepare the work took, by their own clocks.
    pub prepare: f64,
    /// How long the worker took, by its own clock.
    pub work: f64,
    /// Whether it completed its index.
    pub succeeded: bool,
}

/// The parts of a Job's wall time, in seconds. Of each second of the Job every place for a pod, of
/// which there are as many as its parallelism or as its completions if these are fewer, holds an
/// equal share: the parts add up to the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Parts {
    /// There was work, and no pod yet; or there were no pods any more, and the Job was not
    /// Complete.
    pub controller: f64,
    /// A pod waited for a node.
    pub schedule: f64,
    /// A pod's containers were made, started and taken away.
    pub start: f64,
    /// A pod made its input.
    pub prepare: f64,
    /// A worker ran.
    pub work: f64,
    /// No work was left for the place, and others still worked.
    pub idle: f64,
    /// A pod lived that was to fail.
    pub lost: f64,
}

impl Parts {
    /// The whole.
    pub fn sum(&self) -> f64 {
        self.controller
            + self.schedule
            + self.start
            + self.prepare
            + self.work
            + self.idle
            + self.lost
    }
}

#[derive(Clone, Copy)]
enum Stage {
    Schedule,
    Start,
    Prepare,
    Work,
    Lost,
}

/// A stage of a pod with its beginning and end.
type Span = (Stage, f64, f64);

/// Splits the time of a Job of `completions` at `parallelism`.
pub fn split(job: &JobTimes, completions: u32, parallelism: u32) -> Parts {
    let places = f64::from(parallelism.min(completions));
    let pods: Vec<Vec<Span>> = job.pods.iter().map(|pod| spans(pod, job.seconds)).collect();
    let last = pods.iter().flatten().map(|(_, _, to)| *to).fold(0.0, f64::max);
    let mut edges: Vec<f64> =
        pods.iter().flatten().flat_map(|(_, from, to)| [*from, *to]).collect();
    edges.extend([0.0, job.seconds]);
    edges.sort_by(f64::total_cmp);
    let mut parts = Parts::default();
    for (from, to) in edges.iter().zip(edges.iter().skip(1)).filter(|(from, to)| from < to) {
        let (seconds, middle) = (to - from, f64::midpoint(*from, *to));
        let stages: Vec<Stage> = pods.iter().filter_map(|spans| stage(spans, middle)).collect();
        let active = stages.len() as f64;
        // Clocks of whole seconds can show more pods at once than there were.
        let share = seconds / places * (places / active).min(1.0);
        for stage in stages {
            *match stage {
                Stage::Schedule => &mut parts.schedule,
                Stage::Start => &mut parts.start,
                Stage::Prepare => &mut parts.prepare,
                Stage::Work => &mut parts.work,
                Stage::Lost => &mut parts.lost,
            } += share;
        }
        let free = (places - active).max(0.0);
        let is_done =
            |pod: &&PodTimes| pod.succeeded && pod.finished.clamp(0.0, job.seconds) <= middle;
        let done = job.pods.iter().filter(is_done).count() as f64;
        let waiting = if middle > last {
            free
        } else {
            free.min((f64::from(completions) - done - active).max(0.0))
        };
        parts.controller += waiting * seconds / places;
        parts.idle += (free - waiting) * seconds / places;
    }
    parts
}

/// A pod's stages in order. What it measured itself ends with it; what is left over was spent by
/// its containers' start and end.
fn spans(pod: &PodTimes, end: f64) -> Vec<Span> {
    let created = pod.created.clamp(0.0, end);
    let finished = pod.finished.clamp(created, end);
    if !pod.succeeded {
        return vec![(Stage::Lost, created, finished)];
    }
    let working = (finished - pod.work).clamp(created, finished);
    let preparing = (working - pod.prepare).clamp(created, working);
    let scheduled = pod.scheduled.clamp(created, preparing);
    vec![
        (Stage::Schedule, created, scheduled),
        (Stage::Start, scheduled, preparing),
        (Stage::Prepare, preparing, working),
        (Stage::Work, working, finished),
    ]
}

fn stage(spans: &[Span], at: f64) -> Option<Stage> {
    spans.iter().find(|(_, from, to)| *from <= at && at < *to).map(|(stage, _, _)| *stage)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy, prop_assert, proptest};

    use super::*;

    fn pod(created: f64, scheduled: f64, finished: f64, work: f64) -> PodTimes {
        PodTimes { created, scheduled, finished, work, succeeded: true, ..PodTimes::default() }
    }

    #[track_caller]
    fn assert_parts(found: Parts, expected: Parts) {
        let values = |parts: &Parts| {
            [
                parts.controller,
                parts.schedule,
                parts.start,
                parts.prepare,
                parts.work,
                parts.idle,
                parts.lost,
            ]
        };
        let near = values(&found)
            .iter()
            .zip(values(&expected))
            .all(|(found, expected)| (found - expected).abs() < 1e-9);
        assert!(near, "{found:?} is not {expected:?}");
    }

    #[test]
    fn one_pod_after_the_other_is_split_second_by_second() {
        let first = PodTimes { prepare: 1.0, ..pod(1.0, 2.0, 10.0, 5.0) };
        let job = JobTimes { seconds: 20.0, pods: vec![first, pod(11.0, 11.0, 18.0, 6.0)] };
        let expected = Parts {
            controller: 4.0,
            schedule: 1.0,
            start: 3.0,
            prepare: 1.0,
            work: 11.0,
            ..Parts::default()
        };
        assert_parts(split(&job, 2, 1), expected);
    }

    #[test]
    fn a_place_without_work_is_idle_until_the_last_pod_has_ended() {
        let pods = vec![pod(0.0, 0.0, 4.0, 4.0), pod(0.0, 0.0, 4.0, 4.0), pod(4.0, 4.0, 8.0, 4.0)];
        let job = JobTimes { seconds: 9.0, pods };
        assert_parts(
            split(&job, 3, 2),
            Parts { controller: 1.0, work: 6.0, idle: 2.0, ..Parts::default() },
        );
    }

    #[test]
    fn a_pod_that_failed_is_lost_and_the_wait_for_its_successor_is_the_controllers() {
        let failed = PodTimes { succeeded: false, ..pod(0.0, 0.0, 3.0, 3.0) };
        let job = JobTimes { seconds: 20.0, pods: vec![failed, pod(13.0, 13.0, 20.0, 7.0)] };
        assert_parts(
            split(&job, 1, 1),
            Parts { controller: 10.0, work: 7.0, lost: 3.0, ..Parts::default() },
        );
    }

    #[test]
    fn more_places_than_completions_count_for_nothing() {
        let job = JobTimes { seconds: 5.0, pods: vec![pod(0.0, 0.0, 5.0, 5.0)] };
        assert_parts(split(&job, 1, 8), Parts { work: 5.0, ..Parts::default() });
    }

    proptest! {
        #[test]
        fn the_parts_add_up_to_the_whole_whatever_the_clocks_say(
            seconds in 0.1..100.0_f64,
            completions in 1..12_u32,
            parallelism in 1..12_u32,
            pods in proptest::collection::vec(
                (-2.0..110.0_f64, -2.0..110.0_f64, -2.0..110.0_f64, 0.0..50.0_f64, 0.0..50.0_f64, proptest::bool::ANY).prop_map(
                    |(created, scheduled, finished, prepare, work, succeeded)| PodTimes {
                        created, scheduled, finished, prepare, work, succeeded, ..PodTimes::default()
                    },
                ),
                0..15,
            ),
        ) {
            let parts = split(&JobTimes { seconds, pods }, completions, parallelism);
            prop_assert!((parts.sum() - seconds).abs() < 1e-6, "{parts:?} of {seconds}");
            prop_assert!(parts.controller >= 0.0 && parts.idle >= 0.0, "{parts:?}");
        }
    }
}
