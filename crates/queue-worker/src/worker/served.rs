//! One of the queues that a worker takes from: what it holds of it, and how it was seen last.

use std::sync::{
    OnceLock,
    atomic::{AtomicBool, AtomicU64},
};

use super::{cancels::Cancels, leases::Leases, tally};
use crate::{
    Queue,
    queue::{Advanced, Terms},
};

/// A queue that this worker serves.
pub(super) struct Served {
    pub(super) queue: Queue,
    pub(super) leases: Leases,
    pub(super) cancels: Cancels,
    /// Set once the worker has seen that it is there.
    epoch: OnceLock<String>,
    dead: AtomicU64,
    missing: AtomicU64,
    left: AtomicU64,
    is_paused: AtomicBool,
}

impl Served {
    pub(super) fn new(queue: Queue, terms: &Terms) -> Served {
        Served {
            queue,
            leases: Leases::new(terms.lease, terms.delivery),
            cancels: Cancels::new(),
            epoch: OnceLock::new(),
            dead: AtomicU64::new(0),
            missing: AtomicU64::new(0),
            left: AtomicU64::new(0),
            is_paused: AtomicBool::new(false),
        }
    }

    /// Its name.
    pub(super) fn name(&self) -> &str {
        self.queue.keys().pending()
    }

    /// Its epoch, if it has been seen.
    pub(super) fn epoch(&self) -> Option<&str> {
        self.epoch.get().map(String::as_str)
    }

    /// A step has seen it. Tells whether it was paused since the one before, or goes on.
    pub(super) fn saw(&self, advanced: &Advanced) -> bool {
        let _ = self.epoch.set(advanced.epoch.clone());
        tally::set(&self.dead, advanced.dead);
        tally::set(&self.missing, advanced.missing);
        tally::set(&self.left, advanced.pending + advanced.delayed);
        self.is_paused.swap(advanced.is_paused, std::sync::atomic::Ordering::Relaxed)
            != advanced.is_paused
    }

    /// Its dead letters, as the last step saw them.
    pub(super) fn dead(&self) -> u64 {
        tally::read(&self.dead)
    }

    /// Tasks that are missing in it, as the last step saw them.
    pub(super) fn missing(&self) -> u64 {
        tally::read(&self.missing)
    }

    /// Tasks that wait in it, as the last step saw them.
    pub(super) fn left(&self) -> u64 {
        tally::read(&self.left)
    }

    /// Whether it is paused, as the last step saw it.
    pub(super) fn is_paused(&self) -> bool {
        self.is_paused.load(std::sync::atomic::Ordering::Relaxed)
    }
}
