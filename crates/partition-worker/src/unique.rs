//! Which values of unique fields a partition has seen.

/// The values seen, a set per unique constraint. It holds their 128-bit hashes and not the values: 22 to 46 bytes a
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

    /// Makes room for `values` values of each constraint: growing later costs as much as inserting does.
    pub(crate) fn expect(&mut self, values: usize) {
        for seen in &mut self.seen {
            seen.resize(values.saturating_mul(3).div_ceil(2));
        }
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
    /// Nought is a free slot.
    slots: Vec<u128>,
    taken: usize,
}

const FEWEST_SLOTS: usize = 1024;

impl Seen {
    fn insert(&mut self, hash: u128) -> bool {
        // At most seven tenths are taken, so that probing stays short.
        if (self.taken + 1) * 10 > self.slots.len() * 7 {
            self.resize(self.slots.len() * 2);
        }
        // Nought stands for a free slot; that 0 and 1 are one value is as unlikely as any collision of the hash.
        let is_new = place(&mut self.slots, hash.max(1));
        self.taken += usize::from(is_new);
        is_new
    }

    /// The value in the slot where `hash` would go first.
    fn peek(&self, hash: u128) -> u128 {
        self.slots.get(first_slot(hash, self.slots.len())).copied().unwrap_or_default()
    }

    /// Goes over to `slots` slots, if these are more.
    fn resize(&mut self, slots: usize) {
        let slots = slots.max(FEWEST_SLOTS);
        if slots <= self.slots.len() {
            return;
        }
        // Written here and now, where `vec![0; slots]` would leave each page to be faulted in twice: on the first look and
        // on the first write.
        let mut larger = Vec::new();
        larger.reserve_exact(slots);
        larger.resize(slots, 0);
        for hash in self.slots.iter().filter(|hash| **hash != 0) {
            place(&mut larger, *hash);
        }
        self.slots = larger;
    }
}

/// Where `hash` belongs among `slots` slots: its upper half as a fraction of their number.
///
/// Source: Lemire, "Fast Random Integer Generation in an Interval", 2019; it needs no power of two.
fn first_slot(hash: u128, slots: usize) -> usize {
    (((hash >> 64) * slots as u128) >> 64) as usize
}

/// Puts `hash` where it belongs; `false` where it is there already. One slot at least must be free.
fn place(slots: &mut [u128], hash: u128) -> bool {
    let mut at = first_slot(hash, slots.len());
    loop {
        match slots[at] {
            0 => {
                slots[at] = hash;
                return true;
            }
            taken if taken == hash => return false,
            _ => at = if at + 1 == slots.len() { 0 } else { at + 1 },
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
            hashes in prop::collection::vec((0u128..32, 0u128..60), 0..4000),
            expected in 0usize..5000,
        ) {
            let mut unique = Unique::new(1);
            unique.expect(expected);
            let mut model = HashSet::new();
            for (high, low) in hashes {
                // Never nought; the upper bits choose the slot.
                let hash = (high << 123) + low + 1;
                prop_assert_eq!(unique.insert(0, hash), model.insert(hash));
            }
        }
    }
}
