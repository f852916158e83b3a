//! A claim being worked through: what is over, and what to tell Redis of it.

use std::time::Duration;

use crate::{
    backoff::delay,
    handlers::{Outcome, digest, result_line},
    queue::{Claim, Delivery, Failure, Fate, Rest, ResultStore, Settle, Task},
};

/// How failures are treated and results written.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Failures at which a task is dead.
    pub max_attempts: u32,
    /// First delay of a failed task.
    pub backoff_base: Duration,
    /// Longest delay of a failed task.
    pub backoff_cap: Duration,
    /// The name in results.
    pub worker: String,
    /// Where results go.
    pub results: ResultStore,
    /// How often a task may be given out: at most once, a failure is final.
    pub delivery: Delivery,
}

/// The outcomes of a claim's first tasks that are not yet acknowledged.
#[derive(Debug)]
pub struct OpenClaim {
    claim: Claim,
    /// Tasks acknowledged.
    base: usize,
    settle: Settle,
    /// The id of the task whose result was written last, kept so that its allocation is reused.
    id: String,
}

impl OpenClaim {
    /// Nothing is over.
    #[must_use]
    pub fn new(claim: Claim) -> OpenClaim {
        let settle = empty(&claim);
        OpenClaim { claim, base: 0, settle, id: String::new() }
    }

    /// The next task and its id.
    #[must_use]
    pub fn next(&self) -> Option<(&Task, String)> {
        let place = self.base + self.settle.over;
        Some((self.claim.tasks.get(place)?, self.claim.task_id(place)))
    }

    /// The tasks that are not over.
    #[must_use]
    pub fn left(&self) -> &[Task] {
        &self.claim.tasks[self.base + self.settle.over..]
    }

    /// Tasks that are over and not acknowledged.
    #[must_use]
    pub fn over(&self) -> usize {
        self.settle.over
    }

    /// Of those, the tasks that failed for good.
    #[must_use]
    pub fn dead(&self) -> usize {
        self.settle.failures.iter().filter(|failure| !failure.is_retried()).count()
    }

    /// Of those, the tasks that failed.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.settle.failures.len()
    }

    /// Records how the next task ended. `random` (0..1) sets the jitter of its delay.
    pub fn ended(&mut self, outcome: Outcome, elapsed: Duration, policy: &Policy, random: f64) {
        let place = self.settle.over;
        let task = &self.claim.tasks[self.base + place];
        match outcome {
            Outcome::Done(output) => {
                if policy.results != ResultStore::None {
                    self.claim.write_task_id(self.base + place, &mut self.id);
                    let (attempt, worker) = (task.attempt(), &policy.worker);
                    let line =
                        result_line(&task.payload, &self.id, &output, attempt, worker, elapsed);
                    self.settle.results.push(line);
                }
            }
            Outcome::Hopeless { reason, error } => {
                let (fate, reason) = match policy.delivery {
                    Delivery::AtLeastOnce => (Fate::Dead, reason),
                    Delivery::AtMostOnce => (gone(task), "failed"),
                };
                self.fail(place, fate, reason, error);
            }
            Outcome::Failed { error } => {
                let (fate, reason) = policy.fate(task, random);
                self.fail(place, fate, reason, error);
            }
        }
        self.settle.over += 1;
    }

    fn fail(&mut self, place: usize, fate: Fate, reason: &'static str, error: Vec<u8>) {
        let task = self.claim.task_id(self.base + place);
        self.settle.failures.push(Failure { place, task, fate, reason, error });
    }

    /// What to tell Redis while the next task is still running: the tasks before it are over, and
    /// the ones behind it go back to the queue.
    #[must_use]
    pub fn flush(&mut self) -> Settle {
        let over = self.settle.over;
        self.settle.held = self.claim.tasks.len() - self.base;
        self.claim.tasks.truncate(self.base + over + 1);
        let mut settle = std::mem::replace(&mut self.settle, empty(&self.claim));
        self.base += over;
        settle.rest = Rest::Return { keep: 1 };
        settle
    }

    /// What to tell Redis at the end: which tasks are over, and that the rest go back.
    #[must_use]
    pub fn finish(mut self) -> Settle {
        self.settle.held = self.claim.tasks.len() - self.base;
        self.settle.rest = Rest::Return { keep: 0 };
        self.settle
    }
}

