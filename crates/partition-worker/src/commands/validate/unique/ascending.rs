//! A set of numbers that come in ascending order, or nearly.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::hash_table::HashTable;

/// How many of the last numbers may turn out to be strays when a lower one comes.
const STRAYS_AT_ONCE: usize = 8;

/// So many look-ups are allowed in any case.
const FEW: usize = 64;

/// A set of numbers that are inserted in ascending order but for some strays, such as the
/// identifiers of an export.
///
/// A number above the last one of the run, and below the strays above that, is new. To see that
/// takes no look into a table, whose memory the processor would have to wait for.
#[derive(Default)]
pub(crate) struct Ascending {
    run: Vec<u128>,
    /// The rows of the numbers in the run.
    rows: Vec<u32>,
    /// What came out of order, with its rows: below the last of the run, or far above what
    /// followed.
    strays: BTreeMap<u128, u32>,
    /// The first stray above the last of the run.
    ceiling: Option<u128>,
    /// Numbers that had to be looked up.
    looked_up: usize,
}

impl Ascending {
    /// Makes room for so many numbers.
    pub(crate) fn expect(&mut self, numbers: usize) {
        self.run.reserve(numbers);
        self.rows.reserve(numbers);
    }

    /// Inserts the number of a row. Returns the row that had it, if it was there before.
    #[inline]
    pub(crate) fn insert(&mut self, number: u128, row: u32) -> Option<u32> {
        let last = self.run.last();
        // The same again, as in a sorted column that is not unique.
        if last == Some(&number) {
            return self.rows.last().copied();
        }
        if last < Some(&number) && self.ceiling.is_none_or(|ceiling| number < ceiling) {
            self.run.push(number);
            self.rows.push(row);
            return None;
        }
        self.insert_stray(number, row)
    }

    #[cold]
    fn insert_stray(&mut self, number: u128, row: u32) -> Option<u32> {
        self.looked_up += 1;
        let at = match self.run.binary_search(&number) {
            Ok(at) => return Some(self.rows[at]),
            Err(at) => at,
        };
        if let Some(first) = self.strays.get(&number) {
            return Some(*first);
        }
        self.strays.insert(number, row);
        if self.run.len() - at <= STRAYS_AT_ONCE {
            // The run goes on from here, and the few numbers above it are the strays.
            self.strays.remove(&number);
            self.strays.extend(self.run.drain(at..).zip(self.rows.drain(at..)));
            self.run.push(number);
            self.rows.push(row);
        }
        let above = self.run.last().map_or(Bound::Unbounded, Bound::Excluded);
        self.ceiling =
            self.strays.range((above, Bound::Unbounded)).next().map(|(number, _)| *number);
        None
    }

    /// The row that had this number.
    #[cold]
    pub(crate) fn find(&self, number: u128) -> Option<u32> {
        match self.run.binary_search(&number) {
            Ok(at) => Some(self.rows[at]),
            Err(_) => self.strays.get(&number).copied(),
        }
    }

    /// Whether so many numbers had to be looked up that a table is the better set.
    #[inline]
    pub(crate) fn is_unordered(&self) -> bool {
        self.looked_up > FEW + self.run.len() / 32
    }

    /// A table of all numbers, with room for `expected`.
    #[cold]
    pub(crate) fn table(&self, expected: usize) -> HashTable {
        let mut table = HashTable::with_room(expected.max(self.run.len() + self.strays.len()));
        for (number, row) in self.run.iter().zip(&self.rows).chain(&self.strays) {
            table.insert(*number, *row);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    fn agrees_with_the_standard_set(numbers: &[u128]) -> Ascending {
        let mut ascending = Ascending::default();
        let mut model = HashMap::new();
        for (row, &number) in (0..).zip(numbers) {
            assert_eq!(ascending.insert(number, row), model.get(&number).copied(), "{number}");
            model.entry(number).or_insert(row);
        }
        let mut table = ascending.table(0);
        assert!(model.iter().all(|(number, row)| table.insert(*number, u32::MAX) == Some(*row)));
        assert_eq!(ascending.run.len() + ascending.strays.len(), model.len());
        ascending
    }

    #[test]
    fn strays_above_and_below_do_not_end_the_run() {
        let numbers: Vec<u128> = (0..10_000)
            .flat_map(|number| match number % 400 {
                17 => vec![number, 1_000_000 + number, 2_000_000],
                250 => vec![number, number / 2],
                80 => vec![1_000_080 - number, 1_000_090, number],
                _ => vec![number],
            })
            .collect();
        let ascending = agrees_with_the_standard_set(&numbers);
        assert!(!ascending.is_unordered());
        assert_eq!((ascending.run.len(), ascending.run.last()), (10_000, Some(&9_999)));
    }

    #[test]
    fn a_number_that_comes_again_at_once_does_not_end_the_run() {
        let numbers: Vec<u128> = (0..1000).flat_map(|number| [number; 3]).collect();
        assert!(!agrees_with_the_standard_set(&numbers).is_unordered());
    }

    #[test]
    fn a_stray_far_below_is_known_when_it_comes_again() {
        let numbers: Vec<u128> =
            (0..100).map(|number| 10 * number).chain([555, 994, 555, 994, 995]).collect();
        assert!(!agrees_with_the_standard_set(&numbers).is_unordered());
    }

    #[test]
    fn what_has_no_order_is_told_within_a_hundred_numbers() {
        let numbers: Vec<u128> = (0..100).map(|number| number * 7919 % 1009).collect();
        assert!(agrees_with_the_standard_set(&numbers).is_unordered());
    }

    proptest! {
        #[test]
        fn it_agrees_with_the_standard_set_on_whatever_comes(
            steps in prop::collection::vec(prop_oneof![8 => 1_u128..4, 1 => 0_u128..400], 0..600),
            strays in prop::collection::vec((0_usize..600, prop_oneof![0_u128..2000, Just(u128::MAX - 1)]), 0..40),
        ) {
            let mut numbers: Vec<u128> = steps.iter().scan(0, |at, step| { *at += step; Some(*at) }).collect();
            for (at, stray) in strays {
                numbers.insert(at.min(numbers.len()), stray);
            }
            agrees_with_the_standard_set(&numbers);
        }

        #[test]
        fn it_agrees_with_the_standard_set_where_there_is_no_order(numbers in prop::collection::vec(0_u128..300, 0..600)) {
            agrees_with_the_standard_set(&numbers);
        }
    }
}
