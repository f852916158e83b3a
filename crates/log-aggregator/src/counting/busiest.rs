//! Something larger than a count by key, such as a sketch, of the busiest keys; that of all others
//! together.

use hashbrown::HashTable;

use super::key::{self, cut};
use super::part::Part;

/// The parts of the busiest keys, and the part of all other requests.
///
/// Which keys are the busiest is found as in a [`Table`](super::Table): each has a weight, its
/// number of requests at first. When there are too many keys, or they take too much memory, the
/// median of the weights is subtracted from all of them, and keys without a weight left go into the
/// rest. A key may so have lost at most `Busiest::error` requests to the rest, and no request is
/// lost.
///
/// Keys are kept in the order in which they came, and everything else follows from that order.
#[derive(Clone, Debug)]
pub struct Busiest<P> {
    positions: HashTable<u32>,
    keys: Vec<BusyKey<P>>,
    rest: P,
    limits: Limits,
    /// Bytes that the keys and their parts take.
    size: usize,
    error: u64,
}

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Keys.
    pub(crate) keys: usize,
    /// Bytes of memory.
    pub(crate) bytes: usize,
}

#[derive(Clone, Debug)]
struct BusyKey<P> {
    hash: u64,
    text: Box<[u8]>,
    weight: u64,
    part: P,
}

impl<P: Part> Busiest<P> {
    /// Nothing yet.
    pub(crate) fn new(limits: Limits) -> Self {
        Busiest {
            positions: HashTable::new(),
            keys: Vec::new(),
            rest: P::default(),
            limits,
            size: 0,
            error: 0,
        }
    }

    /// Counts a request for a key by adding it to its part; the hash of the key is that of this
    /// process.
    #[inline]
    pub(super) fn add(&mut self, text: &[u8], add: impl FnOnce(u64, &mut P)) {
        let text = cut(text);
        let hash = key::hash(text);
        let position = self.position(hash, text).unwrap_or_else(|| self.insert(hash, text));
        let key = &mut self.keys[position];
        key.weight += 1;
        let before = key.part.size();
        add(hash, &mut key.part);
        self.size += key.part.size() - before;
        if self.is_too_large() {
            self.purge();
        }
    }

    #[inline]
    fn position(&self, hash: u64, text: &[u8]) -> Option<usize> {
        let is_it = |position: &u32| {
            let key = &self.keys[*position as usize];
            key.hash == hash && *key.text == *text
        };
        self.positions.find(hash, is_it).map(|position| *position as usize)
    }

    #[cold]
    fn insert(&mut self, hash: u64, text: &[u8]) -> usize {
        let position = self.keys.len();
        self.positions.insert_unique(hash, position as u32, |at| self.keys[*at as usize].hash);
        self.keys.push(BusyKey { hash, text: text.into(), weight: 0, part: P::default() });
        self.size += size_of::<BusyKey<P>>() + text.len();
        position
    }

    #[inline]
    fn is_too_large(&self) -> bool {
        self.keys.len() > self.limits.keys || self.size > self.limits.bytes
    }

    /// Moves the less busy half of the keys into the rest.
    #[cold]
    fn purge(&mut self) {
        while self.is_too_large() {
            let mut weights: Vec<u64> = self.keys.iter().map(|key| key.weight).collect();
            let middle = weights.len() / 2;
            let median = *weights.select_nth_unstable(middle).1;
            self.error += median;
            let mut removed = Vec::new();
            for mut key in std::mem::take(&mut self.keys) {
                if key.weight > median {
                    key.weight -= median;
                    self.keys.push(key);
                } else {
                    removed.push(key.part);
                }
            }
            self.rest.merge_all(removed.iter());
            self.index();
        }
    }

    /// Finds out anew where the keys are, and how large they are.
    fn index(&mut self) {
        self.positions.clear();
        self.size = 0;
        for (position, key) in self.keys.iter().enumerate() {
            let hash = |at: &u32| self.keys[*at as usize].hash;
            self.positions.insert_unique(key.hash, position as u32, hash);
            self.size += size_of::<BusyKey<P>>() + key.text.len() + key.part.size();
        }
    }

