//! A fixed set of byte strings with a test of a few nanoseconds.

/// A fixed set of byte strings. Those of up to 8 bytes stand as words in buckets of four, spread
/// by a multiplicative hash that is chosen when the set is built so that no bucket overflows;
/// longer ones, and those of a length of which there are too many, are searched by halving.
#[derive(Clone, Debug, Default)]
pub(crate) struct ByteSet {
    empty: bool,
    /// By length, from 1 to 8.
    words: [Option<Box<Words>>; 8],
    /// The others, sorted by length, then bytes.
    others: Box<[Box<[u8]>]>,
    len: usize,
}

#[derive(Clone, Debug)]
struct Words {
    multiplier: u64,
    /// Every bucket is filled up with one of the set's own words, so that no slot is empty.
    buckets: Box<[[u64; 4]]>,
}

impl ByteSet {
    pub(crate) fn new<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> ByteSet {
        let mut values: Vec<&[u8]> = values.into_iter().collect();
        values.sort_unstable_by_key(|value| (value.len(), *value));
        values.dedup();
        let words = std::array::from_fn(|i| {
            let words: Vec<u64> =
                values.iter().filter(|v| v.len() == i + 1).map(|v| packed(v)).collect();
            Words::new(&words).map(Box::new)
        });
        let is_word = |value: &[u8]| {
            value.len().checked_sub(1).and_then(|at| words.get(at)?.as_ref()).is_some()
        };
        ByteSet {
            empty: values.first().is_some_and(|v| v.is_empty()),
            others: values
                .iter()
                .filter(|v| !v.is_empty() && !is_word(v))
                .map(|&v| v.into())
                .collect(),
            words,
            len: values.len(),
        }
    }

    #[inline]
    pub(crate) fn contains(&self, value: &[u8]) -> bool {
        match value.len() {
            0 => self.empty,
            n @ 1..=8 => match &self.words[n - 1] {
                Some(words) => words.contains(packed(value)),
                None => self.is_other(value),
            },
            _ => self.is_other(value),
        }
    }

    fn is_other(&self, value: &[u8]) -> bool {
        self.others
            .binary_search_by(|probe| (probe.len(), &**probe).cmp(&(value.len(), value)))
            .is_ok()
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }
}

/// Buckets of a set, at most: 4 MiB.
const MOST_BUCKETS: usize = 1 << 17;

impl Words {
    /// `None` where there are no words, or so many that no table of a bearable size holds them.
    fn new(words: &[u64]) -> Option<Words> {
        let mut count = match words.len() {
            0 => return None,
            1..=4 => 1,
            many => many.div_ceil(2).next_power_of_two(),
        };
        let mut multiplier: u64 = 0x9e37_79b9_7f4a_7c15;
        while count <= MOST_BUCKETS {
            for _ in 0..32 {
                if let Some(buckets) = spread(words, multiplier, count) {
                    return Some(Words { multiplier, buckets });
                }
                multiplier = multiplier.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(2) | 1;
            }
            count *= 2;
        }
        None
    }

    #[inline]
    fn contains(&self, word: u64) -> bool {
        let bucket = &self.buckets[bucket_of(word, self.multiplier, self.buckets.len())];
        (bucket[0] == word) | (bucket[1] == word) | (bucket[2] == word) | (bucket[3] == word)
    }
}

/// The upper half of the product as a fraction of the number of buckets, of which there are fewer
/// than 2^32: its highest bits depend on all bits of the word, lower ones only on those below them.
#[inline]
fn bucket_of(word: u64, multiplier: u64, count: usize) -> usize {
    (((word.wrapping_mul(multiplier) >> 32) * count as u64) >> 32) as usize
}

fn spread(words: &[u64], multiplier: u64, count: usize) -> Option<Box<[[u64; 4]]>> {
    let mut buckets = vec![[words[0]; 4]; count];
    let mut used = vec![0_usize; count];
    for &word in words {
        let at = bucket_of(word, multiplier, count);
        *buckets[at].get_mut(used[at])? = word;
        used[at] += 1;
    }
    Some(buckets.into())
}

/// 1 to 8 bytes as one word, different for different byte strings of the same length.
#[inline]
fn packed(value: &[u8]) -> u64 {
    if let Some((head, _)) = value.split_first_chunk::<4>()
        && let Some((_, tail)) = value.split_last_chunk::<4>()
    {
        u64::from(u32::from_le_bytes(*head)) | u64::from(u32::from_le_bytes(*tail)) << 32
    } else {
        let last = value.len() - 1;
        u64::from(value[0])
            | u64::from(value[last / 2 + last % 2]) << 8
            | u64::from(value[last]) << 16
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_that_differ_in_one_byte_take_little_room() {
        for place in 0..8 {
            let words: Vec<[u8; 8]> = (0..=255)
                .map(|byte| std::array::from_fn(|at| if at == place { byte } else { b'0' }))
                .collect();
            let set = ByteSet::new(words.iter().map(<[u8; 8]>::as_slice));
            let buckets = set.words[7].as_ref().map_or(0, |words| words.buckets.len());
            assert!((1..=512).contains(&buckets), "{buckets} buckets for a byte at {place}");
            assert!(words.iter().all(|word| set.contains(word)));
        }
    }

    #[test]
    fn a_set_of_very_many_words_is_a_list() {
        let words: Vec<String> = (0..400_000).map(|number| format!("{number:08}")).collect();
        let set = ByteSet::new(words.iter().map(String::as_bytes));
        assert!(set.words[7].is_none());
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
