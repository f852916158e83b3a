//! Counts by key: exact up to a stated number of distinct keys, by a sketch with a stated error beyond it.

use hashbrown::HashTable;

use crate::batch::{BATCH, Batch};
use crate::key::{self, Key, cut, equal, short};
pub use crate::key::{Count, MAX_KEY_BYTES};

/// Counts of one kind of key, such as paths.
///
/// Up to `limit` distinct keys all counts are exact. Beyond it this is the summary of Misra and Gries: when there are too many
/// keys, the median of the counts is taken off all of them, and those that come to nothing are dropped. What was taken off
/// in all bounds the error: a key is counted too low by at most [`Tally::error`], never too high, and every key that was seen
/// more often than that is there.
///
/// Keys are kept in the order in which they came, and everything else follows from that order: equal additions in an equal
/// order give equal tallies.
///
/// Sources: Misra and Gries, "Finding repeated elements", 1982; the purge by the median is from Anderson et al., "A High-Performance
/// Algorithm for Identifying Frequent Items in Data Streams", 2017, which also shows that summaries merge with their errors added.
#[derive(Clone, Debug)]
pub struct Tally {
    /// Where the key of a hash is in `keys`.
    positions: HashTable<u32>,
    keys: Vec<Key>,
    /// The texts that do not fit into their keys, one after the other.
    text: Vec<u8>,
    limit: usize,
    error: u64,
    /// Where short keys that were counted lately are. Requests have few methods and protocols.
    recent: [Recent; RECENT],
    next_recent: usize,
}

const RECENT: usize = 4;

/// A short key and its position.
#[derive(Clone, Copy, Debug, Default)]
struct Recent {
    /// As [`short`] has it; nothing is 0.
    key: (u64, usize),
    position: usize,
}

impl Tally {
    /// An empty tally that is exact up to `limit` distinct keys.
    pub fn new(limit: usize) -> Self {
        // One more is there for a moment before some are dropped.
        let limit = limit.clamp(1, u32::MAX as usize - 1);
        Tally {
            positions: HashTable::new(),
            keys: Vec::new(),
            text: Vec::new(),
            limit,
            error: 0,
            recent: Default::default(),
            next_recent: 0,
        }
    }

    /// Counts a request of `bytes` for `key`; gives the key's hash.
    #[inline]
    pub fn add(&mut self, key: &[u8], bytes: u64) -> u64 {
        let key = cut(key);
        let hash = key::hash(key);
        self.add_with_hash(hash, key, Count { requests: 1, bytes });
        hash
    }

    /// The same for a key that is likely to be short and to be one of few.
    #[inline]
    pub fn add_one_of_few(&mut self, key: &[u8], bytes: u64) {
        let more = Count { requests: 1, bytes };
        let Some(packed) = short(key) else {
            self.add(key, bytes);
            return;
        };
        match self.recent.iter().find(|recent| recent.key == packed) {
            Some(recent) => self.count(recent.position, more),
            None => self.add_recent(key, packed, more),
        }
    }

    #[cold]
    fn add_recent(&mut self, key: &[u8], packed: (u64, usize), more: Count) {
        let hash = key::hash(key);
        self.add_with_hash(hash, key, more);
        // An insertion may have been the one that makes room, and then the key is perhaps gone.
        if let Some(position) = self.find(hash, key) {
            self.recent[self.next_recent] = Recent { key: packed, position };
            self.next_recent = (self.next_recent + 1) % RECENT;
        }
    }

    /// Counts a request of `bytes` for `key` if the key is known.
    #[inline]
    pub(crate) fn add_known(&mut self, hash: u64, key: &[u8], bytes: u64) -> bool {
        let found = self.find(hash, key);
        if let Some(position) = found {
            self.count(position, Count { requests: 1, bytes });
        }
        found.is_some()
    }

    /// Whether all of it is likely to be in a processor's nearest caches.
    #[inline]
    pub(crate) fn is_near(&self) -> bool {
        const FEW: usize = 4096;
        self.keys.len() <= FEW
    }

    /// Where the key of a hash is likely to be.
    #[inline]
    pub(crate) fn likely(&self, hash: u64) -> Option<u32> {
        self.positions.find(hash, |_| true).copied()
    }

    /// Reads a key, so that it is near when it is needed.
    #[inline]
    pub(crate) fn touch_key(&self, position: u32) -> u32 {
        let key = &self.keys[position as usize];
        let text = key.start().map_or(0, |start| self.text[start]);
        u32::from(text) ^ key.count.requests as u32
    }

    /// Adds to the key at a position if it is this one.
    #[inline]
    pub(crate) fn count_at(&mut self, position: u32, hash: u64, key: &[u8], more: Count) -> bool {
        let is_it = self.is_at(position, hash, key);
        if is_it {
            self.count(position as usize, more);
        }
        is_it
    }

    #[inline]
    fn is_at(&self, position: u32, hash: u64, key: &[u8]) -> bool {
        let known = &self.keys[position as usize];
        known.hash == hash && equal(known.text(&self.text), key)
    }

    #[inline]
    fn find(&self, hash: u64, key: &[u8]) -> Option<usize> {
        let found = self.positions.find(hash, |position| self.is_at(*position, hash, key));
        found.map(|position| *position as usize)
    }