impl Policy {
    /// What becomes of a task on which the handler failed once more, and the reason to record.
    fn fate(&self, task: &Task, random: f64) -> (Fate, &'static str) {
        let failures = task.failures();
        match self.delivery {
            Delivery::AtMostOnce => (gone(task), "failed"),
            Delivery::AtLeastOnce if failures + 1 >= self.max_attempts => (Fate::Dead, "attempts"),
            Delivery::AtLeastOnce => {
                let after = delay(self.backoff_base, self.backoff_cap, failures, random);
                (Fate::Again { after }, "failed")
            }
        }
    }
}

/// The fate of a task that must not be given out a second time.
fn gone(task: &Task) -> Fate {
    Fate::Gone { digest: digest(&task.payload) }
}

fn empty(claim: &Claim) -> Settle {
    Settle {
        claim: claim.id.clone(),
        held: 0,
        over: 0,
        failures: Vec::new(),
        results: Vec::new(),
        rest: Rest::Keep,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{handlers::Output, queue::Past};

    fn policy() -> Policy {
        Policy {
            max_attempts: 3,
            backoff_base: Duration::from_secs(1),
            backoff_cap: Duration::from_secs(60),
            worker: "w".into(),
            results: ResultStore::List,
            delivery: Delivery::AtLeastOnce,
        }
    }

    fn retried(failures: u32, crashes: u32) -> Task {
        Task {
            payload: b"x".to_vec(),
            past: Some(Box::new(Past { id: "old-0".into(), failures, crashes })),
        }
    }

    fn failed() -> Outcome {
        Outcome::Failed { error: b"e".to_vec() }
    }

    #[test]
    fn a_task_is_dead_at_exactly_the_maximum_of_failures_and_crashes_do_not_count() {
        let tasks = vec![Task::fresh(b"x".to_vec()), retried(1, 9), retried(2, 0)];
        let mut claim = OpenClaim::new(Claim { id: "c".into(), tasks });
        for _ in 0..3 {
            claim.ended(failed(), Duration::ZERO, &policy(), 1.0);
        }
        let (dead, failed) = (claim.dead(), claim.failed());
        let settle = claim.finish();
        let fates: Vec<&Fate> = settle.failures.iter().map(|failure| &failure.fate).collect();
        let again = |seconds| Fate::Again { after: Duration::from_secs(seconds) };
        assert_eq!(fates, [&again(1), &again(2), &Fate::Dead]);
        assert_eq!((settle.over, failed, dead), (3, 3, 1));
        assert_eq!(settle.failures[2].reason, "attempts");
        let ids: Vec<&str> = settle.failures.iter().map(|failure| failure.task.as_str()).collect();
        assert_eq!(ids, ["c-0", "old-0", "old-0"], "a retried task keeps its id");
    }

    #[test]
    fn a_flush_in_mid_claim_keeps_the_task_that_runs_and_counts_places_from_it() {
        let tasks = (0..4).map(|n| Task::fresh(vec![n])).collect();
        let mut claim = OpenClaim::new(Claim { id: "c".into(), tasks });
        claim.ended(Outcome::Done(Output::Nothing), Duration::ZERO, &policy(), 0.0);
        let settle = claim.flush();
        assert_eq!(
            (settle.over, settle.results.len(), settle.rest),
            (1, 1, Rest::Return { keep: 1 })
        );
        assert_eq!(claim.left(), [Task::fresh(vec![1])]);
        assert_eq!(claim.next().unwrap().1, "c-1", "the id does not move");
        claim.ended(failed(), Duration::ZERO, &policy(), 0.0);
        let settle = claim.finish();
        assert_eq!(
            (settle.over, settle.failures[0].place, settle.rest),
            (1, 0, Rest::Return { keep: 0 })
        );
        assert_eq!(settle.failures[0].task, "c-1", "nor does a failure's");
    }
}
