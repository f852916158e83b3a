//! Counts by key: exact up to a stated number of distinct keys, by a sketch with a stated error
//! beyond it.

use hashbrown::HashTable;

use super::batch::BATCH;
use super::key::{self, Count, Key, cut};
use super::recent_keys::{Glance, RecentKeys};

/// Counts of one kind of key, such as paths.
///
/// Up to `limit` distinct keys all counts are exact. Beyond it this is the summary of Misra and
/// Gries: when there are too many keys, the median of the counts is subtracted from all of them,
/// and keys without a count left are dropped. The sum of what was subtracted bounds the error: a
/// key is counted too low by at most [`Table::error`], never too high, and every key that occurred
/// more often than that is there.
///
/// Keys are kept in the order in which they came, and everything else follows from that order:
/// equal additions in an equal order give equal tables.
///
/// Sources: Misra and Gries, "Finding repeated elements", 1982; the purge by the median is from
/// Anderson et al., "A High-Performance Algorithm for Identifying Frequent Items in Data Streams",
/// 2017, which also shows that summaries merge with their errors added.
#[derive(Clone, Debug)]
pub struct Table {
    /// Where the key of a hash is in `keys`.
    positions: HashTable<u32>,
    keys: Vec<Key>,
    /// The texts that do not fit into their keys, one after the other.
    text: Vec<u8>,
    limit: usize,
    error: u64,
    recent: RecentKeys,
    /// Where the key is that the last [`Table::add_again`] counted.
    last: usize,
}

impl Table {
    /// An empty table that is exact up to `limit` distinct keys.
    pub fn new(limit: usize) -> Self {
        // One key more is there for a moment before some are dropped.
        let limit = limit.clamp(1, u32::MAX as usize - 1);
        Table {
            positions: HashTable::new(),
            keys: Vec::new(),
            text: Vec::new(),
            limit,
            error: 0,
            recent: RecentKeys::default(),
            last: 0,
        }
    }

    /// Counts a request of `bytes` for `key`, which is likely to be the same as in the last call.
    #[inline(always)]
    pub(super) fn add_again(&mut self, key: &[u8], bytes: u64) {
        match self.keys.get_mut(self.last) {
            Some(last) if last.text(&self.text) == key => {
                last.count.add(Count { requests: 1, bytes })
            }
            _ => self.add_another(key, bytes),
        }
    }

    #[inline(never)]
    fn add_another(&mut self, key: &[u8], bytes: u64) {
        let (key, more) = (cut(key), Count { requests: 1, bytes });
        let glance = Glance::of(key);
        match self.recall(glance, key) {
            Some(position) => {
                self.count(position, more);
                self.last = position;
            }
            None => {
                if let Some(position) = self.add_with_hash(key::hash(key), key, more) {
                    self.remember(glance, position);
                }
            }
        }
    }

    /// Counts a request of `bytes` for `key` if it was counted lately, and gives its hash. It does
    /// so only where the order within a batch does not matter.
    #[inline(always)]
    pub(super) fn add_known(&mut self, glance: Glance, key: &[u8], bytes: u64) -> Option<u64> {
        // The batch may fill the table, so that keys are dropped: then the order matters.
        if self.keys.len() + BATCH > self.limit {
            return None;
        }
        let position = self.recall(glance, key)?;
        self.count(position, Count { requests: 1, bytes });
        Some(self.keys[position].hash)
    }

    /// Where a key is, if it was counted lately.
    #[inline(always)]
    fn recall(&self, glance: Glance, key: &[u8]) -> Option<usize> {
        let position = self.recent.position(glance)?;
        let known = self.keys.get(position)?;
        (known.text(&self.text) == key).then_some(position)
    }

    /// Remembers where the key of a glance is.
    #[inline]
    pub(super) fn remember(&mut self, glance: Glance, position: usize) {
        self.recent.remember(glance, position);
    }

    /// Whether a key is there.
    #[inline]
    pub(super) fn has(&self, hash: u64, key: &[u8]) -> bool {
        self.find(hash, key).is_some()
    }

