//! Keys: 128 bits that stand for the value of a unique field.

use xxhash_rust::xxh3::xxh3_128_with_seed;

/// For one unique constraint or primary key, what stands for the row's value(s) of it.
///
/// Two rows have equal keys when their typed values are equal (`1.0` and `1.00` are one number).
/// Unequal values never meet where they are short: texts of up to 15 bytes, whole numbers of up to
/// 18 digits, moments with up to 6 digits of a second's fraction. Others, and keys of several
/// fields, are hashed, and meet with a probability of about `n² / 2^128` among `n` keys: for a
/// thousand million rows 3e-21, so a duplicate that is reported is one. The hash is XXH3-128, which
/// is keyed by the validator's seed but not cryptographic: whoever knows the seed could build a
/// collision, so seed it at random where the rows come from someone hostile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// The index into [`crate::Validator::unique_constraints`].
    pub constraint: u16,
    /// Short values in an order of their own: shorter texts before longer ones and then byte by
    /// byte, so that numbered identifiers ascend as they were given; whole numbers of up to 18
    /// digits and moments of whole seconds by their size. Hashes are above them all.
    pub value: u128,
    /// Where the value's own form ends in [`crate::Verdict::exact`], if it is hashed; it begins
    /// where that of the key before ends. See [`crate::Validator::with_exact_keys`].
    pub exact_end: u32,
}

impl Key {
    /// Whether the number is a hash, and not the value itself.
    pub fn is_hashed(value: u128) -> bool {
        value >> 127 == 1
    }
}

/// What stands for a value whose canonical form is `canonical`.
#[inline]
pub(crate) fn key_value(canonical: &[u8], seed: u64) -> u128 {
    short(canonical).unwrap_or_else(|| 1 << 127 | xxh3_128_with_seed(canonical, seed))
}

/// The length and then the bytes, from the most significant byte down, of up to 15 bytes.
#[inline]
fn short(text: &[u8]) -> Option<u128> {
    // Two loads may overlap: they agree there.
    let length = text.len();
    let bytes = if let (Some(first), Some(last)) = (text.first_chunk::<8>(), text.last_chunk::<8>())
    {
        if length > 15 {
            return None;
        }
        u128::from(u64::from_be_bytes(*first)) << 56
            | u128::from(u64::from_be_bytes(*last)) << (8 * (15 - length))
    } else if let (Some(first), Some(last)) = (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        u128::from(u32::from_be_bytes(*first)) << 88
            | u128::from(u32::from_be_bytes(*last)) << (8 * (15 - length))
    } else {
        (0..15_u32)
            .rev()
            .zip(text)
            .fold(0, |bytes, (at, byte)| bytes | u128::from(*byte) << (8 * at))
    };
    Some((length as u128) << 120 | bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn short_texts_are_ordered_by_length_and_then_by_their_bytes(
            a in prop::collection::vec(0_u8..3, 0..16),
            b in prop::collection::vec(0_u8..3, 0..16),
        ) {
            prop_assert_eq!(key_value(&a, 1).cmp(&key_value(&b, 2)), (a.len(), a).cmp(&(b.len(), b)));
        }

        #[test]
        fn a_long_text_is_above_all_short_ones(
            short in prop::collection::vec(any::<u8>(), 0..16),
            long in prop::collection::vec(any::<u8>(), 16..40),
            seed in any::<u64>(),
        ) {
            prop_assert!(key_value(&short, seed) < key_value(&long, seed));
        }
    }
}
