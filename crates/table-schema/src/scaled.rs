//! Plain numbers of up to 18 digits as scaled integers, and ranges over them.

use crate::decimal::Decimal;
use crate::number::Number;

/// The most digits that [`scan`] reads, so that every mantissa is below 10^18.
pub(crate) const DIGITS: usize = 18;

/// The number `±digits[.digits]` as `(mantissa, scale)`, its value being `mantissa / 10^scale`;
/// `None` where it is anything else, which may still be a number.
#[inline]
pub(crate) fn scan(cell: &[u8]) -> Option<(i64, usize)> {
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
        let absolute = (0..whole).fold(0_i64, |sum, _| sum * 10 + digits.next().map_or(0, |d| i64::from(d - b'0')));
        (absolute, digits.next().is_none())
    };
    match (number.negative, exact) {
        (false, _) => (absolute, exact),
        (true, true) => (-absolute, true),
        (true, false) => (-absolute - 1, false),
    }
}
