//! Tasks on their way to Redis: gathered until they are worth a call, or have waited long enough.

use std::{
    cell::RefCell,
    rc::Rc,
    time::{Duration, Instant},
};

use tokio::sync::mpsc;
use worker_runtime::Shutdown;

use super::arrivals::Between;

/// Tasks in a batch at most.
const BATCH_TASKS: usize = 1000;
/// Bytes in a batch at most, unless one task is larger.
pub(super) const BATCH_BYTES: usize = 256 << 10;
/// How long a task may wait for others: a slow producer's tasks are in the queue while it thinks of
/// the next.
const FLUSH_AFTER: Duration = Duration::from_millis(100);

/// Tasks, with their keys where they must be unique.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) payloads: Vec<Vec<u8>>,
    pub(super) keys: Vec<Vec<u8>>,
    pub(super) bytes: usize,
}

impl Batch {
    pub(super) fn join(&mut self, mut other: Batch) {
        self.payloads.append(&mut other.payloads);
        self.keys.append(&mut other.keys);
        self.bytes += other.bytes;
    }
}

/// Gathers tasks until they are worth a call, or have waited long enough.
pub(super) struct Batcher {
    batch: Batch,
    /// When the first task of the batch came.
    since: Option<Instant>,
    sender: mpsc::Sender<Batch>,
    shutdown: Shutdown,
}

impl Batcher {
    /// Nothing was gathered; what will be goes to `sender`.
    pub(super) fn new(sender: mpsc::Sender<Batch>, shutdown: Shutdown) -> Batcher {
        Batcher { batch: Batch::default(), since: None, sender, shutdown }
    }

    pub(super) fn add(&mut self, task: Vec<u8>, key: Option<Vec<u8>>) {
        self.batch.bytes += task.len();
        self.batch.payloads.push(task);
        self.batch.keys.extend(key);
        if self.batch.payloads.len() >= BATCH_TASKS || self.batch.bytes >= BATCH_BYTES {
            self.flush();
        }
    }

    pub(super) fn flush(&mut self) {
        self.since = None;
        if !self.batch.payloads.is_empty() {
            // The receiver is gone only after an error, which is told elsewhere.
            let _ = self.sender.blocking_send(std::mem::take(&mut self.batch));
        }
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.shutdown.is_requested() || self.sender.is_closed()
    }
}

impl Between for Rc<RefCell<Batcher>> {
    fn patience(&self) -> Option<Duration> {
        self.borrow().since.map(|since| FLUSH_AFTER.saturating_sub(since.elapsed()))
    }

    fn idle(&mut self) {
        let mut batcher = self.borrow_mut();
        if batcher.batch.payloads.is_empty() {
            return;
        }
        // Counted from the first time that the reader had to wait with tasks in hand.
        let since = *batcher.since.get_or_insert_with(Instant::now);
        if since.elapsed() >= FLUSH_AFTER {
            batcher.flush();
        }
    }

    fn is_stopped(&self) -> bool {
        self.borrow().is_stopped()
    }
}
