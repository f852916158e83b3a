//! Searching a few bytes.

/// Where the first of `bytes` stands in `text`, where it is likely to be near or the text to be short: a call of memchr costs more than
/// looking at eight bytes in a step.
///
/// Source: Alan Mycroft's test for a zero byte, in Henry S. Warren, "Hacker's Delight", 6-1.
#[inline]
pub(crate) fn find_near<const N: usize>(bytes: [u8; N], text: &[u8]) -> Option<usize> {
    let patterns = bytes.map(|byte| ONES * u64::from(byte));
    let (chunks, tail) = text.as_chunks::<8>();
    for (number, chunk) in chunks.iter().enumerate() {
        if let Some(at) = first(patterns, chunk) {
            return Some(number * 8 + at);
        }
    }
    match text.last_chunk::<8>() {
        // What was looked at already has none of them.
        Some(last) if !tail.is_empty() => first(patterns, last).map(|at| text.len() - 8 + at),
        _ => tail.iter().position(|byte| bytes.contains(byte)).map(|at| chunks.len() * 8 + at),
    }
}

const ONES: u64 = 0x0101_0101_0101_0101;

#[inline]
fn first<const N: usize>(patterns: [u64; N], chunk: &[u8; 8]) -> Option<usize> {
    let chunk = u64::from_le_bytes(*chunk);
    let mut zeros = 0;
    for pattern in patterns {
        let differs = chunk ^ pattern;
        // The lowest bit that is set is of the first zero byte; those above it may be wrong.
        zeros |= differs.wrapping_sub(ONES) & !differs & (ONES << 7);
    }
    (zeros != 0).then(|| zeros.trailing_zeros() as usize / 8)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_first_byte_is_found(text in prop::collection::vec(prop::sample::select(vec![0u8, 1, 31, 32, 33, 127, 128, 160, 255]), 0..40)) {
            for byte in [0u8, 32, 33, 128, 255] {
                prop_assert_eq!(find_near([byte], &text), text.iter().position(|other| *other == byte));
            }
            prop_assert_eq!(find_near([32, 128], &text), text.iter().position(|byte| matches!(byte, 32 | 128)));
        }
    }
}
