//! The structural index: where the delimiters, quotes and line ends of a block are, found 64 bytes
//! at a time.
//!
//! The method is stage one of simdjson (Langdale and Lemire, "Parsing Gigabytes of JSON per
//! Second", 2019): compare 64 bytes with each structural byte, and turn the comparison's bit mask
//! into positions. `wide` gives the vectors without `unsafe` and on every architecture.

use wide::u8x64;

use crate::dialect::Dialect;

const LANES: usize = 64;

/// Fills `positions` with the place of every delimiter, quote and LF of `block`, in order.
///
/// A block has at most `u32::MAX` bytes; those of the workers have a few MiB.
pub(crate) fn find(block: &[u8], dialect: &Dialect, positions: &mut Vec<u32>) {
    positions.clear();
    let delimiter = u8x64::splat(dialect.delimiter);
    let line_feed = u8x64::splat(b'\n');
    // Without a quote, the delimiter is compared twice: that costs next to nothing, a branch does.
    let quote = u8x64::splat(dialect.quote.unwrap_or(dialect.delimiter));

    let (chunks, tail) = block.as_chunks::<LANES>();
    let mut start = 0;
    for chunk in chunks {
        push(mask(chunk, delimiter, line_feed, quote), start, positions);
        start += LANES as u32;
    }
    if !tail.is_empty() {
        let mut padded = [0; LANES];
        padded[..tail.len()].copy_from_slice(tail);
        let inside = (1 << tail.len()) - 1;
        push(mask(&padded, delimiter, line_feed, quote) & inside, start, positions);
    }
}

#[inline]
fn mask(chunk: &[u8; LANES], delimiter: u8x64, line_feed: u8x64, quote: u8x64) -> u64 {
    let bytes = u8x64::new(*chunk);
    (bytes.simd_eq(delimiter) | bytes.simd_eq(line_feed) | bytes.simd_eq(quote)).to_bitmask()
}

/// Appends the set bits of `mask` as positions. Eight are written at a time, and those beyond the
/// last set bit are cut off again: a loop whose length the processor cannot predict costs more than
/// the writes that it saves.
#[inline]
fn push(mut mask: u64, start: u32, positions: &mut Vec<u32>) {
    let count = mask.count_ones() as usize;
    let before = positions.len();
    while mask != 0 {
        let mut eight = [0; 8];
        for slot in &mut eight {
            *slot = start.wrapping_add(mask.trailing_zeros());
            mask &= mask.wrapping_sub(1);
        }
        positions.extend_from_slice(&eight);
    }
    positions.truncate(before + count);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_structural_byte_is_found_once_and_in_order(
            block in prop::collection::vec(prop::sample::select(b",\"\n\rab;\0\xff".to_vec()), 0..400),
            quoted in any::<bool>(),
        ) {
            let dialect = Dialect { quote: quoted.then_some(b'"'), ..Dialect::default() };
            let mut positions = vec![7];
            find(&block, &dialect, &mut positions);
            let expected: Vec<u32> = (0u32..).zip(&block)
                .filter(|(_, byte)| matches!(byte, b',' | b'\n') || (quoted && **byte == b'"'))
                .map(|(at, _)| at)
                .collect();
            prop_assert_eq!(positions, expected);
        }
    }
}
