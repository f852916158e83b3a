//! What a worker did, and what it leaves behind.

use super::{
    plan::End,
    tally::{self, Tally},
};
use crate::queue::Delivery;

/// What a worker did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Why it ended; `None` for SIGTERM.
    pub end: Option<End>,
    /// Tasks of the queue that are left by a worker which a limit has ended: pending, delayed or
    /// in any worker's hand.
    pub left: Left,
    /// Tasks whose result is stored.
    pub done: u64,
    /// Failures that are tried again.
    pub failed: u64,
    /// Tasks that became dead letters.
    pub dead: u64,
    /// Results dropped because the claim was no longer its own.
    pub stale: u64,
    /// Tasks handed back.
    pub returned: u64,
    /// Calls sent to Redis.
    pub calls: u64,
    /// Dead letters of the whole queue.
    pub queue_dead: u64,
    /// Tasks that were in another worker's hand, at most once, when it died.
    pub gone: u64,
    /// Tasks of a drained queue that were pushed and are neither done nor dead.
    pub missing: u64,
    /// How often a task may have been given out; those that failed at most once are gone.
    pub delivery: Option<Delivery>,
    /// Whether Redis did not answer at the end.
    pub is_redis_down: bool,
}

/// What a worker leaves behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// Whether it is work that the worker was to do.
    pub is_work: bool,
    /// Tasks in the list.
    pub pending: u64,
    /// Tasks that wait for their next attempt.
    pub delayed: u64,
    /// Claims of other workers.
    pub claims: u64,
    /// Whether the queue is paused.
    pub is_paused: bool,
}

impl Summary {
    /// What the counters say of a worker that has ended; the other fields are the caller's.
    pub(super) fn of(tally: &Tally) -> Summary {
        Summary {
            done: tally::read(&tally.done),
            failed: tally::read(&tally.failed),
            dead: tally::read(&tally.dead),
            stale: tally::read(&tally.stale),
            returned: tally::read(&tally.returned),
            calls: tally::read(&tally.calls),
            gone: tally::read(&tally.gone),
            missing: tally::read(&tally.missing),
            queue_dead: tally::read(&tally.queue_dead),
            ..Summary::default()
        }
    }
}
