//! Decimal numbers as vectors of digits.

use std::cmp::Ordering;

/// A number as digits: `whole` without leading zeros, `fraction` without trailing ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    pub(crate) negative: bool,
    pub(crate) whole: Vec<u8>,
    pub(crate) fraction: Vec<u8>,
}

impl Decimal {
    /// `text` is an optional sign, digits with an optional point, and an optional small exponent.
    pub(crate) fn new(text: &str) -> Decimal {
        let (mantissa, exponent) = match text.find(['e', 'E']) {
            Some(at) => (&text[..at], text[at + 1..].parse::<i64>().unwrap()),
            None => (text, 0),
        };
        let digits = mantissa.trim_start_matches(['+', '-']);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let (mut whole, mut fraction) = (whole.as_bytes().to_vec(), fraction.as_bytes().to_vec());
        for _ in 0..exponent {
            whole.push(if fraction.is_empty() { b'0' } else { fraction.remove(0) });
        }
        for _ in exponent..0 {
            fraction.insert(0, whole.pop().unwrap_or(b'0'));
        }
        while whole.first() == Some(&b'0') {
            whole.remove(0);
        }
        while fraction.last() == Some(&b'0') {
            fraction.pop();
        }
        let zero = whole.is_empty() && fraction.is_empty();
        Decimal { negative: mantissa.starts_with('-') && !zero, whole, fraction }
    }

    pub(crate) fn order(&self, other: &Decimal) -> Ordering {
        let absolute = |a: &Decimal, b: &Decimal| {
            let by_length = a.whole.len().cmp(&b.whole.len());
            by_length.then(a.whole.cmp(&b.whole)).then(a.fraction.cmp(&b.fraction))
        };
        match (self.negative, other.negative) {
            (false, false) => absolute(self, other),
            (true, true) => absolute(other, self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}
