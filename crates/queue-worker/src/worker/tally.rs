//! What a worker has done so far, counted from any lane.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters of one worker.
#[derive(Debug, Default)]
pub struct Tally {
    /// Tasks whose result is stored.
    pub done: AtomicU64,
    /// Tasks that failed and are tried again.
    pub failed: AtomicU64,
    /// Tasks that this worker made dead letters: by its handler's verdict, or because workers had
    /// crashed with them in hand.
    pub dead: AtomicU64,
    /// Results that were dropped because the claim was no longer the worker's own.
    pub stale: AtomicU64,
    /// Tasks handed back.
    pub returned: AtomicU64,
    /// Steps and heartbeats sent.
    pub calls: AtomicU64,
    /// Tasks that were in hand, at most once, when another worker died.
    pub gone: AtomicU64,
    /// Tasks of the drained queue that were pushed and are neither done nor dead, as last seen.
    pub missing: AtomicU64,
    /// Dead letters of the whole queue, as last seen.
    pub queue_dead: AtomicU64,
}

/// Adds to a counter.
pub(crate) fn add(counter: &AtomicU64, by: usize) {
    counter.fetch_add(by as u64, Ordering::Relaxed);
}

/// Sets a counter to what was seen last.
pub(crate) fn set(counter: &AtomicU64, to: u64) {
    counter.store(to, Ordering::Relaxed);
}

/// Reads a counter.
pub(crate) fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}
