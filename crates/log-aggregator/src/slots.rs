//! A hash table of positions.

/// Where the item of a hash is in a vector that the caller keeps. Open addressing with linear probing, at most half full.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slots {
    /// The lowest byte of the hash above the position plus one; 0 where nothing is. The length is a power of two.
    slots: Vec<u32>,
}

/// Positions are less than this.
pub(crate) const MOST: usize = (1 << TAG_SHIFT) - 1;

const LEAST: usize = 64;

/// Where the byte of the hash stands in a slot.
const TAG_SHIFT: u32 = 24;

/// The byte of the hash that is kept. Others choose the slot.
#[inline]
fn tag(hash: u64) -> u32 {
    (hash as u32) << TAG_SHIFT
}

/// Where the search for a hash begins.
#[inline]
fn home(hash: u64, mask: usize) -> usize {
    (hash >> 32) as usize & mask
}

impl Slots {
    /// The position of `hash` for which `is_it` holds. It is asked of few other positions.
    #[inline]
    pub(crate) fn find(&self, hash: u64, mut is_it: impl FnMut(usize) -> bool) -> Option<usize> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut at = home(hash, mask);
        loop {
            let slot = self.slots[at];
            if slot == 0 {
                return None;
            }
            let position = slot ^ tag(hash);
            if position >> TAG_SHIFT == 0 {
                let position = position as usize - 1;
                if is_it(position) {
                    return Some(position);
                }
            }
            at = (at + 1) & mask;
        }
    }

    /// Reads where the search for a hash begins.
    #[inline]
    pub(crate) fn touch(&self, hash: u64) -> u32 {
        let mask = self.slots.len().wrapping_sub(1);
        self.slots.get(home(hash, mask)).copied().unwrap_or_default()
    }

    /// Notes that the next item has this hash; `hashes` are those of all before it, in their order.
    pub(crate) fn push(&mut self, hash: u64, hashes: impl ExactSizeIterator<Item = u64>) {
        let position = hashes.len();
        if (position + 1) * 2 > self.slots.len() {
            let larger = (self.slots.len() * 2).max(LEAST);
            self.slots.clear();
            self.slots.resize(larger, 0);
            hashes.enumerate().for_each(|(position, hash)| self.put(hash, position));
        }
        self.put(hash, position);
    }

    fn put(&mut self, hash: u64, position: usize) {
        let mask = self.slots.len() - 1;
        let mut at = home(hash, mask);
        while self.slots[at] != 0 {
            at = (at + 1) & mask;
        }
        self.slots[at] = tag(hash) | (position as u32 + 1);
    }

    /// Forgets everything, and keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.slots.fill(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_found_also_where_hashes_share_what_is_kept_of_them() {
        let hashes: Vec<u64> = (0..1000_u64).map(|number| (number / 3) << 33 | number << 6).collect();
        let mut slots = Slots::default();
        for (position, hash) in hashes.iter().enumerate() {
            assert_eq!(slots.find(*hash, |found| hashes[found] == *hash), None);
            slots.push(*hash, hashes[..position].iter().copied());
        }
        for (position, hash) in hashes.iter().enumerate() {
            assert_eq!(slots.find(*hash, |found| hashes[found] == *hash), Some(position));
        }
        slots.clear();
        assert_eq!(slots.find(hashes[0], |_| true), None);
    }
}
