//! A counter that threads add to and the progress reads.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// `total` while nobody knows it.
const UNKNOWN: u64 = u64::MAX;

/// How much of something is done, added to by any thread.
#[derive(Debug)]
pub(crate) struct Tally {
    unit: &'static str,
    done: AtomicU64,
    total: AtomicU64,
}

impl Tally {
    pub(crate) fn new(unit: &'static str, total: Option<u64>) -> Tally {
        Tally { unit, done: AtomicU64::new(0), total: AtomicU64::new(total.unwrap_or(UNKNOWN)) }
    }

    pub(crate) fn unit(&self) -> &'static str {
        self.unit
    }

    // Relaxed, since the numbers are only shown, and order no other memory.
    pub(crate) fn advance(&self, n: u64) {
        self.done.fetch_add(n, Ordering::Relaxed);
    }

    pub(crate) fn set_total(&self, total: u64) {
        self.total.store(total, Ordering::Relaxed);
    }

    pub(crate) fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    pub(crate) fn total(&self) -> Option<u64> {
        Some(self.total.load(Ordering::Relaxed)).filter(|total| *total != UNKNOWN)
    }

    /// Units a second since the start, `elapsed` ago.
    pub(crate) fn per_second(&self, elapsed: Duration) -> f64 {
        let seconds = elapsed.as_secs_f64();
        if seconds > 0.0 { self.done() as f64 / seconds } else { 0.0 }
    }

    /// How many seconds are left at the rate so far; `None` without a total or before the first
    /// unit.
    pub(crate) fn remaining_seconds(&self, elapsed: Duration) -> Option<f64> {
        let left = self.total()?.saturating_sub(self.done());
        let rate = self.per_second(elapsed);
        (rate > 0.0).then(|| left as f64 / rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rate_and_time_left_follow_from_what_is_done() {
        let tally = Tally::new("rows", Some(100));
        let elapsed = Duration::from_secs(4);
        assert_eq!((tally.per_second(elapsed), tally.remaining_seconds(elapsed)), (0.0, None));
        tally.advance(15);
        tally.advance(5);
        assert_eq!((tally.done(), tally.total()), (20, Some(100)));
        assert_eq!(
            (tally.per_second(elapsed), tally.remaining_seconds(elapsed)),
            (5.0, Some(16.0))
        );
        tally.set_total(10);
        assert_eq!(tally.remaining_seconds(elapsed), Some(0.0), "more done than there was to do");
        assert_eq!(tally.per_second(Duration::ZERO), 0.0);
    }

    #[test]
    fn without_a_total_there_is_no_time_left_to_tell() {
        let tally = Tally::new("bytes", None);
        tally.advance(1);
        assert_eq!((tally.total(), tally.remaining_seconds(Duration::from_secs(1))), (None, None));
    }
}
