//! Which values of unique fields a partition has seen.

/// The values seen, a set per unique constraint. It holds their 128-bit hashes and not the values: 24 to 48 bytes a
/// value, half as much again while a set grows.
#[derive(Default)]
pub(crate) struct Unique {
    seen: Vec<Seen>,
}

impl Unique {
    /// Sets for `constraints` constraints.
    pub(crate) fn new(constraints: usize) -> Self {
        let mut seen = Vec::new();
        seen.resize_with(constraints, Seen::default);
        Unique { seen }
    }

    /// Notes a value; `false` where it was there before.
    pub(crate) fn insert(&mut self, constraint: usize, hash: u128) -> bool {
        self.seen[constraint].insert(hash)
    }

    /// Fetches the memory that inserting these values will look at. It is a hint for many values at once: fetched one
    /// after the other, each would be waited for, and fetched together they are not.
    pub(crate) fn prefetch(&self, values: impl Iterator<Item = (usize, u128)>) {
        let touched = values.fold(0, |touched, (constraint, hash)| touched ^ self.seen[constraint].peek(hash));
        std::hint::black_box(touched);
    }
}

/// A set of hashes with open addressing and linear probing.
///
/// The standard library's set would look at its control bytes first and at the value then. With millions of values each
/// look is a cache miss, which makes it the largest single cost of a run; this one looks once.
#[derive(Default)]
struct Seen {
    /// A power of two of slots; nought is a free one.
    slots: Vec<u128>,
    taken: usize,
}

const FEWEST_SLOTS: usize = 1024;

impl Seen {
    fn insert(&mut self, hash: u128) -> bool {
        // At most two thirds are taken, so that probing stays short.
        if (self.taken + 1) * 3 > self.slots.len() * 2 {
            self.grow();
        }
        // Nought stands for a free slot; that 0 and 1 are one value is as unlikely as any collision of the hash.
        let is_new = place(&mut self.slots, hash.max(1));
        self.taken += usize::from(is_new);
        is_new
    }

    /// The value in the slot where `hash` would go first.
    fn peek(&self, hash: u128) -> u128 {
        let last = self.slots.len().wrapping_sub(1);
        self.slots.get(hash as usize & last).copied().unwrap_or_default()
    }

    fn grow(&mut self) {
        let mut larger = vec![0; (self.slots.len() * 2).max(FEWEST_SLOTS)];
        for hash in self.slots.iter().filter(|hash| **hash != 0) {
            place(&mut larger, *hash);
        }
        self.slots = larger;
    }
}

/// Puts `hash` where it belongs; `false` where it is there already. One slot at least must be free.
fn place(slots: &mut [u128], hash: u128) -> bool {
    let mask = slots.len() - 1;
    let mut at = hash as usize & mask;
    loop {
        match slots[at] {
            0 => {
                slots[at] = hash;
                return true;
            }
            taken if taken == hash => return false,
            _ => at = (at + 1) & mask,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_value_is_new_once_in_each_constraint() {
        let mut unique = Unique::new(2);
        assert!(unique.insert(0, 7));
        assert!(unique.insert(1, 7));
        assert!(unique.insert(0, 7 << 64));
        assert!(!unique.insert(0, 7));
        assert!(!unique.insert(1, 7));
    }

    proptest! {
        #[test]
        fn it_agrees_with_the_standard_set_on_values_that_crowd_a_few_slots(
            hashes in prop::collection::vec((0u128..40, 0u128..60), 0..4000),
        ) {
            let mut unique = Unique::new(1);
            let mut model = HashSet::new();
            for (high, low) in hashes {
                // Never nought; the low bits choose the slot.
                let hash = (high << 64) + low + 1;
                prop_assert_eq!(unique.insert(0, hash), model.insert(hash));
            }
        }
    }
}
