//! Decimal numbers of any length, compared digit by digit.

use std::borrow::Cow;
use std::cmp::Ordering;

/// Whole numbers of up to so many digits fit into 64 bits.
pub(crate) const DIGITS: usize = 18;

/// `±0.d₁d₂d₃… × 10^magnitude`, where d₁ and the last digit are not zero. Zero has no digits.
///
/// The digits are borrowed from the cell as it was written, so they may stand with decimal and
/// group characters between them, which comparisons skip.
#[derive(Clone, Debug)]
pub(crate) struct Decimal<'a> {
    pub(crate) negative: bool,
    pub(crate) magnitude: i64,
    digits: Cow<'a, [u8]>,
}

impl<'a> Decimal<'a> {
    /// The number whose digits stand in `mantissa`, the first `whole` bytes of which are before
    /// the decimal character, times `10^exponent`. Bytes that are no digits are skipped.
    pub(crate) fn new(
        negative: bool,
        mantissa: &'a [u8],
        whole: usize,
        exponent: i64,
    ) -> Decimal<'a> {
        let significant = |b: &u8| matches!(b, b'1'..=b'9');
        let Some(first) = mantissa.iter().position(significant) else {
            return Decimal { negative: false, magnitude: 0, digits: Cow::Borrowed(&[]) };
        };
        let last = mantissa.iter().rposition(significant).unwrap_or(first);
        let count = |bytes: &[u8]| bytes.iter().filter(|b| b.is_ascii_digit()).count() as i64;
        let shift = if first < whole {
            count(&mantissa[first..whole])
        } else {
            -count(&mantissa[whole..first])
        };
        Decimal {
            negative,
            magnitude: shift.saturating_add(exponent),
            digits: Cow::Borrowed(&mantissa[first..=last]),
        }
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// Whether there is nothing behind the decimal point.
    pub(crate) fn is_integer(&self) -> bool {
        self.is_zero() || self.digits().count() as i64 <= self.magnitude
    }

    /// The digits from the first to the last that is not zero, as ASCII.
    pub(crate) fn digits(&self) -> impl Iterator<Item = u8> + '_ {
        self.digits.iter().copied().filter(u8::is_ascii_digit)
    }

    /// The number of 64 bits with a binary point that is nearest to it.
    pub(crate) fn nearest_double(&self) -> f64 {
        let digits: String = self.digits().map(char::from).collect();
        let sign = if self.negative { "-" } else { "" };
        // The library rounds as IEEE 754 says, and reads whatever is written like this.
        format!("{sign}0.{digits}0e{}", self.magnitude).parse().unwrap_or(f64::NAN)
    }

    pub(crate) fn borrowed(&self) -> Decimal<'_> {
        Decimal { digits: Cow::Borrowed(&self.digits), ..*self }
    }

    /// The number without its sign.
    pub(crate) fn absolute(self) -> Self {
        Decimal { negative: false, ..self }
    }

    /// The number with the other sign.
    pub(crate) fn negated(self) -> Self {
        Decimal { negative: !self.negative && !self.is_zero(), ..self }
    }

    pub(crate) fn into_owned(self) -> Decimal<'static> {
        Decimal {
            negative: self.negative,
            magnitude: self.magnitude,
            digits: Cow::Owned(self.digits().collect()),
        }
    }

    /// The same bytes for equal numbers, different bytes for others. Whole numbers of up to 18
    /// digits have eight, in their order, and others have more.
    pub(crate) fn canonical(&self, out: &mut Vec<u8>) {
        if let Some(whole) = self.whole() {
            out.extend_from_slice(&(whole ^ i64::MIN).to_be_bytes());
            return;
        }
        out.push(if self.negative { b'-' } else { b'+' });
        out.extend_from_slice(&self.magnitude.to_le_bytes());
        out.extend(self.digits());
    }

    /// The number itself, if it is a whole one of up to 18 digits.
    fn whole(&self) -> Option<i64> {
        let length = usize::try_from(self.magnitude)
            .ok()
            .filter(|length| *length <= DIGITS && self.is_integer())?;
        let digits = self.digits().chain(std::iter::repeat(b'0')).take(length);
        let whole = digits.fold(0, |whole, digit| whole * 10 + i64::from(digit - b'0'));
        Some(if self.negative { -whole } else { whole })
    }

    /// The number times 10 to the power of `scale`, if that is a whole one of up to 38 digits.
    pub(crate) fn scaled(&self, scale: u32) -> Option<i128> {
        const MOST: i64 = 38;
        let length = self.magnitude.checked_add(i64::from(scale))?;
        if self.is_zero() {
            return Some(0);
        }
        let zeros = length.checked_sub(self.digits().count() as i64)?;
        if !(0..=MOST).contains(&length) || zeros < 0 {
            return None;
        }
        let digits = self.digits().chain(std::iter::repeat(b'0')).take(length as usize);
        let whole = digits.fold(0, |whole, digit| whole * 10 + i128::from(digit - b'0'));
        Some(if self.negative { -whole } else { whole })
    }

    pub(crate) fn absolute_cmp(&self, other: &Decimal<'_>) -> Ordering {
        match (self.is_zero(), other.is_zero()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => {
                self.magnitude.cmp(&other.magnitude).then_with(|| self.digits().cmp(other.digits()))
            }
        }
    }
}

impl Ord for Decimal<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.absolute_cmp(other),
            (true, true) => other.absolute_cmp(self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Decimal<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Decimal<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal<'_> {}
