//! What a worker learns by a step: what it was given, and how the queue stands. Pure.

use std::num::NonZeroU64;

use super::Claim;

/// What the broker answers to a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The epoch key is gone or another's: this is not the queue that the worker has seen.
    Vanished,
    /// There is no such queue: neither an epoch nor a task. Nothing was changed.
    Absent,
    /// A later call of the same lane has been executed: this one was on its way for too long.
    Superseded,
    /// The step was taken.
    Taken(Advanced),
}

/// The state of the queue after a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advanced {
    /// Whether the settled claim was still the worker's own; results of a lost one were dropped.
    pub settled: bool,
    /// The queue's epoch.
    pub epoch: String,
    /// The broker's clock, in ms since 1970.
    pub now_ms: u64,
    /// Tasks in the list.
    pub pending: u64,
    /// Tasks that wait for their next attempt.
    pub delayed: u64,
    /// Claims of all workers, the one just taken included.
    pub claims: u64,
    /// Dead letters.
    pub dead: u64,
    /// When the first lease runs out.
    pub next_expiry_ms: Option<u64>,
    /// When the first delayed task is due.
    pub next_due_ms: Option<u64>,
    /// When a task will be given out that is not now, as far as that is known: the first delayed
    /// one when it is due, or any when the rate lets it go, unless the queue is paused.
    pub next_give_ms: Option<NonZeroU64>,
    /// Ids of the tasks that this step made dead letters because too many workers had crashed with
    /// them in hand. No other step is told of them.
    pub buried: Vec<String>,
    /// Tasks of a delivery at most once that this step found to be gone with their worker.
    pub gone: u64,
    /// Tasks of a drained queue that were pushed and are neither done nor dead: something else has
    /// removed them. 0 while the queue is not drained.
    pub missing: u64,
    /// Whether the queue gives out no tasks until somebody lets it go on.
    pub is_paused: bool,
    /// What was taken.
    pub claim: Option<Claim>,
}

impl Advanced {
    /// Two queues as one, of which the second was asked after the first: what is in either, and the
    /// first moment of either, by the second one's clock.
    #[must_use]
    pub fn and(self, other: Advanced) -> Advanced {
        let ahead = |at: Option<u64>| Some((at? + other.now_ms).saturating_sub(self.now_ms));
        let give = |at: Option<NonZeroU64>| at.map(NonZeroU64::get);
        let first = |one: Option<u64>, other: Option<u64>| one.into_iter().chain(other).min();
        Advanced {
            settled: self.settled && other.settled,
            pending: self.pending + other.pending,
            delayed: self.delayed + other.delayed,
            claims: self.claims + other.claims,
            dead: self.dead + other.dead,
            next_expiry_ms: first(ahead(self.next_expiry_ms), other.next_expiry_ms),
            next_due_ms: first(ahead(self.next_due_ms), other.next_due_ms),
            next_give_ms: first(ahead(give(self.next_give_ms)), give(other.next_give_ms))
                .and_then(NonZeroU64::new),
            gone: self.gone + other.gone,
            missing: self.missing + other.missing,
            is_paused: self.is_paused || other.is_paused,
            buried: [self.buried, other.buried].concat(),
            epoch: other.epoch,
            now_ms: other.now_ms,
            claim: other.claim.or(self.claim),
        }
    }

    /// Whether nothing is left that could become work: judged by the script at one instant. A
    /// paused queue is not drained: whoever has paused it has not said that it is over.
    #[must_use]
    pub fn is_drained(&self) -> bool {
        self.pending == 0 && self.delayed == 0 && self.claims == 0 && !self.is_paused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_queues_are_one_by_what_is_in_either_and_by_the_second_ones_clock() {
        let one = Advanced {
            now_ms: 1_000,
            pending: 1,
            claims: 2,
            next_expiry_ms: Some(1_500),
            next_due_ms: Some(1_100),
            next_give_ms: NonZeroU64::new(1_200),
            ..Advanced::default()
        };
        let other = Advanced {
            now_ms: 9_000,
            delayed: 3,
            next_due_ms: Some(9_400),
            next_give_ms: None,
            ..one.clone()
        };
        let both = one.clone().and(other.clone());
        assert_eq!((both.pending, both.delayed, both.claims), (2, 3, 4));
        assert_eq!((both.now_ms, both.next_due_ms), (9_000, Some(9_100)));
        assert_eq!((both.next_give_ms, both.next_expiry_ms), (NonZeroU64::new(9_200), Some(1_500)));
        let paused = Advanced { is_paused: true, ..one };
        let both = paused.and(other);
        assert!(both.is_paused && !both.is_drained());
    }

    #[test]
    fn only_queues_that_are_all_drained_are_drained() {
        let drained = Advanced { settled: true, ..Advanced::default() };
        let busy = Advanced { claims: 1, ..drained.clone() };
        assert!(drained.clone().and(drained.clone()).is_drained());
        for (one, other) in [(drained.clone(), busy.clone()), (busy, drained)] {
            assert!(!one.and(other).is_drained());
        }
    }
}
