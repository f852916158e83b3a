//! The types `integer` and `number`: how they are written.

use std::cmp::Ordering;

use crate::decimal::Decimal;

/// The longest exponent that is read. A longer one is a type error rather than a wrong order.
const EXPONENT_DIGITS: usize = 17;

/// A value of the type `number`, the special values included.
#[derive(Clone, Debug)]
pub(crate) enum Number<'a> {
    NegativeInfinity,
    Finite(Decimal<'a>),
    Infinity,
    NaN,
}

impl Number<'_> {
    pub(crate) fn into_owned(self) -> Number<'static> {
        match self {
            Number::Finite(decimal) => Number::Finite(decimal.into_owned()),
            Number::NegativeInfinity => Number::NegativeInfinity,
            Number::Infinity => Number::Infinity,
            Number::NaN => Number::NaN,
        }
    }

    /// The order of the numbers; NaN has none.
    pub(crate) fn partial_cmp(&self, other: &Number<'_>) -> Option<Ordering> {
        let rank = |number: &Number<'_>| match number {
            Number::NegativeInfinity => Some(0),
            Number::Finite(_) => Some(1),
            Number::Infinity => Some(2),
            Number::NaN => None,
        };
        match (self, other) {
            (Number::Finite(a), Number::Finite(b)) => Some(a.cmp(b)),
            _ => Some(rank(self)?.cmp(&rank(other)?)),
        }
    }

    /// The same bytes for equal numbers, different bytes for others. NaN is taken as equal to
    /// itself, so that an `enum` can name it and `unique` finds its double.
    pub(crate) fn canonical(&self, out: &mut Vec<u8>) {
        match self {
            Number::NegativeInfinity => out.push(b'<'),
            Number::Finite(decimal) => decimal.canonical(out),
            Number::Infinity => out.push(b'>'),
            Number::NaN => out.push(b'?'),
        }
    }
}

/// How the numbers of a field are written.
///
/// Source: the lexical space of XML Schema's decimal with Table Schema's additions (exponents,
/// `NaN`, `INF`, `-INF`, `decimalChar`, `groupChar`, `bareNumber`). No white space is allowed
/// around a bare number. A group character stands between two digits; the size of the groups is
/// not checked, since it differs from country to country.
#[derive(Clone, Debug)]
pub(crate) struct NumberFormat {
    /// Of the type `integer`: digits only.
    pub(crate) integer: bool,
    /// Without it what stands before and after the number is stripped, except where that has a
    /// minus sign in it: `-€95` and `95-` are type errors, and never 95.
    pub(crate) bare: bool,
    pub(crate) decimal_char: Box<[u8]>,
    pub(crate) group_char: Option<Box<[u8]>>,
}

impl NumberFormat {
    pub(crate) fn plain(integer: bool) -> NumberFormat {
        NumberFormat { integer, bare: true, decimal_char: (*b".").into(), group_char: None }
    }

    /// Whether numbers are written as [`crate::scaled::scan`] reads them.
    pub(crate) fn is_plain(&self) -> bool {
        self.bare && &*self.decimal_char == b"." && self.group_char.is_none()
    }

    pub(crate) fn parse<'a>(&self, cell: &'a [u8]) -> Option<Number<'a>> {
        if !self.integer {
            if cell.eq_ignore_ascii_case(b"nan") {
                return Some(Number::NaN);
            }
            if cell.eq_ignore_ascii_case(b"inf") {
                return Some(Number::Infinity);
            }
            if cell.eq_ignore_ascii_case(b"-inf") {
                return Some(Number::NegativeInfinity);
            }
        }
        let cell = if self.bare { cell } else { self.strip(cell)? };
        self.finite(cell).map(Number::Finite)
    }

    fn finite<'a>(&self, cell: &'a [u8]) -> Option<Decimal<'a>> {
        let (negative, rest) = match cell.split_first()? {
            (b'-', rest) => (true, rest),
            (b'+', rest) => (false, rest),
            _ => (false, cell),
        };
        let mut at = 0;
        let mut whole = None;
        let mut digits = 0_usize;
        while let Some(&byte) = rest.get(at) {
            if byte.is_ascii_digit() {
                digits += 1;
                at += 1;
            } else if !self.integer && whole.is_none() && rest[at..].starts_with(&self.decimal_char) {
                whole = Some(at);
                at += self.decimal_char.len();
            } else if let Some(group) = &self.group_char
                && rest[at..].starts_with(group)
                && at.checked_sub(1).is_some_and(|before| rest[before].is_ascii_digit())
                && rest.get(at + group.len()).is_some_and(u8::is_ascii_digit)
            {
                at += group.len();
            } else {
                break;
            }
        }
        if digits == 0 {
            return None;
        }
        let exponent = match &rest[at..] {
            [] => 0,
            [b'e' | b'E', power @ ..] if !self.integer => exponent(power)?,
            _ => return None,
        };
        Some(Decimal::new(negative, &rest[..at], whole.unwrap_or(at), exponent))
    }

    /// The number within what may stand around it.
    fn strip<'a>(&self, cell: &'a [u8]) -> Option<&'a [u8]> {
        let digit = cell.iter().position(u8::is_ascii_digit)?;
        let end = cell.iter().rposition(u8::is_ascii_digit)? + 1;
        let mut start = digit;
        // In `$.50` the decimal character belongs to the number, in `Rs.50` to the abbreviation.
        if !self.integer
            && let Some(before) = cell[..start].strip_suffix(&*self.decimal_char)
            && !before.last().is_some_and(u8::is_ascii_alphabetic)
        {
            start = before.len();
        }
        if matches!(cell[..start].last(), Some(b'-' | b'+')) {
            start -= 1;
        }
        // A decimal character that ends the number, as in `5.`, changes nothing: it goes too.
        (!cell[..start].contains(&b'-') && !cell[end..].contains(&b'-')).then_some(&cell[start..end])
    }
}

fn exponent(power: &[u8]) -> Option<i64> {
    let (negative, digits) = match power.split_first()? {
        (b'-', rest) => (true, rest),
        (b'+', rest) => (false, rest),
        _ => (false, power),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let zeros = digits.iter().take_while(|&&b| b == b'0').count();
    if digits.len() - zeros > EXPONENT_DIGITS {
        return None;
    }
    let value = digits[zeros..].iter().fold(0_i64, |sum, b| sum * 10 + i64::from(b - b'0'));
    Some(if negative { -value } else { value })
}
