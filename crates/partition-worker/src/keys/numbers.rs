//! Whole numbers in as few bytes as they need (LEB128), those of either sign folded (zigzag).

/// Appends a number.
pub(super) fn write(number: i64, out: &mut Vec<u8>) {
    let mut rest = (number << 1 ^ number >> 63) as u64;
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

/// Reads the number at `at`, and moves behind it; `None` if there is no whole one.
pub(super) fn read(bytes: &[u8], at: &mut usize) -> Option<i64> {
    let mut folded = 0;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.get(*at)?;
        *at += 1;
        folded |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some((folded >> 1) as i64 ^ -((folded & 1) as i64));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_read_back_and_cut_ones_do_not(
            numbers in prop::collection::vec(any::<i64>(), 1..9),
            small in -3_i64..200,
        ) {
            let mut bytes = Vec::new();
            numbers.iter().chain([&small]).for_each(|number| write(*number, &mut bytes));
            let mut at = 0;
            for number in numbers.iter().chain([&small]) {
                prop_assert_eq!(read(&bytes, &mut at), Some(*number));
            }
            prop_assert_eq!(at, bytes.len());
            let mut start = at - 1 - usize::from(small > 63);
            prop_assert_eq!(read(&bytes[..bytes.len() - 1], &mut start), None);
        }
    }
}