    /// Adds another part of the log, in the order of its keys.
    pub(crate) fn merge(&mut self, other: &Busiest<P>) {
        self.error += other.error;
        self.rest.merge(&other.rest);
        for key in &other.keys {
            self.add_stored(&key.text, key.weight, &key.part);
        }
    }

    /// Adds a key with what was counted elsewhere.
    pub(crate) fn add_stored(&mut self, text: &[u8], weight: u64, part: &P) {
        let text = cut(text);
        let hash = key::hash(text);
        let position = self.position(hash, text).unwrap_or_else(|| self.insert(hash, text));
        let key = &mut self.keys[position];
        key.weight += weight;
        let before = key.part.size();
        key.part.merge(part);
        self.size += key.part.size() - before;
        if self.is_too_large() {
            self.purge();
        }
    }

    /// Adds what is stored of all other keys, with the error.
    pub(crate) fn add_rest(&mut self, rest: &P, error: u64) {
        self.rest.merge(rest);
        self.error += error;
    }

    /// Keys with their weights and parts, in the order in which they came.
    pub(crate) fn stored(&self) -> impl ExactSizeIterator<Item = (&[u8], u64, &P)> {
        self.keys.iter().map(|key| (&*key.text, key.weight, &key.part))
    }

    /// The part of all keys that are not known.
    pub(crate) fn rest(&self) -> &P {
        &self.rest
    }

    /// The `number` keys with the most requests, the most first, equal ones in the order of their
    /// bytes; and what all other requests come to.
    pub(crate) fn top(&self, number: usize) -> (Vec<(&[u8], &P)>, P) {
        let mut all: Vec<(&[u8], &P)> =
            self.keys.iter().map(|key| (&*key.text, &key.part)).collect();
        all.sort_unstable_by(|one, other| {
            (other.1.requests(), one.0).cmp(&(one.1.requests(), other.0))
        });
        let mut rest = self.rest.clone();
        rest.merge_all(all.iter().skip(number).map(|(_, part)| *part));
        all.truncate(number);
        (all, rest)
    }

    /// How many requests of a key may be among the rest; 0 where none is.
    pub(crate) fn error(&self) -> u64 {
        self.error
    }

    /// Whether there is nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.rest.requests() == 0
    }

    /// About how many bytes of memory it takes.
    pub(super) fn size(&self) -> usize {
        self.size + self.rest.size()
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.positions.clear();
        self.keys.clear();
        (self.rest, self.size, self.error) = (P::default(), 0, 0);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::super::time_sketch::TimeSketch;
    use super::*;

    fn of(limits: Limits, keys: &[u16]) -> Busiest<TimeSketch> {
        let mut busiest = Busiest::new(limits);
        keys.iter().for_each(|key| {
            busiest.add(&key.to_be_bytes(), |_, part: &mut TimeSketch| part.add(u64::from(*key)));
        });
        busiest
    }

    proptest! {
        #[test]
        fn no_request_is_lost_and_no_key_has_lost_more_than_the_error(
            parts in prop::collection::vec(prop::collection::vec(0u16..90, 0..400), 1..4),
            limits in prop::sample::select(vec![
                Limits { keys: 20, bytes: usize::MAX },
                Limits { keys: usize::MAX, bytes: 9000 },
            ]),
        ) {
            let mut whole = of(limits, &[]);
            parts.iter().for_each(|part| whole.merge(&of(limits, part)));
            let mut model: BTreeMap<u16, u64> = BTreeMap::new();
            parts.concat().iter().for_each(|key| *model.entry(*key).or_default() += 1);
            let (top, rest) = whole.top(5);
            let shown: u64 = top.iter().map(|(_, part)| part.len()).sum();
            prop_assert_eq!(shown + rest.len(), model.values().sum::<u64>());
            prop_assert!(top.is_sorted_by_key(|(_, part)| std::cmp::Reverse(part.len())));
            let known: BTreeMap<&[u8], u64> =
                whole.stored().map(|(key, _, part)| (key, part.len())).collect();
            prop_assert!(known.len() <= limits.keys && whole.size <= limits.bytes);
            for (key, times) in model {
                let found = known.get(key.to_be_bytes().as_slice()).copied().unwrap_or(0);
                let most = found + whole.error();
                prop_assert!(found <= times && times <= most, "{}: {}", key, found);
            }
        }
    }
}