    #[inline]
    fn count(&mut self, position: usize, more: Count) {
        let count = &mut self.keys[position].count;
        count.requests += more.requests;
        count.bytes = count.bytes.saturating_add(more.bytes);
    }

    /// Adds a key that is not there.
    #[cold]
    fn insert(&mut self, hash: u64, key: &[u8], count: Count) {
        self.positions.insert_unique(hash, self.keys.len() as u32, |position| self.keys[*position as usize].hash);
        // By a quarter and not by half: a vector that doubles holds twice what it needs.
        grow(&mut self.keys, 1);
        self.keys.push(Key::new(hash, key.len(), count));
        // In its place, where nothing is read back: what waits for the whole of what was just written waits for the table's memory, too.
        if let Some(new) = self.keys.last_mut()
            && !new.keep(key)
        {
            new.set_start(self.text.len());
            grow(&mut self.text, key.len());
            self.text.extend_from_slice(key);
        }
        if self.keys.len() > self.limit {
            self.purge();
        }
    }

    /// Takes the median count off all keys. At least half of them are gone then.
    pub fn purge(&mut self) {
        let mut requests: Vec<u64> = self.keys.iter().map(|key| key.count.requests).collect();
        if requests.is_empty() {
            return;
        }
        let middle = requests.len() / 2;
        let (_, median, _) = requests.select_nth_unstable(middle);
        let median = *median;
        self.error += median;
        self.positions.clear();
        let (mut kept, mut end) = (0, 0);
        for position in 0..self.keys.len() {
            let mut key = self.keys[position];
            if key.count.requests <= median {
                continue;
            }
            key.count.requests -= median;
            if let Some(start) = key.start() {
                let length = key.length();
                self.text.copy_within(start..start + length, end);
                key.set_start(end);
                end += length;
            }
            self.keys[kept] = key;
            self.positions.insert_unique(key.hash, kept as u32, |position| self.keys[*position as usize].hash);
            kept += 1;
        }
        self.keys.truncate(kept);
        self.text.truncate(end);
        self.recent = Default::default();
    }

    /// Adds all counts of `other`, in the order of its keys.
    pub fn merge(&mut self, other: &Tally) {
        self.error += other.error;
        other.batches().for_each(|batch| batch.count(self));
    }

    /// All keys in their order, as batches that are full but for the last one.
    pub(crate) fn batches(&self) -> impl Iterator<Item = Batch<'_>> {
        self.keys.chunks(BATCH).map(|keys| {
            let mut batch = Batch::new();
            keys.iter().for_each(|key| batch.push_counted(key.text(&self.text), key.hash, key.count));
            batch
        })
    }

    /// Adds to the error, as [`Tally::merge`] does.
    pub(crate) fn add_error(&mut self, error: u64) {
        self.error += error;
    }

    /// Adds a count of a key.
    pub(crate) fn add_counted(&mut self, key: &[u8], count: Count) {
        let key = cut(key);
        self.add_with_hash(key::hash(key), key, count);
    }

    /// Adds a count of a key of which the hash is known, and that is no longer than what is kept of a key.
    #[inline]
    pub(crate) fn add_with_hash(&mut self, hash: u64, key: &[u8], more: Count) {
        match self.find(hash, key) {
            Some(position) => self.count(position, more),
            None => self.insert(hash, key, more),
        }
    }

    /// By how much a count may be too low; 0 where all are exact.
    pub fn error(&self) -> u64 {
        self.error
    }

    /// How many keys are known.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Bytes of memory that the keys take, about. It follows from the keys alone.
    pub fn size(&self) -> usize {
        self.keys.len() * Key::COST + self.text.len()
    }

    /// Forgets all keys, and keeps the memory for others.
    pub fn clear(&mut self) {
        self.positions.clear();
        self.keys.clear();
        self.text.clear();
        (self.error, self.recent) = (0, Default::default());
    }

    /// All keys in the order in which they came.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = (&[u8], Count)> {
        self.keys.iter().map(|key| (key.text(&self.text), key.count))
    }

    /// The `number` most frequent keys, the most frequent first; equal ones in the order of their bytes.
    pub fn top(&self, number: usize) -> Vec<(&[u8], Count)> {
        let mut all: Vec<(&[u8], Count)> = self.keys().collect();
        let order = |a: &(&[u8], Count), b: &(&[u8], Count)| (b.1.requests, a.0).cmp(&(a.1.requests, b.0));
        if number < all.len() && number > 0 {
            all.select_nth_unstable_by(number - 1, order);
        }
        all.truncate(number);
        all.sort_unstable_by(order);
        all
    }
}

fn grow<T>(vector: &mut Vec<T>, more: usize) {
    if vector.capacity() - vector.len() < more {
        vector.reserve_exact(more.max(vector.len() / 4).max(256));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn of_a_key_that_is_too_long_the_beginning_is_kept() {
        let mut tally = Tally::new(10);
        for end in ["", "x", "y"] {
            tally.add(("a".repeat(MAX_KEY_BYTES) + end).as_bytes(), 1);
        }
        let keys: Vec<(usize, u64)> = tally.keys().map(|(key, count)| (key.len(), count.bytes)).collect();
        assert_eq!(keys, [(MAX_KEY_BYTES, 3)]);
    }

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
