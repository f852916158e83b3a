//! One key of a table: what is kept of its text, and its hash.
//!
//! A table has up to a million keys, so a key is small: a short text stands in the key itself, and
//! only longer ones in the table's memory for texts.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::LazyLock;

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Bytes of a key that are kept. Longer keys are cut here; those that begin alike count as one.
pub const MAX_KEY_BYTES: usize = 512;

/// Bytes of the longest text that stands in its key: addresses and short paths do.
const INLINE: usize = 22;

/// What was counted for a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// How often it was seen, at least.
    pub requests: u64,
    /// Bytes that were sent for it, at least.
    pub bytes: u64,
}

impl Count {
    /// Adds another count.
    #[inline]
    pub(crate) fn add(&mut self, more: Count) {
        self.requests += more.requests;
        self.bytes = self.bytes.saturating_add(more.bytes);
    }
}

/// A key of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    pub(crate) hash: u64,
    pub(crate) count: Count,
    /// The text, or where it begins in the table's memory for texts; the last two bytes are its
    /// length. They are words because these are stored one by one: an array of bytes is put
    /// together on the stack and copied, and the copy waits for the table's memory.
    words: [u64; 3],
}

impl Key {
    /// About how many bytes of memory a key takes besides a long text.
    pub(crate) const COST: usize = 64;

    /// A key whose text of `length` bytes comes later.
    #[inline]
    pub(crate) fn new(hash: u64, length: usize, count: Count) -> Key {
        Key { hash, count, words: [0, 0, ((length as u64) << 48).to_le()] }
    }

    /// Takes the text in, which has the key's length; `false` where it is too long to stand in the
    /// key.
    #[inline]
    pub(crate) fn keep(&mut self, text: &[u8]) -> bool {
        let inline = self.bytes_mut()[..INLINE].get_mut(..text.len());
        inline.map(|inline| inline.copy_from_slice(text)).is_some()
    }

    /// Length of the text in bytes.
    #[inline]
    pub(crate) fn length(&self) -> usize {
        (u64::from_le(self.words[2]) >> 48) as usize
    }

    #[inline]
    fn bytes(&self) -> &[u8; INLINE + 2] {
        bytemuck::cast_ref(&self.words)
    }

    #[inline]
    fn bytes_mut(&mut self) -> &mut [u8; INLINE + 2] {
        bytemuck::cast_mut(&mut self.words)
    }

    /// Where a text begins that does not stand in the key.
    #[inline]
    pub(crate) fn start(&self) -> Option<usize> {
        let [a, b, c, d, ..] = *self.bytes();
        (self.length() > INLINE).then_some(u32::from_le_bytes([a, b, c, d]) as usize)
    }

    /// The text; `long` is the memory for texts that do not stand in their keys.
    #[inline]
    pub(crate) fn text<'a>(&'a self, long: &'a [u8]) -> &'a [u8] {
        let text = match self.start() {
            Some(start) => &long[start..],
            None => self.bytes(),
        };
        &text[..self.length()]
    }

    /// Sets where the text begins.
    pub(crate) fn set_start(&mut self, start: usize) {
        self.bytes_mut()[..4].copy_from_slice(&(start as u32).to_le_bytes());
    }
}

/// The part of a text that is kept as a key.
#[inline]
pub(crate) fn cut(key: &[u8]) -> &[u8] {
    &key[..key.len().min(MAX_KEY_BYTES)]
}

/// The hash of a key. Its seed is random in each process, so that nobody can write a log whose keys
/// all have one hash: looking up one of n such keys would take n steps. Nothing that is published
/// depends on it.
#[inline]
pub(crate) fn hash(key: &[u8]) -> u64 {
    static SEED: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(0));
    xxh3_64_with_seed(key, *SEED)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use xxhash_rust::xxh3::xxh3_64;

    use super::*;

    #[test]
    fn keys_that_were_made_to_have_one_hash_have_hashes_of_their_own() {
        // XXH3 multiplies the two halves of sixteen bytes after XOR with a known text: where one
        // half is that text, the other does not count.
        const KNOWN: &[u8] = b"\x7c\x01\x81\x2c\xf7\x21\xad\x1c";
        let made =
            |number: u32| [format!("/{number:07}").as_bytes(), KNOWN, b"the last sixteen"].concat();
        let distinct = |hash: fn(&[u8]) -> u64| {
            (0..1000).map(|number| hash(&made(number))).collect::<HashSet<_>>().len()
        };
        assert_eq!((distinct(xxh3_64), distinct(hash)), (1, 1000));
    }
}
