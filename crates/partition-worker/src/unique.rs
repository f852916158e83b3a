//! Which values of unique fields a partition has seen.

use crate::ascending::Ascending;
use crate::hash_table::HashTable;
use crate::judge::UniqueValue;

/// The values seen, a set per unique constraint. It holds what stands for them
/// ([`table_schema::Key`]) and the number of the first row with it: 20 bytes a value while they
/// ascend, 29 to 57 bytes otherwise; up to twice as much while a set grows or gives its order up.
pub(crate) struct Unique {
    seen: Vec<Seen>,
    /// Values of each that are to come, as far as one can know.
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

    /// Forgets the values of one constraint, whose next value is of another file.
    pub(crate) fn forget(&mut self, constraint: usize) {
        self.seen[constraint] = Seen::Ascending(Ascending::default());
    }

    /// Notes the values of a block in their order, and tells those that were there before with the
    /// row that had them. The block begins with the row `start`.
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
                // Past the last number of a row ([`crate::row_places::NO_ROW`]) none is told.
                let row = start.saturating_add(value.row);
                let first = match &mut self.seen[usize::from(value.constraint)] {
                    Seen::Ascending(ascending) => ascending.insert(value.value, row),
                    Seen::Unordered(table) => table.insert_mixed(mixed, row),
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

    /// Fetches the memory that inserting these values will look at: fetched one after the other,
    /// each would be waited for, and fetched together they are not.
    fn look_up(&self, values: &[UniqueValue], mixed: &mut [u128]) {
        for (value, mixed) in values.iter().zip(&mut *mixed) {
            if let Seen::Unordered(table) = &self.seen[usize::from(value.constraint)] {
                *mixed = table.mixed(value.value);
            }
        }
        // By itself, so that the processor sees as many of them as it can at once.
        let touched = values.iter().zip(mixed).fold(0, |touched, (value, mixed)| {
            match &self.seen[usize::from(value.constraint)] {
                Seen::Unordered(table) => touched ^ table.peek(*mixed),
                Seen::Ascending(_) => touched,
            }
        });
        std::hint::black_box(touched);
    }
}

/// Values that are looked up together: few enough that the processor still knows their pages when
/// they are inserted.
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
            .map(|(row, &(constraint, value))| UniqueValue { value, row, constraint })
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
