//! How a queue stands at one instant. Pure.

use std::collections::BTreeMap;

use serde::Serialize;

/// The queue at one instant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The broker's clock, in ms since 1970.
    pub now_ms: u64,
    /// The queue's epoch; `None` before its first push or worker.
    pub epoch: Option<String>,
    /// Tasks in the list.
    pub pending: u64,
    /// Tasks that wait for their next attempt.
    pub delayed: u64,
    /// Tasks in claims.
    pub in_hand: u64,
    /// Number of claims.
    pub claim_count: u64,
    /// Dead letters.
    pub dead: u64,
    /// Results stored.
    pub results: u64,
    /// Tasks that were pushed and are nowhere, neither open nor done nor dead: something else has
    /// removed them from the queue.
    pub missing: u64,
    /// Since when the queue gives out no tasks; `None` while it does.
    pub paused_since_ms: Option<u64>,
    /// When the first delayed task is due.
    pub next_due_ms: Option<u64>,
    /// Counters since the last purge: pushed, done, retried, crashed, dead, dropped, stale, gone.
    pub counts: BTreeMap<String, u64>,
    /// When the queue is forgotten (`--forget-after`); `None` when it is not.
    pub forgotten_in_ms: Option<u64>,
    /// The claims, those that expire first at the front.
    pub claims: Vec<ClaimStatus>,
}

/// One claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClaimStatus {
    /// The claim's id.
    pub id: String,
    /// Who has it.
    pub worker: String,
    /// Tasks left in it.
    pub tasks: u64,
    /// Time since it was taken.
    pub age_ms: u64,
    /// Time until its lease runs out, negative when it has.
    pub lease_left_ms: i64,
}

impl Status {
    /// Whether there is such a queue at all: a name that nobody has pushed to has nothing of this.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.epoch.is_some()
            || self.pending + self.delayed + self.claim_count + self.dead + self.results > 0
            || !self.counts.is_empty()
    }

    /// Whether nothing is left that could become work, in a queue that is there and not paused.
    #[must_use]
    pub fn is_drained(&self) -> bool {
        self.exists() && self.open() == 0 && self.paused_since_ms.is_none()
    }

    /// Tasks that can still become work.
    #[must_use]
    pub fn open(&self) -> u64 {
        self.pending + self.delayed + self.in_hand
    }
}

/// Whether several queues were drained at one moment, by two rounds of looks at each in turn: all
/// of them twice, and nothing was counted between the two looks at any of them.
#[must_use]
pub fn are_drained_together(before: &[Status], after: &[Status]) -> bool {
    before.len() == after.len()
        && before.iter().zip(after).all(|(before, after)| {
            before.is_drained()
                && after.is_drained()
                && before.epoch == after.epoch
                && before.counts == after.counts
        })
}
