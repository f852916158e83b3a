//! Fixed sets of byte strings: the choices of an `enum`, missing values, the words for true and
//! false.

use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_64;

/// A fixed set of byte strings. The hash needs no secret seed: the strings are the schema's, and
/// those of the data are only looked up.
#[derive(Clone, Debug, Default)]
pub(crate) struct ByteSet(HashTable<Box<[u8]>>);

impl ByteSet {
    pub(crate) fn new<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> ByteSet {
        let mut set = ByteSet::default();
        for value in values {
            if !set.contains(value) {
                set.0.insert_unique(xxh3_64(value), value.into(), |value| xxh3_64(value));
            }
        }
        set
    }

    #[inline]
    pub(crate) fn contains(&self, value: &[u8]) -> bool {
        self.0.find(xxh3_64(value), |known| **known == *value).is_some()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_that_differ_in_one_byte_are_told_apart() {
        for place in 0..8 {
            let words: Vec<[u8; 8]> = (0..=255)
                .map(|byte| std::array::from_fn(|at| if at == place { byte } else { b'0' }))
                .collect();
            let (even, odd): (Vec<&[u8; 8]>, Vec<&[u8; 8]>) =
                words.iter().partition(|word| word[place] % 2 == 0);
            let set = ByteSet::new(even.iter().map(|word| word.as_slice()));
            assert!(even.iter().all(|word| set.contains(word.as_slice())));
            assert!(!odd.iter().any(|word| set.contains(word.as_slice())));
        }
    }

    #[test]
    fn a_set_of_very_many_words_contains_them_all() {
        let words: Vec<String> = (0..400_000).map(|number| format!("{number:08}")).collect();
        let set = ByteSet::new(words.iter().map(String::as_bytes));
        assert!(words.iter().all(|word| set.contains(word.as_bytes())));
        assert!(!set.contains(b"00400000"));
    }

    proptest! {
        #[test]
        fn a_set_contains_exactly_what_it_was_built_of(
            values in prop::collection::vec(prop::collection::vec(0_u8..4, 0..11), 0..300),
            probes in prop::collection::vec(prop::collection::vec(0_u8..4, 0..11), 0..300),
        ) {
            let set = ByteSet::new(values.iter().map(Vec::as_slice));
            let model: BTreeSet<&[u8]> = values.iter().map(Vec::as_slice).collect();
            prop_assert_eq!(set.len(), model.len());
            for probe in values.iter().chain(&probes) {
                prop_assert_eq!(set.contains(probe), model.contains(probe.as_slice()));
            }
        }
    }
}
