//! What a worker asks of every claim. Pure.

use std::time::Duration;

use super::Rate;

/// How often a task may be delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Delivery {
    /// Once or more; its result is stored once. Nothing is lost.
    AtLeastOnce,
    /// Once or never: a crash loses what is in hand, and a failure is final.
    AtMostOnce,
}

/// Where results go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum ResultStore {
    /// RPUSH onto the list `{NAME}:results`.
    List,
    /// XADD to the stream `{NAME}:results`, one entry a result, in the field `result`.
    Stream,
    /// Nowhere; they are counted only.
    None,
}

/// What one worker asks of every claim.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The name that `status` shows: no spaces.
    pub worker: String,
    /// Length of a lease.
    pub lease: Duration,
    /// At most so many tasks in hand over all workers; 0 for no limit.
    pub limit: usize,
    /// How many are given out in a time, over all workers.
    pub rate: Option<Rate>,
    /// Crashes at which a task is dead.
    pub max_crashes: u32,
    /// Bytes of payload at which a claim is full.
    pub max_bytes: usize,
    /// Where results go.
    pub results: ResultStore,
    /// Results kept, the newest; 0 for all.
    pub results_limit: usize,
    /// Time after the last result at which all are forgotten; zero for never.
    pub results_ttl: Duration,
    /// How often a task may be given out.
    pub delivery: Delivery,
    /// Time after the queue was drained at which all of it is forgotten; zero for never.
    pub forget_after: Duration,
}

/// The name of a worker as Redis keeps it: without spaces, at most 100 characters, never empty.
#[must_use]
pub fn worker_name(name: &str) -> String {
    let mut name: String =
        name.chars().map(|c| if c.is_ascii_graphic() { c } else { '_' }).take(100).collect();
    if name.is_empty() {
        name.push('-');
    }
    name
}
