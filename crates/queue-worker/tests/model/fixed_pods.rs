//! Pods of a Job with fixed completions, each of which settles as many tasks as it was told.

use std::time::Instant;

use proptest::prelude::*;
use queue_worker::{
    brokers::redis::RECOVER_BUDGET,
    queue::Advanced,
    worker::{Bounds, End, ExitWhen, Idle, Plan},
};

use super::{
    ending,
    support::model::{self, Ending, Model},
};

/// A pod of a Job with fixed completions: one lane that settles so many tasks.
struct FixedPod {
    plan: Plan,
    holding: Option<(String, Vec<model::Taken>)>,
    steps: u64,
    settled: usize,
    end: Option<End>,
}

impl FixedPod {
    fn new(tasks: usize, now: Instant) -> FixedPod {
        let bounds = Bounds {
            exit_when: ExitWhen::Drained,
            max_tasks: Some(tasks),
            max_runtime: None,
            idle_timeout: None,
            max_dead: None,
        };
        FixedPod { plan: Plan::new(bounds, now), holding: None, steps: 0, settled: 0, end: None }
    }

    /// One round of the lane, as the worker has it: tell what is over, and ask for as many as may
    /// be.
    fn round(
        &mut self,
        name: usize,
        queue: &mut Model,
        size: usize,
        endings: &[Ending],
        now: Instant,
    ) {
        let asked = self.plan.ask(size, now);
        let want = *asked.as_ref().unwrap_or(&0);
        if want == 0 && self.holding.is_none() {
            self.end = asked.err();
            return;
        }
        self.steps += 1;
        let new_claim = format!("pod-{name}.0.{}", self.steps);
        let mut over = 0;
        let mut settle = None;
        if let Some((claim, tasks)) = self.holding.take() {
            let endings: Vec<Ending> =
                (0..tasks.len()).map(|place| endings[place % endings.len()]).collect();
            over = endings.iter().filter(|ending| **ending != Ending::Failed).count();
            self.plan.settled(over, tasks.len() - over, now);
            settle = Some((claim, tasks.len(), endings, Some(0)));
        }
        self.settled += over;
        let step = model::Step {
            settle,
            new_claim: new_claim.clone(),
            want,
            limit: 0,
            max_bytes: 1 << 20,
        };
        let taken = queue.step(&step, 3, RECOVER_BUDGET).taken;
        self.plan.answered(want, taken.len(), now);
        if !taken.is_empty() {
            self.holding = Some((new_claim, taken));
        } else if want > 0
            && let Idle::End(end) = self.plan.idle(&seen(queue), 0, now, 0.0)
        {
            self.end = Some(end);
        }
    }
}

/// What a step says of the queue.
fn seen(queue: &Model) -> Advanced {
    Advanced {
        settled: true,
        epoch: String::new(),
        now_ms: 1,
        pending: queue.pending.len() as u64,
        delayed: queue.delayed.len() as u64,
        claims: queue.claims.len() as u64,
        dead: queue.dead.len() as u64,
        next_expiry_ms: None,
        next_due_ms: None,
        next_give_ms: None,
        buried: Vec::new(),
        gone: 0,
        missing: 0,
        is_paused: false,
        claim: None,
    }
}

proptest! {
    #[test]
    fn pods_that_settle_as_many_tasks_as_there_are_leave_none_behind(
        tasks in 1usize..30,
        each in 1usize..10,
        rounds in prop::collection::vec(
            (any::<usize>(), 1usize..6, prop::collection::vec(ending(), 1..6)),
            1..60,
        ),
    ) {
        let now = Instant::now();
        let mut queue = Model::default();
        queue.pending.extend((0..tasks).map(|n| format!("task {n}").into_bytes()));
        let pod = |_| FixedPod::new(each, now);
        let mut pods: Vec<FixedPod> = (0..tasks.div_ceil(each)).map(pod).collect();
        // After what was drawn, all goes well, so that it comes to an end.
        let well = (0..10_000).map(|n| (n, 1, vec![Ending::Done]));
        for (pod, size, endings) in rounds.into_iter().chain(well) {
            let open: Vec<usize> = (0..pods.len()).filter(|pod| pods[*pod].end.is_none()).collect();
            let Some(pod) = open.get(pod % open.len().max(1)).copied() else { break };
            pods[pod].round(pod, &mut queue, size, &endings, now);
            // Time goes by: what failed is due.
            for due in queue.delayed.values_mut() {
                *due = model::Due::First;
            }
        }
        prop_assert!(pods.iter().all(|pod| pod.end.is_some()), "all pods have ended");
        prop_assert!(pods.iter().all(|pod| pod.settled <= each), "no pod has settled too many");
        prop_assert_eq!(pods.iter().map(|pod| pod.settled).sum::<usize>(), tasks);
        prop_assert_eq!(queue.results.len() + queue.dead.len(), tasks);
    }
}
