//! How many tasks to claim at once: many that take microseconds, one that takes seconds.

use std::time::Duration;

/// A claim is at most this many times as large as the last one: the first tasks may not be typical.
const GROWTH: usize = 8;

/// Learns how long tasks take.
#[derive(Clone, Debug)]
pub struct Pace {
    claim_time: f64,
    most: usize,
    last: usize,
    seconds_a_task: Option<f64>,
}

impl Pace {
    /// Claims are sized to take `claim_time`, since that is how much work a crash makes somebody do
    /// again. None has more than `most` tasks.
    #[must_use]
    pub fn new(claim_time: Duration, most: usize) -> Pace {
        Pace {
            claim_time: claim_time.as_secs_f64(),
            most: most.max(1),
            last: 0,
            seconds_a_task: None,
        }
    }

    /// The size of the next claim, at least 1.
    #[must_use]
    pub fn size(&self) -> usize {
        let Some(seconds) = self.seconds_a_task else { return 1 };
        let worth = self.claim_time / seconds.max(1e-9);
        (worth as usize).clamp(1, self.most.min(self.last.saturating_mul(GROWTH).max(1)))
    }

    /// Learns from a batch. A slower pace is adopted at once, a faster one gradually.
    pub fn learn(&mut self, tasks: usize, elapsed: Duration) {
        if tasks == 0 {
            return;
        }
        let seconds = elapsed.as_secs_f64() / tasks as f64;
        self.last = tasks;
        self.seconds_a_task = Some(match self.seconds_a_task {
            Some(known) if seconds < known => 0.5 * known + 0.5 * seconds,
            _ => seconds,
        });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn after(batches: &[(usize, u64)]) -> usize {
        let mut pace = Pace::new(Duration::from_millis(100), 1000);
        for (tasks, micros) in batches {
            pace.learn(*tasks, Duration::from_micros(*micros));
        }
        pace.size()
    }

    #[test]
    fn the_first_claim_is_one_task() {
        assert_eq!(after(&[]), 1);
    }

    #[test]
    fn fast_tasks_are_claimed_by_the_thousand_soon() {
        assert_eq!(after(&[(1, 1)]), 8);
        assert_eq!(after(&[(1, 1), (8, 8), (64, 64), (512, 512)]), 1000);
    }

    #[test]
    fn tasks_of_seconds_are_claimed_one_at_a_time() {
        assert_eq!(after(&[(1, 5_000_000)]), 1);
        assert_eq!(after(&[(512, 512), (1, 5_000_000)]), 1);
    }

    #[test]
    fn tasks_of_ten_milliseconds_are_claimed_by_ten() {
        assert_eq!(after(&[(4, 40_000), (10, 100_000)]), 10);
    }

    proptest! {
        #[test]
        fn a_claim_is_never_worth_more_than_its_time_unless_it_is_one_task(
            batches in prop::collection::vec((1usize..2000, 1u64..10_000_000), 1..20),
        ) {
            let size = after(&batches);
            let (tasks, micros) = batches[batches.len() - 1];
            prop_assert!((1..=1000).contains(&size));
            prop_assert!(size == 1 || size as u64 * micros / tasks as u64 <= 100_000);
        }
    }
}
