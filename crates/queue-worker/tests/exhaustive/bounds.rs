//! How large the model is.

use crate::mutation::Mutation;

/// The sizes of one model.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    pub workers: usize,
    pub tasks: usize,
    /// So many of them are for later. The last is another producer's, who has put it there by ZADD.
    pub later: usize,
    /// Tasks that a worker asks for at once.
    pub batch: usize,
    /// Crashes, leases that run out under a living worker, lost answers, late calls, failures and
    /// tasks handed back: so many in all.
    pub disturbances: usize,
    pub max_crashes: u32,
    /// Whether Redis may come back empty, and workers end: with 0 when the queue is drained, else
    /// with another code.
    pub vanishes: bool,
    /// Whether somebody may pause the queue, and lets it go on at some time.
    pub pauses: bool,
    /// Whether one task is given out in a time, over all workers.
    pub has_rate: bool,
    /// Whether somebody may cancel tasks.
    pub cancels: bool,
    pub mutation: Mutation,
}