    /// Whether the whole table is likely to be in a processor's nearest caches.
    #[inline]
    pub(super) fn is_near(&self) -> bool {
        const FEW: usize = 4096;
        self.keys.len() <= FEW
    }

    /// Where the key of a hash is likely to be.
    #[inline]
    pub(super) fn likely(&self, hash: u64) -> Option<u32> {
        self.positions.find(hash, |_| true).copied()
    }

    /// Reads a key, so that it is in a cache when it is needed.
    #[inline]
    pub(super) fn touch_key(&self, position: u32) -> u32 {
        let key = &self.keys[position as usize];
        let text = key.start().map_or(0, |start| self.text[start]);
        u32::from(text) ^ key.count.requests as u32
    }

    /// Adds to the key at a position if it is this one.
    #[inline]
    pub(super) fn count_at(&mut self, position: u32, hash: u64, key: &[u8], more: Count) -> bool {
        let is_it = self.is_at(position, hash, key);
        if is_it {
            self.count(position as usize, more);
        }
        is_it
    }

    #[inline]
    fn is_at(&self, position: u32, hash: u64, key: &[u8]) -> bool {
        let known = &self.keys[position as usize];
        known.hash == hash && known.text(&self.text) == key
    }

    #[inline]
    fn find(&self, hash: u64, key: &[u8]) -> Option<usize> {
        let found = self.positions.find(hash, |position| self.is_at(*position, hash, key));
        found.map(|position| *position as usize)
    }

    #[inline]
    fn count(&mut self, position: usize, more: Count) {
        self.keys[position].count.add(more);
    }

    /// Adds a key that is not there.
    #[cold]
    fn insert(&mut self, hash: u64, key: &[u8], count: Count) {
        self.positions.insert_unique(hash, self.keys.len() as u32, |position| {
            self.keys[*position as usize].hash
        });
        // By a quarter: a vector that doubles may hold twice what it needs.
        grow(&mut self.keys, 1);
        self.keys.push(Key::new(hash, key.len(), count));
        // The text is written where the key is now, and nothing is read back: a read would wait
        // until the write has reached the table's memory.
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

    /// Subtracts the median count from all keys, which drops at least half of them.
    pub fn purge(&mut self) {
        let Some(median) = self.median() else { return };
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
            self.positions.insert_unique(key.hash, kept as u32, |position| {
                self.keys[*position as usize].hash
            });
            kept += 1;
        }
        self.keys.truncate(kept);
        self.text.truncate(end);
    }

    /// The median of the counts, the higher one of two.
    fn median(&self) -> Option<u64> {
        let all = || self.keys.iter().map(|key| key.count.requests);
        // It is nearly always small, so that counting the small counts is enough.
        let mut times = [0_usize; 64];
        all().for_each(|requests| times[(requests as usize).min(times.len() - 1)] += 1);
        let middle = self.keys.len() / 2;
        let mut below = 0;
        for (requests, times) in (0..).zip(&times[..times.len() - 1]) {
            below += times;
            if middle < below {
                return Some(requests);
            }
        }
        let mut all: Vec<u64> = all().collect();
        (!all.is_empty()).then(|| *all.select_nth_unstable(middle).1)
    }

    /// Adds all counts of `other`, in the order of its keys.
    pub fn merge(&mut self, other: &Table) {
        self.error += other.error;
        for (hash, text, count) in other.hashed_keys() {
            self.add_with_hash(hash, text, count);
        }
    }

    /// All keys in the order in which they came, with their hashes.
    pub(super) fn hashed_keys(&self) -> impl Iterator<Item = (u64, &[u8], Count)> {
        self.keys.iter().map(|key| (key.hash, key.text(&self.text), key.count))
    }

    /// Adds to the error, as [`Table::merge`] does.
    pub(crate) fn add_error(&mut self, error: u64) {
        self.error += error;
    }

    /// Adds a count of a key.
    pub(crate) fn add_counted(&mut self, key: &[u8], count: Count) {
        let key = cut(key);
        self.add_with_hash(key::hash(key), key, count);
    }

