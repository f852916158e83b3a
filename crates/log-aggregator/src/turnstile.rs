//! Where the parts of a month come together, one behind the other.
//!
//! Threads finish spans in any order, and the counts of tables beyond their limit depend on the
//! order of merging. So parts are merged strictly in the order of the log; one that is too early is
//! parked, or its thread waits where too much is parked already.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::month::Rules;
use crate::part::Part;

/// Bytes of parts that may be parked.
const PARKED: usize = 24 << 20;

/// Merges parts in order.
pub(crate) struct Turnstile {
    rules: Rules,
    inner: Mutex<Inner>,
    turned: Condvar,
}

struct Inner {
    /// Number of the part that is next.
    next: usize,
    whole: Part,
    parked: BTreeMap<usize, Part>,
    parked_size: usize,
    /// Parts whose memory is to be used again.
    empty: Vec<Part>,
    /// Somebody failed: nobody needs to wait.
    stopped: bool,
    busy: Duration,
}

impl Turnstile {
    /// Expects part 0.
    pub(crate) fn new(rules: Rules) -> Self {
        let inner = Inner {
            next: 0,
            whole: Part::new(rules),
            parked: BTreeMap::new(),
            parked_size: 0,
            empty: Vec::new(),
            stopped: false,
            busy: Duration::ZERO,
        };
        Turnstile { rules, inner: Mutex::new(inner), turned: Condvar::new() }
    }

    /// An empty part.
    pub(crate) fn part(&self) -> Part {
        let empty = self.lock().empty.pop();
        empty.unwrap_or_else(|| Part::new(self.rules))
    }

    /// Merges part `number` when all parts before it are merged: now, or later by another thread,
    /// or after waiting. `false` where somebody failed meanwhile.
    pub(crate) fn pass(&self, number: usize, part: Part) -> bool {
        let size = part.size();
        let mut inner = self
            .turned
            .wait_while(self.lock(), |inner| {
                !inner.stopped && inner.next != number && inner.parked_size + size > PARKED
            })
            .unwrap_or_else(PoisonError::into_inner);
        if inner.stopped {
            return false;
        }
        inner.parked.insert(number, part);
        inner.parked_size += size;
        inner.merge();
        drop(inner);
        self.turned.notify_all();
        true
    }

    /// Lets everybody go who waits.
    pub(crate) fn stop(&self) {
        self.lock().stopped = true;
        self.turned.notify_all();
    }

    /// What all parts came to, and how long merging them took.
    pub(crate) fn into_whole(self) -> (Part, Duration) {
        let inner = self.inner.into_inner().unwrap_or_else(PoisonError::into_inner);
        (inner.whole, inner.busy)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Merges what is parked as far as nothing is missing.
    fn merge(&mut self) {
        let began = Instant::now();
        while let Some(mut part) = self.parked.remove(&self.next) {
            self.parked_size -= part.size();
            if self.next == 0 {
                // The whole was empty.
                std::mem::swap(&mut self.whole, &mut part);
            } else {
                self.whole.append(&mut part);
            }
            part.clear();
            self.empty.push(part);
            self.next += 1;
        }
        self.busy += began.elapsed();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Calendar;
    use crate::entry::Entry;

    #[test]
    fn parts_are_merged_in_their_order_whatever_order_they_come_in() {
        let rules = Rules {
            calendar: Calendar::new(2024, 1, 0).unwrap(),
            keep_query: false,
            exact_keys: 20,
        };
        let part = |number: usize| {
            let mut part = Part::new(rules);
            for request in 0..200 {
                let path = format!("/{}", (number * 31 + request * request) % 60);
                part.counts.add(&Entry {
                    time: 1_704_067_200,
                    target: path.as_bytes(),
                    ..Entry::default()
                });
            }
            part
        };
        let order = |numbers: &[usize]| {
            let turnstile = Turnstile::new(rules);
            std::thread::scope(|threads| {
                for number in numbers {
                    let turnstile = &turnstile;
                    threads.spawn(move || assert!(turnstile.pass(*number, part(*number))));
                }
            });
            let (whole, _) = turnstile.into_whole();
            let top: Vec<(Vec<u8>, u64)> = whole
                .counts
                .tables
                .get("paths")
                .unwrap()
                .keys()
                .map(|(key, count)| (key.to_vec(), count.requests))
                .collect();
            (whole.counts.total().requests, whole.counts.tables.get("paths").unwrap().error(), top)
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
        };
        let turnstile = Turnstile::new(rules);
        turnstile.stop();
        assert!(!turnstile.pass(5, Part::new(rules)));
    }
}
