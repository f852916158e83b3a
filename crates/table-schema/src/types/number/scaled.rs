//! Plain numbers of up to 18 digits as scaled integers, and ranges over them.

use super::decimal::{DIGITS, Decimal};
use super::value::Number;

/// The number `±digits[.digits]` as `(mantissa, scale)`, its value being `mantissa / 10^scale`;
/// `None` where it is anything else, which may still be a number.
#[inline]
pub(crate) fn scan(cell: &[u8]) -> Option<(i64, usize)> {
    scan_word(cell).or_else(|| scan_bytes(cell))
}

/// [`scan`] for up to eight bytes without a sign, all at once. The decimal point is at another
/// place in every row, so a loop that branches on it is mispredicted on most of them.
#[inline]
fn scan_word(cell: &[u8]) -> Option<(i64, usize)> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * ONES;
    const ZEROS: u64 = b'0' as u64 * ONES;
    const POINTS: u64 = b'.' as u64 * ONES;
    // The text at the upper end of the word (its last byte is the highest), zeros below it. Two
    // loads may overlap: they agree there.
    let length = cell.len();
    let word = if let Some(all) = cell.first_chunk::<8>() {
        (length == 8).then_some(u64::from_le_bytes(*all))?
    } else if let (Some(first), Some(last)) = (cell.first_chunk::<4>(), cell.last_chunk::<4>()) {
        u64::from(u32::from_le_bytes(*first)) << (8 * (8 - length))
            | u64::from(u32::from_le_bytes(*last)) << 32
    } else {
        let (&first, &last) = (cell.first()?, cell.last()?);
        u64::from(first) << (8 * (8 - length))
            | u64::from(cell[length / 2]) << (8 * (8 - length + length / 2))
            | u64::from(last) << 56
    };
    let below = 8 * (8 - length) as u32;
    let word = word | ZEROS & !(u64::MAX << below);
    // The lowest byte that is a point; borrows can only mark bytes above it.
    let point = word ^ POINTS;
    let found = point.wrapping_sub(ONES) & !point & HIGH;
    let (word, scale) = if found == 0 {
        (word, 0)
    } else {
        let at = found.trailing_zeros() & !7;
        let under = !(u64::MAX << at);
        let over = u64::MAX.checked_shl(at + 8).unwrap_or(0);
        ((word & over) | (word & under) << 8 | u64::from(b'0'), 7 - (at / 8) as usize)
    };
    let digits = word ^ ZEROS;
    let bad = (digits.wrapping_add(0x76 * ONES) | digits) & HIGH != 0;
    // A point by itself is not a number.
    if bad || (found != 0 && length == 1) {
        return None;
    }
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let low = (pairs & 0x0000_00ff_0000_00ff).wrapping_mul(0x000f_4240_0000_0064);
    let high = (pairs >> 16 & 0x0000_00ff_0000_00ff).wrapping_mul(0x0000_2710_0000_0001);
    Some(((low.wrapping_add(high) >> 32) as i64, scale))
}

fn scan_bytes(cell: &[u8]) -> Option<(i64, usize)> {
    let (negative, digits) = match cell {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, cell),
    };
    if digits.len() > DIGITS + 1 {
        return None;
    }
    let mut mantissa = 0_u64;
    let mut point = None;
    for (at, &byte) in digits.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            mantissa = mantissa * 10 + u64::from(digit);
        } else if byte == b'.' && point.is_none() {
            point = Some(at);
        } else {
            return None;
        }
    }
    let (count, scale) = match point {
        None => (digits.len(), 0),
        Some(at) => (digits.len() - 1, digits.len() - 1 - at),
    };
    if count == 0 || count > DIGITS {
        return None;
    }
    let mantissa = mantissa as i64;
    Some((if negative { -mantissa } else { mantissa }, scale))
}

/// The mantissas that lie within a field's bounds, for every scale.
#[derive(Clone, Debug)]
pub(crate) struct ScaledRange {
    low: [i64; DIGITS + 1],
    high: [i64; DIGITS + 1],
}

impl ScaledRange {
    /// All numbers.
    pub(crate) fn all() -> ScaledRange {
        ScaledRange { low: [i64::MIN; DIGITS + 1], high: [i64::MAX; DIGITS + 1] }
    }

    /// Leaves only numbers that are at least `bound`, or above it where that is `exclusive`.
    pub(crate) fn at_least(&mut self, bound: &Number<'_>, exclusive: bool) {
        for (scale, low) in self.low.iter_mut().enumerate() {
            *low = (*low).max(match bound {
                Number::NegativeInfinity => i64::MIN,
                Number::Finite(bound) => {
                    let (floor, exact) = scaled_floor(bound, scale);
                    if exact && !exclusive { floor } else { floor.saturating_add(1) }
                }
                Number::Infinity | Number::NaN => i64::MAX,
            });
        }
    }

    /// Leaves only numbers that are at most `bound`, or below it where that is `exclusive`.
    pub(crate) fn at_most(&mut self, bound: &Number<'_>, exclusive: bool) {
        for (scale, high) in self.high.iter_mut().enumerate() {
            *high = (*high).min(match bound {
                Number::Infinity => i64::MAX,
                Number::Finite(bound) => {
                    let (floor, exact) = scaled_floor(bound, scale);
                    if exact && exclusive { floor.saturating_sub(1) } else { floor }
                }
                Number::NegativeInfinity | Number::NaN => i64::MIN,
            });
        }
    }

    /// Whether `mantissa / 10^scale` lies within the bounds.
    #[inline]
    pub(crate) fn contains(&self, mantissa: i64, scale: usize) -> bool {
        self.low[scale] <= mantissa && mantissa <= self.high[scale]
    }
}

/// The largest integer that is not above `number × 10^scale`, and whether it is equal to it.
/// Saturates far beyond every mantissa that [`scan`] returns.
fn scaled_floor(number: &Decimal<'_>, scale: usize) -> (i64, bool) {
    const FAR: i64 = i64::MAX / 2;
    let whole = number.magnitude.saturating_add(scale as i64);
    let (absolute, exact) = if number.is_zero() {
        (0, true)
    } else if whole > DIGITS as i64 {
        (FAR, true)
    } else {
        let whole = usize::try_from(whole).unwrap_or(0);
        let mut digits = number.digits();
        let absolute = (0..whole)
            .fold(0_i64, |sum, _| sum * 10 + digits.next().map_or(0, |d| i64::from(d - b'0')));
        (absolute, digits.next().is_none())
    };
    match (number.negative, exact) {
        (false, _) => (absolute, exact),
        (true, true) => (-absolute, true),
        (true, false) => (-absolute - 1, false),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn eight_bytes_at_once_read_as_one_by_one(text in "[0-9]{0,9}|[0-9]{0,8}\\.[0-9]{0,8}|[-+0-9./:,e\\x00\u{e9}]{0,9}") {
            let bytes = text.as_bytes();
            let unsigned = !bytes.starts_with(b"-") && !bytes.starts_with(b"+");
            let expected = if bytes.len() <= 8 && unsigned { scan_bytes(bytes) } else { None };
            prop_assert_eq!(scan_word(bytes), expected, "{}", text);
        }
    }
}
