//! Counts by key: exact up to a stated number of distinct keys, by a sketch with a stated error beyond it.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use xxhash_rust::xxh3::Xxh3Default;

/// Bytes of a key that are kept: longer ones are cut here, and such keys count together.
pub const MAX_KEY_BYTES: usize = 512;

/// What is known of a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// How often it was seen, at least.
    pub requests: u64,
    /// Bytes that were sent for it, at least.
    pub bytes: u64,
}

/// Counts of one kind of key, such as paths.
///
/// Up to `limit` distinct keys all counts are exact. Beyond it this is the summary of Misra and Gries: when there are too many
/// keys, the median of the counts is taken off all of them, and those that come to nothing are dropped. What was taken off
/// in all bounds the error: a key is counted too low by at most [`Tally::error`], never too high, and every key that was seen
/// more often than that is there.
///
/// Sources: Misra and Gries, "Finding repeated elements", 1982; the purge by the median is from Anderson et al., "A High-Performance
/// Algorithm for Identifying Frequent Items in Data Streams", 2017, which also shows that summaries merge with their errors added.
#[derive(Clone, Debug)]
pub struct Tally {
    counts: HashMap<Box<[u8]>, Count, BuildHasherDefault<Xxh3Default>>,
    limit: usize,
    error: u64,
}

impl Tally {
    /// An empty tally that is exact up to `limit` distinct keys.
    pub fn new(limit: usize) -> Self {
        Tally { counts: HashMap::default(), limit: limit.max(1), error: 0 }
    }

    /// Counts a request of `bytes` for `key`.
    #[inline]
    pub fn add(&mut self, key: &[u8], bytes: u64) {
        self.add_count(key, Count { requests: 1, bytes });
    }

    fn add_count(&mut self, key: &[u8], more: Count) {
        let key = &key[..key.len().min(MAX_KEY_BYTES)];
        match self.counts.get_mut(key) {
            Some(count) => {
                count.requests += more.requests;
                count.bytes = count.bytes.saturating_add(more.bytes);
            }
            None => {
                self.counts.insert(key.into(), more);
                if self.counts.len() > self.limit {
                    self.purge();
                }
            }
        }
    }

    /// Takes the median count off all keys. At least half of them are gone then.
    fn purge(&mut self) {
        let mut requests: Vec<u64> = self.counts.values().map(|count| count.requests).collect();
        let middle = requests.len() / 2;
        let (_, median, _) = requests.select_nth_unstable(middle);
        let median = *median;
        self.counts.retain(|_, count| {
            count.requests = count.requests.saturating_sub(median);
            count.requests > 0
        });
        self.error += median;
    }

    /// Adds all counts of `other`.
    pub fn merge(&mut self, other: &Tally) {
        // In the order of the keys: what a purge leaves depends on when it comes.
        let mut keys: Vec<(&Box<[u8]>, &Count)> = other.counts.iter().collect();
        keys.sort_unstable_by_key(|(key, _)| *key);
        self.error += other.error;
        for (key, count) in keys {
            self.add_count(key, *count);
        }
    }

    /// By how much a count may be too low; 0 where all are exact.
    pub fn error(&self) -> u64 {
        self.error
    }

    /// How many keys are known.
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// The `number` most frequent keys, the most frequent first; equal ones in the order of their bytes.
    pub fn top(&self, number: usize) -> Vec<(&[u8], Count)> {
        let mut all: Vec<(&[u8], Count)> = self.counts.iter().map(|(key, count)| (&**key, *count)).collect();
        let order = |a: &(&[u8], Count), b: &(&[u8], Count)| (b.1.requests, a.0).cmp(&(a.1.requests, b.0));
        if number < all.len() && number > 0 {
            all.select_nth_unstable_by(number - 1, order);
        }
        all.truncate(number);
        all.sort_unstable_by(order);
        all
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn counts_are_exact_up_to_the_limit(keys in prop::collection::vec((0u8..40, 0u64..1000), 0..500)) {
            let mut tally = Tally::new(40);
            let mut model: BTreeMap<u8, Count> = BTreeMap::new();
            for (key, bytes) in keys {
                tally.add(&[key], bytes);
                let count = model.entry(key).or_default();
                (count.requests, count.bytes) = (count.requests + 1, count.bytes + bytes);
            }
            prop_assert_eq!(tally.error(), 0);
            let mut expected: Vec<(Vec<u8>, Count)> = model.into_iter().map(|(key, count)| (vec![key], count)).collect();
            expected.sort_by_key(|(key, count)| (std::cmp::Reverse(count.requests), key.clone()));
            let top: Vec<(Vec<u8>, Count)> = tally.top(40).into_iter().map(|(key, count)| (key.to_vec(), count)).collect();
            prop_assert_eq!(top, expected);
        }

        #[test]
        fn beyond_the_limit_no_count_is_too_high_or_too_low_by_more_than_the_error(
            parts in prop::collection::vec(prop::collection::vec(0u16..300, 0..600), 1..4),
        ) {
            let mut tally = Tally::new(20);
            let mut model: BTreeMap<u16, u64> = BTreeMap::new();
            let mut all = 0;
            for part in parts {
                let mut other = Tally::new(20);
                for key in part {
                    other.add(&key.to_be_bytes(), 1);
                    *model.entry(key).or_default() += 1;
                    all += 1;
                }
                tally.merge(&other);
            }
            let known: BTreeMap<&[u8], Count> = tally.top(usize::MAX).into_iter().collect();
            prop_assert!(known.len() <= 20);
            for (key, times) in model {
                let counted = known.get(key.to_be_bytes().as_slice()).map_or(0, |count| count.requests);
                prop_assert!(counted <= times && times <= counted + tally.error(), "{} of {}, error {}", counted, times, tally.error());
            }
            // Each purge takes its median off at least half of the keys.
            prop_assert!(tally.error() <= all / 10 , "{} of {}", tally.error(), all);
        }
    }
}
