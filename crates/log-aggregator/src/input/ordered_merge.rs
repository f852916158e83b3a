//! Adds up the counts of spans in the order of the log.
//!
//! Threads finish spans in any order, but the counts of tables beyond their limit depend on the
//! order of merging. So spans are merged strictly in the order of the log. Counts that come too
//! early are parked, or their thread waits where too much is parked already.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::counting::Rules;

use super::span_counts::SpanCounts;

/// Bytes of counts that may be parked.
const PARKED: usize = 24 << 20;

/// Merges the counts of spans in order.
pub(super) struct OrderedMerge {
    rules: Rules,
    inner: Mutex<Inner>,
    merged: Condvar,
}

struct Inner {
    /// Number of the span that is next.
    next: usize,
    whole: SpanCounts,
    parked: BTreeMap<usize, SpanCounts>,
    parked_size: usize,
    /// Counts whose memory is to be used again.
    empty: Vec<SpanCounts>,
    /// Whether a thread failed, so that nobody needs to wait.
    stopped: bool,
    busy: Duration,
}

impl OrderedMerge {
    /// Expects span 0.
    pub(super) fn new(rules: Rules) -> Self {
        let inner = Inner {
            next: 0,
            whole: SpanCounts::new(rules.clone()),
            parked: BTreeMap::new(),
            parked_size: 0,
            empty: Vec::new(),
            stopped: false,
            busy: Duration::ZERO,
        };
        OrderedMerge { rules, inner: Mutex::new(inner), merged: Condvar::new() }
    }

    /// Empty counts for another span.
    pub(super) fn empty(&self) -> SpanCounts {
        let empty = self.lock().empty.pop();
        empty.unwrap_or_else(|| SpanCounts::new(self.rules.clone()))
    }

    /// Merges the counts of span `number` as soon as all spans before it are merged: now, later by
    /// another thread, or after waiting. `false` where a thread failed meanwhile.
    pub(super) fn add(&self, number: usize, counts: SpanCounts) -> bool {
        let size = counts.size();
        let mut inner = self
            .merged
            .wait_while(self.lock(), |inner| {
                !inner.stopped && inner.next != number && inner.parked_size + size > PARKED
            })
            .unwrap_or_else(PoisonError::into_inner);
        if inner.stopped {
            return false;
        }
        inner.parked.insert(number, counts);
        inner.parked_size += size;
        inner.merge();
        drop(inner);
        self.merged.notify_all();
        true
    }

    /// Lets everybody go who waits.
    pub(super) fn stop(&self) {
        self.lock().stopped = true;
        self.merged.notify_all();
    }

    /// The counts of all spans, and how long merging them took.
    pub(super) fn into_whole(self) -> (SpanCounts, Duration) {
        let inner = self.inner.into_inner().unwrap_or_else(PoisonError::into_inner);
        (inner.whole, inner.busy)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Merges what is parked, up to the first span that is missing.
    fn merge(&mut self) {
        let began = Instant::now();
        while let Some(mut counts) = self.parked.remove(&self.next) {
            self.parked_size -= counts.size();
            if self.next == 0 {
                // The whole was empty.
                std::mem::swap(&mut self.whole, &mut counts);
            } else {
                self.whole.append(&mut counts);
            }
            counts.clear();
            self.empty.push(counts);
            self.next += 1;
        }
        self.busy += began.elapsed();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counting::{Calendar, OwnSites};
    use crate::formats::Entry;

    #[test]
    fn parts_are_merged_in_their_order_whatever_order_they_come_in() {
        let rules = Rules {
            calendar: Calendar::new(2024, 1, 0).unwrap(),
            keep_query: false,
            exact_keys: 20,
            by_host: false,
            by_hour: false,
            origins: Default::default(),
            own_sites: OwnSites::default(),
        };
        let part = |number: usize| {
            let mut part = SpanCounts::new(rules.clone());
            for request in 0..200 {
                let path = format!("/{}", (number * 31 + request * request) % 60);
                part.month.add(&Entry {
                    time: 1_704_067_200,
                    target: path.as_bytes(),
                    ..Entry::default()
                });
            }
            part
        };
        let order = |numbers: &[usize]| {
            let merge = OrderedMerge::new(rules.clone());
            std::thread::scope(|threads| {
                for number in numbers {
                    let merge = &merge;
                    threads.spawn(move || assert!(merge.add(*number, part(*number))));
                }
            });
            let (whole, _) = merge.into_whole();
            let top: Vec<(Vec<u8>, u64)> = whole
                .month
                .tables
                .get("paths")
                .unwrap()
                .keys()
                .map(|(key, count)| (key.to_vec(), count.requests))
                .collect();
            (whole.month.total().requests, whole.month.tables.get("paths").unwrap().error(), top)
        };
        let inorder = order(&[0, 1, 2, 3]);
        assert!(inorder.1 > 0, "a table beyond its limit is a part of the test");
        assert_eq!(order(&[3, 1, 0, 2]), inorder);
        assert_eq!(order(&[2, 3, 1, 0]), inorder);
    }

    #[test]
    fn who_waits_is_let_go_when_somebody_failed() {
        let rules = Rules {
            calendar: Calendar::new(2024, 1, 0).unwrap(),
            keep_query: false,
            exact_keys: 20,
            by_host: false,
            by_hour: false,
            origins: Default::default(),
            own_sites: OwnSites::default(),
        };
        let merge = OrderedMerge::new(rules.clone());
        merge.stop();
        assert!(!merge.add(5, SpanCounts::new(rules)));
    }
}