    /// Adds a count to a key whose hash is known and that is no longer than [`cut`] leaves it;
    /// gives its position, if it was there before.
    #[inline]
    pub(super) fn add_with_hash(&mut self, hash: u64, key: &[u8], more: Count) -> Option<usize> {
        let found = self.find(hash, key);
        match found {
            Some(position) => self.count(position, more),
            None => self.insert(hash, key, more),
        }
        found
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

    /// About how many bytes of memory the keys take. It depends on the keys alone.
    pub fn size(&self) -> usize {
        self.keys.len() * Key::COST + self.text.len()
    }

    /// Forgets all keys, and keeps the memory for others.
    pub fn clear(&mut self) {
        self.positions.clear();
        self.keys.clear();
        self.text.clear();
        self.error = 0;
    }

    /// All keys in the order in which they came.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = (&[u8], Count)> {
        self.keys.iter().map(|key| (key.text(&self.text), key.count))
    }

    /// The `number` most frequent keys, the most frequent first; equal ones in the order of their
    /// bytes.
    pub fn top(&self, number: usize) -> Vec<(&[u8], Count)> {
        let mut all: Vec<(&[u8], Count)> = self.keys().collect();
        let order =
            |a: &(&[u8], Count), b: &(&[u8], Count)| (b.1.requests, a.0).cmp(&(a.1.requests, b.0));
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

    use super::super::key::MAX_KEY_BYTES;
    use super::*;

    #[test]
    fn of_a_key_that_is_too_long_the_beginning_is_kept() {
        let mut table = Table::new(10);
        for end in ["", "x", "y"] {
            table.add_counted(
                ("a".repeat(MAX_KEY_BYTES) + end).as_bytes(),
                Count { requests: 1, bytes: 1 },
            );
        }
        let keys: Vec<(usize, u64)> =
            table.keys().map(|(key, count)| (key.len(), count.bytes)).collect();
        assert_eq!(keys, [(MAX_KEY_BYTES, 3)]);
    }

    proptest! {
        #[test]
        fn counts_are_exact_up_to_the_limit(
            keys in prop::collection::vec((0u8..40, 0u64..1000), 0..500),
        ) {
            let mut table = Table::new(40);
            let mut model: BTreeMap<u8, Count> = BTreeMap::new();
            for (key, bytes) in keys {
                table.add_counted(&[key], Count { requests: 1, bytes });
                let count = model.entry(key).or_default();
                (count.requests, count.bytes) = (count.requests + 1, count.bytes + bytes);
            }
            prop_assert_eq!(table.error(), 0);
            let mut expected: Vec<(Vec<u8>, Count)> = model
                .into_iter()
                .map(|(key, count)| (vec![key], count))
                .collect();
            expected.sort_by_key(|(key, count)| (std::cmp::Reverse(count.requests), key.clone()));
            let top: Vec<(Vec<u8>, Count)> = table
                .top(40)
                .into_iter()
                .map(|(key, count)| (key.to_vec(), count))
                .collect();
            prop_assert_eq!(top, expected);
        }

        #[test]
        fn beyond_the_limit_no_count_is_too_high_or_too_low_by_more_than_the_error(
            parts in prop::collection::vec(prop::collection::vec(0u16..300, 0..600), 1..4),
        ) {
            let mut table = Table::new(20);
            let mut model: BTreeMap<u16, u64> = BTreeMap::new();
            let mut all = 0;
            for part in parts {
                let mut other = Table::new(20);
                for key in part {
                    other.add_counted(&key.to_be_bytes(), Count { requests: 1, bytes: 1 });
                    *model.entry(key).or_default() += 1;
                    all += 1;
                }
                table.merge(&other);
            }
            let known: BTreeMap<&[u8], Count> = table.top(usize::MAX).into_iter().collect();
            prop_assert!(known.len() <= 20);
            for (key, times) in model {
                let count = known.get(key.to_be_bytes().as_slice());
                let counted = count.map_or(0, |count| count.requests);
                let most = counted + table.error();
                prop_assert!(counted <= times && times <= most, "{counted} of {times}, {most}");
            }
            // Each purge takes its median off at least half of the keys.
            prop_assert!(table.error() <= all / 10 , "{} of {}", table.error(), all);
        }
    }
}
