//! What a worker learns by a step: what it was given, and how the queue stands. Pure.

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
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// Whether nothing is left that could become work: judged by the script at one instant. A
    /// paused queue is not drained: whoever has paused it has not said that it is over.
    #[must_use]
    pub fn is_drained(&self) -> bool {
        self.pending == 0 && self.delayed == 0 && self.claims == 0 && !self.is_paused
    }
}
