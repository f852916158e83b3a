//! How fast a queue is worked off, from looks at its counts. Pure.

use std::collections::VecDeque;

/// Looks that are kept: an hour, with one each quarter of a minute.
const KEPT_MS: u64 = 60 * 60 * 1000;
/// Looks are at least so far apart.
const APART_MS: u64 = 15 * 1000;

/// What a queue's sum of done and dead tasks was at some looks of the last hour.
#[derive(Clone, Debug, Default)]
pub struct Rates {
    /// Moments in ms of the broker's clock, with the sums.
    looks: VecDeque<(u64, u64)>,
}

impl Rates {
    /// Notes a look. A sum that is smaller than before is that of a queue that was purged.
    pub fn note(&mut self, now_ms: u64, settled: u64) {
        if self.looks.back().is_some_and(|(_, before)| settled < *before) {
            self.looks.clear();
        }
        if self.looks.back().is_none_or(|(at, _)| now_ms >= at + APART_MS) {
            self.looks.push_back((now_ms, settled));
        }
        while self.looks.front().is_some_and(|(at, _)| at + KEPT_MS < now_ms) {
            self.looks.pop_front();
        }
    }

    /// Tasks a second since the first look within the last `span_ms`; `None` where that is not
    /// longer ago than a look is apart from the next.
    #[must_use]
    pub fn per_second(&self, now_ms: u64, settled: u64, span_ms: u64) -> Option<f64> {
        let (at, before) = self.looks.iter().find(|(at, _)| at + span_ms >= now_ms)?;
        let ms = now_ms.checked_sub(*at).filter(|ms| *ms >= APART_MS)?;
        Some(settled.checked_sub(*before)? as f64 * 1000.0 / ms as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_that_of_the_span_alone() {
        let mut rates = Rates::default();
        for look in 0..100 {
            rates.note(look * 20_000, look * 40);
        }
        assert_eq!(rates.per_second(1_980_000, 3960, 60_000), Some(2.0));
        assert_eq!(rates.per_second(2_000_000, 3940, 60_000), Some(1.0), "20 s without much work");
        assert_eq!(rates.per_second(9_000_000, 3960, 60_000), None, "no look in the span");
    }

    #[test]
    fn no_rate_is_told_from_one_look_or_from_two_that_are_close() {
        let mut rates = Rates::default();
        rates.note(1_000_000, 5);
        assert_eq!(rates.per_second(1_000_000, 5, 60_000), None);
        assert_eq!(rates.per_second(1_001_000, 9, 60_000), None);
        assert_eq!(rates.per_second(1_015_000, 35, 60_000), Some(2.0));
    }

    #[test]
    fn a_purge_begins_anew() {
        let mut rates = Rates::default();
        rates.note(1_000_000, 500);
        rates.note(1_020_000, 3);
        assert_eq!(rates.per_second(1_040_000, 43, 60_000), Some(2.0));
    }

    #[test]
    fn an_hour_is_kept() {
        let mut rates = Rates::default();
        for look in 0..10_000 {
            rates.note(look * 1000, 0);
        }
        assert!(rates.looks.len() <= (KEPT_MS / APART_MS + 1) as usize, "{}", rates.looks.len());
    }
}
