//! The keys that some requests have in one table, to be counted together.

use arrayvec::ArrayVec;

use super::key::{self, Count};
use super::recent_keys::Glance;

/// Requests that are counted together. A table is far larger than a processor's caches, and each
/// step of a look-up waits for what memory answers to the step before. Looking up many keys at once
/// waits for all of them as long as for one.
pub(crate) const BATCH: usize = 64;

/// Keys of one table, in the order of the requests.
#[derive(Debug)]
pub(super) struct Batch<'a> {
    pub(super) keys: ArrayVec<PendingKey<'a>, BATCH>,
}

/// A key that is to be counted.
#[derive(Clone, Copy, Debug)]
pub(super) struct PendingKey<'a> {
    pub text: &'a [u8],
    pub hash: u64,
    pub count: Count,
    /// How to find the key next time, where it is of a kind that comes again and again.
    pub glance: Option<Glance>,
}

impl<'a> Batch<'a> {
    /// A batch without keys.
    #[inline]
    pub(super) fn new() -> Self {
        Batch { keys: ArrayVec::new_const() }
    }

    /// Adds the key of a request of `bytes`, and gives its hash. There must be room for it.
    #[inline]
    pub(super) fn push(&mut self, text: &'a [u8], bytes: u64) -> u64 {
        let hash = key::hash(text);
        self.push_counted(text, hash, Count { requests: 1, bytes });
        hash
    }

    /// Adds the key of a request that has this glance and hash. There must be room for it.
    pub(super) fn push_glanced(&mut self, text: &'a [u8], glance: Glance, hash: u64, bytes: u64) {
        let count = Count { requests: 1, bytes };
        self.keys.push(PendingKey { text, hash, count, glance: Some(glance) });
    }

    /// Adds a key with what was counted elsewhere. There must be room for it.
    #[inline]
    pub(super) fn push_counted(&mut self, text: &'a [u8], hash: u64, count: Count) {
        self.keys.push(PendingKey { text, hash, count, glance: None });
    }
}
