//! A set of numbers that come in no order.

use std::hash::{BuildHasher as _, RandomState};

const FEWEST_SLOTS: usize = 1024;

/// A set of numbers with open addressing and linear probing. With each number goes that of its row.
/// It takes 29 to 57 bytes a number, and half as much again while it grows.
///
/// With millions of numbers every look into memory is a cache miss, and those are the largest
/// single cost of a run. hashbrown looks at its control bytes and then at the entry; this table
/// looks once. Measured: a million rows with a unique key in no order, on one processor, the whole
/// run of `validate`: 373 ms, and 434 ms with `hashbrown::HashTable` in its place.
pub(crate) struct HashTable {
    mix: Mix,
    /// Mixed numbers; zero is a free slot.
    slots: Vec<u128>,
    /// The rows of the numbers in the slots.
    rows: Vec<u32>,
    taken: usize,
}

impl HashTable {
    /// An empty table with room for `numbers` numbers. Growing later would cost as much as all the
    /// insertions before.
    pub(crate) fn with_room(numbers: usize) -> Self {
        let slots = numbers.saturating_mul(3).div_ceil(2).max(FEWEST_SLOTS);
        HashTable { mix: Mix::random(), slots: free(slots), rows: free(slots), taken: 0 }
    }

    /// Inserts the number of a row. Returns the row that had it, if it was there before. The number
    /// must not be [`u128::MAX`]; a key has that value with a probability of 2^-127.
    pub(crate) fn insert(&mut self, number: u128, row: u32) -> Option<u32> {
        self.insert_mixed(self.mixed(number), row)
    }

    /// What stands for `number` in this table. It is never zero, except for [`u128::MAX`].
    #[inline]
    pub(crate) fn mixed(&self, number: u128) -> u128 {
        self.mix.of(number)
    }

    /// [`HashTable::insert`] for the number that `mixed` stands for.
    pub(crate) fn insert_mixed(&mut self, mixed: u128, row: u32) -> Option<u32> {
        // At most seven tenths of the slots are taken, so that searches stay short.
        if (self.taken + 1) * 10 > self.slots.len() * 7 {
            self.grow();
        }
        match place(&mut self.slots, mixed) {
            Ok(at) => {
                self.rows[at] = row;
                self.taken += 1;
                None
            }
            Err(at) => Some(self.rows[at]),
        }
    }

    /// The row that had the number that `mixed` stands for.
    #[cold]
    pub(crate) fn find_mixed(&self, mixed: u128) -> Option<u32> {
        let mut at = first_slot(mixed, self.slots.len());
        loop {
            match self.slots[at] {
                0 => return None,
                taken if taken == mixed => return Some(self.rows[at]),
                _ => at = if at + 1 == self.slots.len() { 0 } else { at + 1 },
            }
        }
    }

    #[cold]
    fn grow(&mut self) {
        let (mut slots, mut rows) = (free(self.slots.len() * 2), free(self.slots.len() * 2));
        for (mixed, row) in self.slots.iter().zip(&self.rows).filter(|(mixed, _)| **mixed != 0) {
            if let Ok(at) = place(&mut slots, *mixed) {
                rows[at] = *row;
            }
        }
        (self.slots, self.rows) = (slots, rows);
    }

    /// The slot where the search for `mixed` begins, as it is now.
    #[inline]
    pub(crate) fn peek(&self, mixed: u128) -> u128 {
        self.slots[first_slot(mixed, self.slots.len())]
    }
}

/// Turns numbers that may look alike into numbers that look random, one for each.
///
/// A multiplication by an odd number can be undone, and so can a shift that is combined with the
/// number by exclusive or. So no two numbers become the same one. And nobody who does not know the
/// factors can choose numbers that crowd one place of the table.
struct Mix {
    factors: [u128; 2],
}

impl Mix {
    fn random() -> Self {
        let random = RandomState::new();
        let half = |number: u64| u128::from(random.hash_one(number));
        Mix { factors: [half(0) << 64 | half(1) | 1, half(2) << 64 | half(3) | 1] }
    }

    /// A number other than zero, except for [`u128::MAX`].
    #[inline]
    fn of(&self, number: u128) -> u128 {
        let [first, second] = self.factors;
        let mixed = number.wrapping_add(1).wrapping_mul(first);
        (mixed ^ mixed >> 64).wrapping_mul(second)
    }
}

/// So many free slots, written at once. `vec![0; slots]` would get pages from the system that are
/// not there yet, and each would fault twice: at the first look, and again at the first write.
fn free<T: Clone + Default>(slots: usize) -> Vec<T> {
    let mut free = Vec::new();
    free.reserve_exact(slots);
    free.resize(slots, T::default());
    free
}

/// Where `mixed` belongs among `slots` slots: its upper half as a fraction of their number.
///
/// Source: Lemire, "Fast Random Integer Generation in an Interval", 2019; it needs no power of two.
fn first_slot(mixed: u128, slots: usize) -> usize {
    (((mixed >> 64) * slots as u128) >> 64) as usize
}

/// Puts `mixed` where it belongs and returns the slot; an error with its slot if it is there
/// already. At least one slot must be free.
#[inline]
fn place(slots: &mut [u128], mixed: u128) -> Result<usize, usize> {
    let mut at = first_slot(mixed, slots.len());
    loop {
        match slots[at] {
            0 => {
                slots[at] = mixed;
                return Ok(at);
            }
            taken if taken == mixed => return Err(at),
            _ => at = if at + 1 == slots.len() { 0 } else { at + 1 },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_that_look_alike_do_not_crowd_one_place() {
        let text = |text: String| {
            text.bytes().fold(12 << 120, |number, byte| (number << 8) | u128::from(byte))
        };
        let kinds: [fn(u128) -> u128; 5] = [
            |number| number,
            |number| number << 64,
            |number| number << 100,
            |number| (8 << 120) | (number << 56),
            |number| (1 << 127) | (number * 1_000_003),
        ];
        let shapes = kinds.map(|kind| (0..100_000).map(kind).collect::<Vec<u128>>());
        let texts = (0..100_000).map(|number| text(format!("TX{number:010}"))).collect();
        for numbers in shapes.into_iter().chain([texts]) {
            let mut table = HashTable::with_room(numbers.len());
            numbers.iter().for_each(|number| assert_eq!(table.insert(*number, 0), None));
            let slots = table.slots.len();
            let steps =
                |(at, mixed): (usize, &u128)| (at + slots - first_slot(*mixed, slots)) % slots;
            let longest =
                table.slots.iter().enumerate().filter(|(_, mixed)| **mixed != 0).map(steps).max();
            assert!(longest < Some(500), "{longest:?} steps");
        }
    }

    proptest! {
        #[test]
        fn it_agrees_with_the_standard_set(
            numbers in prop::collection::vec((0_u128..32, 0_u128..60), 0..4000),
            expected in 0_usize..5000,
        ) {
            let mut table = HashTable::with_room(expected);
            let mut model = HashMap::new();
            for (row, (high, low)) in (0..).zip(numbers) {
                let number = (high << 120) + low;
                prop_assert_eq!(table.insert(number, row), model.get(&number).copied());
                model.entry(number).or_insert(row);
            }
        }

        #[test]
        fn numbers_that_crowd_a_few_slots_all_find_a_place(
            numbers in prop::collection::vec((0_u128..32, 1_u128..60), 0..700),
        ) {
            let mut slots = vec![0; 1000];
            let mut model = HashSet::new();
            for (high, low) in numbers {
                let mixed = (high << 123) + low;
                prop_assert_eq!(place(&mut slots, mixed).is_ok(), model.insert(mixed));
            }
        }
    }
}
