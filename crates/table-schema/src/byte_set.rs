//! A fixed set of byte strings with a test of a few nanoseconds.

/// A fixed set of byte strings. Those of up to 8 bytes stand as words in buckets of four, spread
/// by a multiplicative hash that is chosen when the set is built so that no bucket overflows;
/// longer ones are searched by halving.
#[derive(Clone, Debug, Default)]
pub(crate) struct ByteSet {
    empty: bool,
    /// By length, from 1 to 8.
    words: [Option<Box<Words>>; 8],
    /// Sorted by length, then bytes.
    long: Box<[Box<[u8]>]>,
    len: usize,
}

#[derive(Clone, Debug)]
struct Words {
    multiplier: u64,
    mask: usize,
    /// Every bucket is filled up with one of the set's own words, so that no slot is empty.
    buckets: Box<[[u64; 4]]>,
}

impl ByteSet {
    pub(crate) fn new<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> ByteSet {
        let mut values: Vec<&[u8]> = values.into_iter().collect();
        values.sort_unstable_by_key(|value| (value.len(), *value));
        values.dedup();
        let words = std::array::from_fn(|i| {
            let words: Vec<u64> = values.iter().filter(|v| v.len() == i + 1).map(|v| packed(v)).collect();
            (!words.is_empty()).then(|| Box::new(Words::new(&words)))
        });
        ByteSet {
            empty: values.first().is_some_and(|v| v.is_empty()),
            words,
            long: values.iter().filter(|v| v.len() > 8).map(|&v| v.into()).collect(),
            len: values.len(),
        }
    }

    #[inline]
    pub(crate) fn contains(&self, value: &[u8]) -> bool {
        match value.len() {
            0 => self.empty,
            n @ 1..=8 => self.words[n - 1].as_ref().is_some_and(|words| words.contains(packed(value))),
            n => self.long.binary_search_by(|probe| (probe.len(), &**probe).cmp(&(n, value))).is_ok(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }
}

impl Words {
    fn new(words: &[u64]) -> Words {
        let mut count = words.len().div_ceil(2).next_power_of_two();
        if words.len() <= 4 {
            count = 1;
        }
        loop {
            let mut multiplier: u64 = 0x9e37_79b9_7f4a_7c15;
            for _ in 0..32 {
                if let Some(buckets) = spread(words, multiplier, count) {
                    return Words { multiplier, mask: count - 1, buckets };
                }
                multiplier = multiplier.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(2) | 1;
            }
            count *= 2;
        }
    }

    #[inline]
    fn contains(&self, word: u64) -> bool {
        let bucket = &self.buckets[bucket_of(word, self.multiplier, self.mask)];
        (bucket[0] == word) | (bucket[1] == word) | (bucket[2] == word) | (bucket[3] == word)
    }
}

#[inline]
fn bucket_of(word: u64, multiplier: u64, mask: usize) -> usize {
    // The upper half of the product depends on all bits of the word.
    (word.wrapping_mul(multiplier) >> 32) as usize & mask
}

fn spread(words: &[u64], multiplier: u64, count: usize) -> Option<Box<[[u64; 4]]>> {
    let mut buckets = vec![[words[0]; 4]; count];
    let mut used = vec![0_usize; count];
    for &word in words {
        let at = bucket_of(word, multiplier, count - 1);
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
        u64::from(value[0]) | u64::from(value[last / 2 + last % 2]) << 8 | u64::from(value[last]) << 16
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

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
