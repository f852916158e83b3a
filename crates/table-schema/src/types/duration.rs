//! The type `duration`: XML Schema's duration, with its partial order.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::types::datetime::days_from_civil;

/// The longest number of a component that is read, in digits.
const DIGITS: usize = 18;

/// A duration of so many months and seconds; `fraction` is ASCII digits without trailing zeros.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Duration<'a> {
    negative: bool,
    months: i128,
    seconds: i128,
    fraction: Cow<'a, [u8]>,
}

impl<'a> Duration<'a> {
    /// Reads `-?PnYnMnDTnHnMnS`, each part optional but at least one there, and one behind a `T`.
    pub(crate) fn parse(cell: &'a [u8]) -> Option<Duration<'a>> {
        let (negative, rest) = match cell {
            [b'-', rest @ ..] => (true, rest),
            _ => (false, cell),
        };
        let mut rest = rest.strip_prefix(b"P")?;
        if rest.is_empty() {
            return None;
        }
        let mut duration =
            Duration { negative, months: 0, seconds: 0, fraction: Cow::Borrowed(&[]) };
        // Designators come in this order; the ones behind a T are another list.
        let mut left: &[u8] = b"YMD";
        let mut in_time = false;
        while !rest.is_empty() {
            if let Some(time) = rest.strip_prefix(b"T") {
                if in_time || time.is_empty() {
                    return None;
                }
                (in_time, left, rest) = (true, b"HMS", time);
                continue;
            }
            let count = rest.iter().take_while(|b| b.is_ascii_digit()).count();
            let zeros = rest.iter().take_while(|&&b| b == b'0').count();
            if count == 0 || count - zeros > DIGITS {
                return None;
            }
            let value =
                rest[zeros..count].iter().fold(0_i128, |sum, b| sum * 10 + i128::from(b - b'0'));
            rest = &rest[count..];
            if let Some(after) = rest.strip_prefix(b".") {
                let digits = after.iter().take_while(|b| b.is_ascii_digit()).count();
                if digits == 0 || !in_time || after.get(digits) != Some(&b'S') {
                    return None;
                }
                let end =
                    after[..digits].iter().rposition(|&b| b != b'0').map_or(0, |last| last + 1);
                duration.fraction = Cow::Borrowed(&after[..end]);
                rest = &after[digits..];
            }
            let (&designator, after) = rest.split_first()?;
            let at = left.iter().position(|&b| b == designator)?;
            left = &left[at + 1..];
            rest = after;
            match (in_time, designator) {
                (false, b'Y') => duration.months += value * 12,
                (false, b'M') => duration.months += value,
                (false, _) => duration.seconds += value * 86_400,
                (true, b'H') => duration.seconds += value * 3600,
                (true, b'M') => duration.seconds += value * 60,
                (true, _) => duration.seconds += value,
            }
        }
        if duration.months == 0 && duration.seconds == 0 && duration.fraction.is_empty() {
            duration.negative = false;
        }
        Some(duration)
    }

    pub(crate) fn borrowed(&self) -> Duration<'_> {
        Duration { fraction: Cow::Borrowed(&self.fraction), ..*self }
    }

    pub(crate) fn into_owned(self) -> Duration<'static> {
        Duration { fraction: Cow::Owned(self.fraction.into_owned()), ..self }
    }

    /// The same bytes for equal durations, different bytes for others.
    pub(crate) fn canonical(&self, out: &mut Vec<u8>) {
        out.push(u8::from(self.negative));
        out.extend_from_slice(&self.months.to_le_bytes());
        out.extend_from_slice(&self.seconds.to_le_bytes());
        out.extend_from_slice(&self.fraction);
    }

    /// The order where there is one: a month is neither more nor less than 30 days.
    ///
    /// Source: XML Schema part 2, section 3.2.6.2: both durations are added to four instants, and
    /// have an order if it is the same from all of them.
    pub(crate) fn partial_cmp(&self, other: &Duration<'_>) -> Option<Ordering> {
        const STARTS: [(i128, i128); 4] = [(1696, 9), (1697, 2), (1903, 3), (1903, 7)];
        let mut orders = STARTS.iter().map(|&start| {
            let (a, b) = (self.added_to(start), other.added_to(start));
            order((a, self.negative, &self.fraction), (b, other.negative, &other.fraction))
        });
        let first = orders.next()?;
        orders.all(|order| order == first).then_some(first)
    }

    /// The whole seconds from 1970 to the first of a month plus this duration.
    fn added_to(&self, (year, month): (i128, i128)) -> i128 {
        let sign = if self.negative { -1 } else { 1 };
        let months = year * 12 + month - 1 + sign * self.months;
        days_from_civil(months.div_euclid(12), months.rem_euclid(12) + 1, 1) * 86_400
            + sign * self.seconds
    }
}

/// The order of two instants: whole seconds, plus or minus (if `true`) a fraction of one.
fn order(a: (i128, bool, &[u8]), b: (i128, bool, &[u8])) -> Ordering {
    match (a, b) {
        ((a, false, f), (b, false, g)) => a.cmp(&b).then_with(|| f.cmp(g)),
        ((a, true, f), (b, true, g)) => a.cmp(&b).then_with(|| g.cmp(f)),
        // Zero is never negative, so what is negative comes before what is not.
        ((_, true, _), (_, false, _)) => Ordering::Less,
        ((_, false, _), (_, true, _)) => Ordering::Greater,
    }
}
