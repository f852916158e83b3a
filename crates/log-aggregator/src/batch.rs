//! The keys that some requests have in one table, looked up together.

use std::hint::black_box;

use arrayvec::ArrayVec;

use crate::key::{self, Count, cut};
use crate::tally::Tally;

/// Requests that are counted together. A table is far larger than a processor's caches, and what its memory answers to one look-up
/// is needed before the next step of it; looking up many keys at once waits for all of them as long as for one.
pub(crate) const BATCH: usize = 64;

/// Keys of one table, in the order of the requests.
#[derive(Debug)]
pub(crate) struct Batch<'a> {
    keys: ArrayVec<Key<'a>, BATCH>,
}

#[derive(Clone, Copy, Debug)]
struct Key<'a> {
    text: &'a [u8],
    hash: u64,
    count: Count,
}

/// Where the keys of a batch seem to be in a tally, until the tally drops keys.
#[derive(Debug)]
pub(crate) struct Places {
    found: [Option<u32>; BATCH],
    error: u64,
}

impl<'a> Batch<'a> {
    /// A batch without keys.
    #[inline]
    pub(crate) fn new() -> Self {
        Batch { keys: ArrayVec::new_const() }
    }

    /// Adds the key of a request of `bytes`. There must be room for it.
    #[inline]
    pub(crate) fn push(&mut self, key: &'a [u8], bytes: u64) {
        let text = cut(key);
        self.push_counted(text, key::hash(text), Count { requests: 1, bytes });
    }

    /// Adds what was counted of a key elsewhere. There must be room for it.
    #[inline]
    pub(crate) fn push_counted(&mut self, text: &'a [u8], hash: u64, count: Count) {
        self.keys.push(Key { text, hash, count });
    }

    /// The text of a request's key, and its hash.
    #[inline]
    pub(crate) fn key(&self, number: usize) -> (&'a [u8], u64) {
        let key = &self.keys[number];
        (key.text, key.hash)
    }

    /// Finds out where all keys seem to be in `tally`; nowhere, if it is so small that nothing is won by it.
    #[inline]
    pub(crate) fn look_up(&self, tally: &Tally) -> Places {
        let mut places = Places { found: [None; BATCH], error: tally.error() };
        if tally.is_near() {
            return places;
        }
        // No step of this loop waits for another one.
        let mut touched = 0;
        for (found, key) in places.found.iter_mut().zip(&self.keys) {
            *found = tally.likely(key.hash);
            touched ^= found.map_or(0, |found| tally.touch_key(found));
        }
        black_box(touched);
        places
    }

    /// Counts a request whose key is where it seemed to be; `false` where it is not, and nothing was counted.
    #[inline]
    pub(crate) fn count_known(&self, number: usize, places: &Places, tally: &mut Tally) -> bool {
        let key = &self.keys[number];
        match places.found[number] {
            // A purge moves keys, and adds to the error.
            Some(found) if places.error == tally.error() => tally.count_at(found, key.hash, key.text, key.count),
            _ => false,
        }
    }

    /// Counts all requests in `tally`, in their order: the same as adding them one by one.
    pub(crate) fn count(&self, tally: &mut Tally) {
        if self.keys.is_empty() {
            return;
        }
        let places = self.look_up(tally);
        for (number, key) in self.keys.iter().enumerate() {
            if !self.count_known(number, &places, tally) {
                tally.add_with_hash(key.hash, key.text, key.count);
            }
        }
    }
}
