//! Fixed sets of byte strings: the choices of an `enum`, missing values, the words for true and
//! false.

use hashbrown::HashSet;

/// A fixed set of byte strings.
#[derive(Clone, Debug, Default)]
pub(crate) struct ByteSet {
    /// Those of up to seven bytes, as words: the currencies, countries and states that most enums
    /// list. Hashing and comparing a word takes half the instructions of a byte string.
    short: HashSet<u64>,
    long: HashSet<Box<[u8]>>,
}

impl ByteSet {
    pub(crate) fn new<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> ByteSet {
        let mut set = ByteSet::default();
        for value in values {
            match word(value) {
                Some(word) => set.short.insert(word),
                None => set.long.insert(value.into()),
            };
        }
        set
    }

    #[inline]
    pub(crate) fn contains(&self, value: &[u8]) -> bool {
        match word(value) {
            Some(word) => self.short.contains(&word),
            None => self.long.contains(value),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.short.len() + self.long.len()
    }

    /// The first of them in the order of their bytes.
    pub(crate) fn first(&self) -> Option<Vec<u8>> {
        let bytes = |word: &u64| {
            let length = (u64::BITS - 1 - word.leading_zeros()) as usize / 8;
            word.to_le_bytes()[..length].to_vec()
        };
        let long = self.long.iter().map(|value| value.to_vec());
        self.short.iter().map(bytes).chain(long).min()
    }
}

/// Up to seven bytes as a word, the first one lowest, with a 1 above the last one, which tells
/// `"\0"` from the empty string.
#[inline]
fn word(value: &[u8]) -> Option<u64> {
    if value.len() > 7 {
        return None;
    }
    let bytes = match (value.first_chunk(), value.last_chunk()) {
        // Two reads of four bytes, which overlap, cost less than a loop over the bytes.
        (Some(first), Some(last)) => {
            let beyond = 8 * (value.len() - 4);
            u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << beyond
        }
        _ => value.iter().rev().fold(0, |bytes, &byte| bytes << 8 | u64::from(byte)),
    };
    Some(bytes | 1 << (8 * value.len()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_that_differ_in_one_byte_are_told_apart() {
        for len in 1..=9 {
            for place in 0..len {
                let words: Vec<Vec<u8>> = (0..=255)
                    .map(|byte| (0..len).map(|at| if at == place { byte } else { b'0' }).collect())
                    .collect();
                let (even, odd): (Vec<&Vec<u8>>, Vec<&Vec<u8>>) =
                    words.iter().partition(|word| word[place] % 2 == 0);
                let set = ByteSet::new(even.iter().map(|word| word.as_slice()));
                assert!(even.iter().all(|word| set.contains(word)));
                assert!(!odd.iter().any(|word| set.contains(word)));
            }
        }
    }

    #[test]
    fn zero_bytes_count() {
        let zeros = [0; 9];
        for len in 0..=9 {
            let set = ByteSet::new([&zeros[..len]]);
            assert!((0..=9).all(|other| set.contains(&zeros[..other]) == (other == len)));
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
