//! Which values of unique fields a partition has seen, a set for each unique constraint.

use super::ascending::Ascending;
use super::hash_table::HashTable;
use crate::commands::validate::judge::UniqueValue;

/// The values that were seen, a set for each unique constraint. A set holds the keys that stand for
/// them ([`table_schema::Key`]) and the number of the first row with each: 20 bytes a value while
/// the values ascend, 29 to 57 bytes otherwise, and up to twice as much while a set grows or
/// becomes a table.
pub(crate) struct Unique {
    seen: Vec<Seen>,
    /// How many values of each constraint to expect.
    expected: usize,
}

enum Seen {
    Ascending(Ascending),
    Unordered(HashTable),
}

impl Unique {
    /// Sets for `constraints` constraints.
    pub(crate) fn new(constraints: usize) -> Self {
        let mut seen = Vec::new();
        seen.resize_with(constraints, || Seen::Ascending(Ascending::default()));
        Unique { seen, expected: 0 }
    }

    /// Makes room for `values` values of each constraint.
    pub(crate) fn expect(&mut self, values: usize) {
        self.expected = values;
        for seen in &mut self.seen {
            if let Seen::Ascending(ascending) = seen {
                ascending.expect(values);
            }
        }
    }

    /// Forgets the values of one constraint: its next value is of another file.
    pub(crate) fn forget(&mut self, constraint: usize) {
        self.seen[constraint] = Seen::Ascending(Ascending::default());
    }

    /// Inserts those values of a block that count, in their order, and calls `seen_before` with
    /// each that was there before, and the row that had it first. The block begins with the row
    /// `start`.
    pub(crate) fn insert(
        &mut self,
        values: &[UniqueValue],
        start: u32,
        mut seen_before: impl FnMut(&UniqueValue, u32),
    ) {
        for values in values.chunks(AT_ONCE) {
            let mut mixed = [0; AT_ONCE];
            self.look_up(values, &mut mixed);
            for (value, mixed) in values.iter().zip(mixed) {
                // Past the last number of a row ([`crate::commands::validate::row_places::NO_ROW`])
                // none is told.
                let row = start.saturating_add(value.row);
                let first = match &mut self.seen[usize::from(value.constraint)] {
                    Seen::Ascending(ascending) if value.counts => {
                        ascending.insert(value.value, row)
                    }
                    Seen::Unordered(table) if value.counts => table.insert_mixed(mixed, row),
                    Seen::Ascending(ascending) => ascending.find(value.value),
                    Seen::Unordered(table) => table.find_mixed(mixed),
                };
                if let Some(first) = first {
                    seen_before(value, first);
                }
            }
            for seen in &mut self.seen {
                if let Seen::Ascending(ascending) = seen
                    && ascending.is_unordered()
                {
                    *seen = Seen::Unordered(ascending.table(self.expected));
                }
            }
        }
    }

    /// Touches the memory that inserting these values will look at. One insertion after the other
    /// would wait for its cache miss; here the processor has many of them under way at once.
    ///
    /// Measured: a million rows with a unique key in no order, on one processor, the whole run of
    /// `validate`: 457 ms, and 540 ms without.
    fn look_up(&self, values: &[UniqueValue], mixed: &mut [u128]) {
        for (value, mixed) in values.iter().zip(&mut *mixed) {
            if let Seen::Unordered(table) = &self.seen[usize::from(value.constraint)] {
                *mixed = table.mixed(value.value);
            }
        }
        // A loop of its own without branches, so that the processor runs far ahead in it.
        let touched = values.iter().zip(mixed).fold(0, |touched, (value, mixed)| {
            match &self.seen[usize::from(value.constraint)] {
                Seen::Unordered(table) => touched ^ table.peek(*mixed),
                Seen::Ascending(_) => touched,
            }
        });
        // Nobody needs the sum; without this the compiler would drop the loop.
        std::hint::black_box(touched);
    }
}

/// Values that are looked up together: few enough that their pages are still in the TLB when they
/// are inserted.
const AT_ONCE: usize = 128;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    /// The numbers of the values that were seen before.
    fn repeated(unique: &mut Unique, values: &[(u16, u128)]) -> Vec<u32> {
        let values: Vec<UniqueValue> = (0..)
            .zip(values)
            .map(|(row, &(constraint, value))| UniqueValue {
                value,
                row,
                constraint,
                exact_end: 0,
                counts: true,
            })
            .collect();
        let mut repeated = Vec::new();
        unique.insert(&values, 0, |value, _| repeated.push(value.row));
        repeated
    }

    #[test]
    fn a_value_is_new_once_in_each_constraint() {
        let mut unique = Unique::new(2);
        assert_eq!(repeated(&mut unique, &[(0, 7), (1, 7), (0, 7 << 64), (0, 7), (1, 7)]), [3, 4]);
        assert_eq!(repeated(&mut unique, &[(1, 7 << 64), (0, 7 << 64)]), [1]);
    }

    #[test]
    fn a_value_that_does_not_count_is_found_and_not_kept() {
        let value = |number: u32, counts| UniqueValue {
            value: number.into(),
            row: number,
            constraint: 0,
            exact_end: 0,
            counts,
        };
        // In order, and in none.
        for kept in [(0..100).collect::<Vec<u32>>(), (0..500).map(|n| n * 7919 % 1009).collect()] {
            let mut unique = Unique::new(1);
            let kept: Vec<UniqueValue> =
                kept.into_iter().map(|number| value(number * 2, true)).collect();
            unique.insert(&kept, 0, |_, _| panic!("nothing was there before"));
            let mut found = Vec::new();
            for _ in 0..2 {
                let others = [value(3, false), value(kept[9].row, false), value(7777, false)];
                unique.insert(&others, 0, |value, first| found.push((value.row, first)));
            }
            assert_eq!(found, [(kept[9].row, kept[9].row); 2]);
        }
    }

    #[test]
    fn what_is_forgotten_is_new_again() {
        let mut unique = Unique::new(2);
        assert_eq!(repeated(&mut unique, &[(0, 7), (1, 7)]), [0; 0]);
        unique.forget(0);
        assert_eq!(repeated(&mut unique, &[(0, 7), (1, 7)]), [1]);
    }

    proptest! {
        #[test]
        fn it_agrees_with_the_standard_set_as_long_as_there_is_an_order_and_afterwards(
            ordered in 0_u128..1500,
            others in prop::collection::vec((0_u16..2, 0_u128..3000), 0..1500),
            expected in 0_usize..3000,
            block in 1_usize..600,
        ) {
            let values: Vec<(u16, u128)> = (0..ordered).map(|value| (0, 2 * value)).chain(others).collect();
            let mut unique = Unique::new(2);
            unique.expect(expected);
            let mut model = HashSet::new();
            for values in values.chunks(block) {
                let expected: Vec<u32> =
                    (0..).zip(values).filter(|(_, value)| !model.insert(**value)).map(|(row, _)| row).collect();
                prop_assert_eq!(repeated(&mut unique, values), expected);
            }
        }
    }
}
