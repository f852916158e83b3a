//! Runs of keys, merged: all keys in their order, and those that come more than once.

use super::entry::KeyPlace;

/// A run that is read. It stands on its first key at once.
pub(crate) trait SortedKeys {
    /// Why it cannot be read.
    type Error;

    /// The form of the key.
    fn form(&self) -> &[u8];

    /// Where the record with it stands.
    fn place(&self) -> KeyPlace;

    /// The order of the input: where the file stands among those of all partitions, the record in
    /// it, and which partition it is.
    fn order(&self) -> (u64, u64, u32);

    /// Goes on to the next key; whether there is one.
    fn advance(&mut self) -> Result<bool, Self::Error>;
}

/// Runs that are read side by side: a heap, the lowest key on top.
pub(crate) struct Merge<R> {
    runs: Vec<R>,
}

impl<R: SortedKeys> Merge<R> {
    /// Merges runs, each of which has a key.
    pub(crate) fn new(runs: Vec<R>) -> Merge<R> {
        let mut merge = Merge { runs };
        (0..merge.runs.len() / 2).rev().for_each(|at| merge.sift_down(at));
        merge
    }

    /// Calls `each` with every record whose key another one has that stands before it: the form,
    /// and the places of the first and of this one.
    pub(crate) fn repeated<E: From<R::Error>>(
        self,
        mut each: impl FnMut(&[u8], KeyPlace, KeyPlace) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut last = Vec::new();
        let mut first = None;
        self.all(|form, place| match first {
            Some(first) if last == form => each(form, first, place),
            _ => {
                last.clear();
                last.extend_from_slice(form);
                first = Some(place);
                Ok(())
            }
        })
    }

    /// Calls `each` with every key and its place, in order.
    pub(crate) fn all<E: From<R::Error>>(
        mut self,
        mut each: impl FnMut(&[u8], KeyPlace) -> Result<(), E>,
    ) -> Result<(), E> {
        while let Some(run) = self.runs.first_mut() {
            each(run.form(), run.place())?;
            if !run.advance()? {
                self.runs.swap_remove(0);
            }
            self.sift_down(0);
        }
        Ok(())
    }

    fn is_before(&self, one: usize, other: usize) -> bool {
        let (one, other) = (&self.runs[one], &self.runs[other]);
        one.form().cmp(other.form()).then_with(|| one.order().cmp(&other.order())).is_lt()
    }

    fn sift_down(&mut self, mut at: usize) {
        loop {
            let (left, right) = (2 * at + 1, 2 * at + 2);
            if left >= self.runs.len() {
                return;
            }
            let lower =
                if right < self.runs.len() && self.is_before(right, left) { right } else { left };
            if !self.is_before(lower, at) {
                return;
            }
            self.runs.swap(lower, at);
            at = lower;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;

    /// Keys with their offsets, of one partition.
    struct Run(u32, Vec<(u8, u64)>);

    impl SortedKeys for Run {
        type Error = Infallible;

        fn form(&self) -> &[u8] {
            std::slice::from_ref(&self.1[0].0)
        }

        fn place(&self) -> KeyPlace {
            KeyPlace { source: self.0, offset: self.1[0].1, ..KeyPlace::default() }
        }

        fn order(&self) -> (u64, u64, u32) {
            (0, self.1[0].1, self.0)
        }

        fn advance(&mut self) -> Result<bool, Infallible> {
            self.1.remove(0);
            Ok(!self.1.is_empty())
        }
    }

    proptest! {
        #[test]
        fn of_equal_keys_the_one_that_stands_first_in_the_input_is_the_first(
            runs in prop::collection::vec(
                prop::collection::btree_map(0_u8..30, 0_u64..1000, 1..20), 0..12
            ),
        ) {
            let mut expected = Vec::new();
            for key in 0..30 {
                let place = |(number, run): (u32, &BTreeMap<u8, u64>)| {
                    Some((*run.get(&key)?, number))
                };
                let mut with: Vec<(u64, u32)> = (0..).zip(&runs).filter_map(place).collect();
                with.sort_unstable();
                expected.extend(with.iter().skip(1).map(|other| (key, with[0], *other)));
            }
            let runs = (0..).zip(runs).map(|(number, run)| Run(number, run.into_iter().collect()));
            let mut found = Vec::new();
            Merge::new(runs.collect())
                .repeated::<Infallible>(|form, first, other| {
                    let place = |place: KeyPlace| (place.offset, place.source);
                    found.push((form[0], place(first), place(other)));
                    Ok(())
                })
                .unwrap();
            prop_assert_eq!(found, expected);
        }
    }
}
