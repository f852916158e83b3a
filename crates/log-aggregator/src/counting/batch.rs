//! The keys that some requests have in one table, looked up together.

use std::hint::black_box;

use arrayvec::ArrayVec;

use super::key::{self, Count};
use super::recent_keys::Glance;
use super::table::Table;

/// Requests that are counted together. A table is far larger than a processor's caches, and what
/// its memory answers to one look-up is needed before the next step of it; looking up many keys at
/// once waits for all of them as long as for one.
pub(crate) const BATCH: usize = 64;

/// Keys of one table, in the order of the requests.
#[derive(Debug)]
pub(crate) struct Batch<'a> {
    keys: ArrayVec<PendingKey<'a>, BATCH>,
}

#[derive(Clone, Copy, Debug)]
struct PendingKey<'a> {
    text: &'a [u8],
    hash: u64,
    count: Count,
    /// By which it is to be found next time, where it is one that comes again.
    glance: Option<Glance>,
}

impl<'a> Batch<'a> {
    /// A batch without keys.
    #[inline]
    pub(crate) fn new() -> Self {
        Batch { keys: ArrayVec::new_const() }
    }

    /// Adds the key of a request of `bytes`; gives its hash. There must be room for it.
    #[inline]
    pub(crate) fn push(&mut self, text: &'a [u8], bytes: u64) -> u64 {
        let hash = key::hash(text);
        self.push_counted(text, hash, Count { requests: 1, bytes });
        hash
    }

    /// Adds the key of a request that has this glance and hash. There must be room for it.
    pub(crate) fn push_glanced(&mut self, text: &'a [u8], glance: Glance, hash: u64, bytes: u64) {
        self.keys.push(PendingKey {
            text,
            hash,
            count: Count { requests: 1, bytes },
            glance: Some(glance),
        });
    }

    /// Adds what was counted of a key elsewhere. There must be room for it.
    #[inline]
    pub(crate) fn push_counted(&mut self, text: &'a [u8], hash: u64, count: Count) {
        self.keys.push(PendingKey { text, hash, count, glance: None });
    }

    /// Finds out where all keys seem to be in `table`.
    #[inline]
    fn look_up(&self, table: &Table) -> [Option<u32>; BATCH] {
        let mut places = [None; BATCH];
        // No step of this loop waits for another one.
        let mut touched = 0;
        for (found, key) in places.iter_mut().zip(&self.keys) {
            *found = table.likely(key.hash);
            touched ^= found.map_or(0, |found| table.touch_key(found));
        }
        black_box(touched);
        places
    }

    /// Counts all requests in `table`, in their order: the same as adding them one by one.
    pub(crate) fn count(&self, table: &mut Table) {
        if self.keys.is_empty() {
            return;
        }
        if table.is_near() {
            return self.keys.iter().for_each(|key| key.count(table));
        }
        let (places, error) = (self.look_up(table), table.error());
        for (key, found) in self.keys.iter().zip(&places) {
            // A purge moves keys, and adds to the error.
            let is_counted = match found {
                Some(found) if error == table.error() => {
                    table.count_at(*found, key.hash, key.text, key.count)
                }
                _ => false,
            };
            if !is_counted {
                key.count(table);
            }
        }
    }
}

impl PendingKey<'_> {
    #[inline]
    fn count(&self, table: &mut Table) {
        let found = table.add_with_hash(self.hash, self.text, self.count);
        if let (Some(found), Some(glance)) = (found, self.glance) {
            table.remember(glance, found);
        }
    }
}
