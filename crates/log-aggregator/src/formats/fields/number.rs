//! Numbers of decimal digits.

use super::short_search::ONES;

/// A number of decimal digits only, at most eighteen.
pub(in crate::formats) fn number(digits: &[u8]) -> Option<i64> {
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    digits.iter().try_fold(0_i64, |sum, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit < 10).then(|| sum * 10 + i64::from(digit))
    })
}

/// The number that stands before the first blank of eight bytes, and how many digits it has; `None`
/// where there is none.
///
/// All digits are read together. Source: Daniel Lemire, "Quickly parsing eight digits", 2018.
#[inline]
pub(in crate::formats) fn number_before_blank(text: &[u8; 8]) -> Option<(u64, usize)> {
    let bytes = u64::from_le_bytes(*text) ^ (ONES * u64::from(b'0'));
    // The lowest bit that is set is of the first byte that is not a digit.
    let digits = more_than_nine(bytes).trailing_zeros() as usize / 8;
    if digits == 0 || digits == 8 || text[digits] != b' ' {
        return None;
    }
    // The last digit comes last, behind zeros.
    let bytes = bytes << (64 - 8 * digits);
    let pairs = ((bytes * 10) + (bytes >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    Some(((fours * 10_000 + (fours >> 32)) & 0xffff_ffff, digits))
}

/// The highest bit of each byte that is more than 9.
///
/// Source: the tests of Henry S. Warren, "Hacker's Delight", 6-1.
#[inline]
fn more_than_nine(bytes: u64) -> u64 {
    // Such a byte has its highest bit set, or gets it by adding 118.
    (bytes | ((bytes & (ONES * 0x7f)) + ONES * 0x76)) & (ONES << 7)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_number_before_a_blank_is_read_and_nothing_else(
            text in "[0-9]{0,8} [0-9a-z ]{8}",
            place in 0usize..8,
            byte in any::<u8>(),
        ) {
            let mut head: [u8; 8] = text.as_bytes()[..8].try_into().unwrap();
            let model = |head: &[u8; 8]| {
                let blank = head.iter().position(|byte| *byte == b' ')?;
                Some((number(&head[..blank])?.unsigned_abs(), blank))
            };
            prop_assert_eq!(number_before_blank(&head), model(&head));
            head[place] = byte;
            prop_assert_eq!(number_before_blank(&head), model(&head));
        }
    }
}
