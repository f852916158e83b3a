//! A hash table of positions.

/// Where the item of a hash is in a vector that the caller keeps. Open addressing with linear probing, at most half full.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slots {
    /// The upper half of the hash above the position plus one; 0 where nothing is. The length is a power of two.
    slots: Vec<u64>,
    used: usize,
}

const LEAST: usize = 64;

/// The bits of a hash that choose its slot and that are kept there.
const TAG: u64 = 0xffff_ffff_0000_0000;

/// Where the search for a tag begins.
#[inline]
fn home(tag: u64, mask: usize) -> usize {
    (tag >> 32) as usize & mask
}

impl Slots {
    /// The position of `hash` for which `is_it` holds.
    #[inline]
    pub(crate) fn find(&self, hash: u64, mut is_it: impl FnMut(usize) -> bool) -> Option<usize> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut at = home(hash, mask);
        loop {
            let slot = self.slots[at];
            if slot == 0 {
                return None;
            }
            if (slot ^ hash) & TAG == 0 {
                let position = (slot as u32 - 1) as usize;
                if is_it(position) {
                    return Some(position);
                }
            }
            at = (at + 1) & mask;
        }
    }

    /// Reads where the search for a hash begins.
    #[inline]
    pub(crate) fn touch(&self, hash: u64) -> u64 {
        let mask = self.slots.len().wrapping_sub(1);
        self.slots.get(home(hash, mask)).copied().unwrap_or_default()
    }

    /// Notes the position of a hash.
    pub(crate) fn insert(&mut self, hash: u64, position: usize) {
        if (self.used + 1) * 2 > self.slots.len() {
            self.grow();
        }
        self.used += 1;
        self.put(hash & TAG | (position as u64 + 1));
    }

    fn grow(&mut self) {
        let larger = vec![0; (self.slots.len() * 2).max(LEAST)];
        for slot in std::mem::replace(&mut self.slots, larger) {
            if slot != 0 {
                self.put(slot);
            }
        }
    }

    fn put(&mut self, slot: u64) {
        let mask = self.slots.len() - 1;
        let mut at = home(slot, mask);
        while self.slots[at] != 0 {
            at = (at + 1) & mask;
        }
        self.slots[at] = slot;
    }

    /// Forgets everything, and keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.slots.fill(0);
        self.used = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_found_also_where_hashes_share_their_upper_half() {
        let hashes: Vec<u64> = (0..1000_u64).map(|number| (number / 3) << 33 | number).collect();
        let mut slots = Slots::default();
        for (position, hash) in hashes.iter().enumerate() {
            assert_eq!(slots.find(*hash, |found| hashes[found] == *hash), None);
            slots.insert(*hash, position);
        }
        for (position, hash) in hashes.iter().enumerate() {
            assert_eq!(slots.find(*hash, |found| hashes[found] == *hash), Some(position));
        }
        slots.clear();
        assert_eq!(slots.find(hashes[0], |_| true), None);
    }
}
