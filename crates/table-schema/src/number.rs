//! The types `integer` and `number`: how they are written.

use std::borrow::Cow;
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
/// around a bare number. A group character stands between two digits before the decimal character;
/// the size of the groups is not checked, since it differs from country to country.
#[derive(Clone, Debug)]
pub(crate) struct NumberFormat {
    /// Of the type `integer`: digits only.
    pub(crate) integer: bool,
    /// Without it what stands before and after the number is stripped, except where that could be
    /// its sign: `-€95`, `95-`, `−95` and `(95)` are type errors, and never 95.
    pub(crate) bare: bool,
    pub(crate) decimal_char: Cow<'static, [u8]>,
    pub(crate) group_char: Option<Box<[u8]>>,
    /// An extension of the standard: groups are of three digits, the first of one to three that do
    /// not begin with a zero.
    pub(crate) strict_groups: bool,
}

impl NumberFormat {
    pub(crate) fn plain(integer: bool) -> NumberFormat {
        NumberFormat {
            integer,
            bare: true,
            decimal_char: Cow::Borrowed(b"."),
            group_char: None,
            strict_groups: false,
        }
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
            } else if !self.integer && whole.is_none() && rest[at..].starts_with(&self.decimal_char)
            {
                whole = Some(at);
                at += self.decimal_char.len();
            } else if let Some(group) = &self.group_char
                && whole.is_none()
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
        if self.strict_groups && !self.has_groups_of_three(&rest[..whole.unwrap_or(at)]) {
            return None;
        }
        Some(Decimal::new(negative, &rest[..at], whole.unwrap_or(at), exponent))
    }

    /// Whether the digits before the decimal character are in groups of three, or in none. A first
    /// group that begins with a zero (`0,123`) is nowhere written: it is a decimal character that
    /// was taken for a group character.
    fn has_groups_of_three(&self, whole: &[u8]) -> bool {
        let Some(group) = &self.group_char else { return true };
        let mut digits = 0;
        let mut grouped = false;
        let mut rest = whole;
        while let Some((_, behind)) = rest.split_first() {
            if rest.starts_with(group) {
                if digits == 0 || digits > 3 || (grouped && digits != 3) {
                    return false;
                }
                (grouped, digits) = (true, 0);
                rest = &rest[group.len()..];
            } else {
                digits += 1;
                rest = behind;
            }
        }
        !grouped || (digits == 3 && !whole.starts_with(b"0"))
    }

    /// Whether a cell of this format has groups that may be none, and how it is read then:
    /// `1234.50` with the groupChar `.` is 123450.
    ///
    /// Only where the group character is another country's decimal character, and the groups are
    /// not as they are written anywhere: the last one has three digits, the first one at most
    /// three and does not begin with a zero. (Those between have two in India.)
    pub(crate) fn misgrouped(&self, cell: &[u8]) -> Option<String> {
        let group = self.group_char.as_deref().filter(|group| matches!(group, [b'.' | b',']))?;
        let cell = if self.bare { cell } else { self.strip(cell)? };
        let unsigned = cell.strip_prefix(b"-").or(cell.strip_prefix(b"+")).unwrap_or(cell);
        let is_end = |at: &usize| {
            let rest = &unsigned[*at..];
            !(rest[0].is_ascii_digit() || rest.starts_with(group))
        };
        let whole = &unsigned[..(0..unsigned.len()).find(is_end).unwrap_or(unsigned.len())];
        let mut groups = whole.split(|byte| *byte == group[0]);
        let first = groups.next()?;
        let last = groups.next_back()?;
        let usual = last.len() == 3 && first.len() <= 3 && !first.starts_with(b"0");
        (!usual).then(|| {
            let read: Vec<u8> = cell.iter().copied().filter(|byte| *byte != group[0]).collect();
            let read = String::from_utf8_lossy(&read).into_owned();
            read.replacen(&*String::from_utf8_lossy(&self.decimal_char), ".", 1)
        })
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
        let (before, after) =
            (std::str::from_utf8(&cell[..start]).ok()?, std::str::from_utf8(&cell[end..]).ok()?);
        let is_open = |open, close| before.matches(open).count() > before.matches(close).count();
        // `<5` alone says "less than", and is stripped as the standard has it.
        let is_enclosed = |open, close| is_open(open, close) && after.contains(close);
        let signed = has_sign(before)
            || has_sign(after)
            || is_open('(', ')')
            || is_open('（', '）')
            || is_enclosed('[', ']')
            || is_enclosed('<', '>');
        (!signed).then_some(&cell[start..end])
    }
}

/// Whether text beside a number may say that it is negative: with a dash of any kind that joins no
/// two letters (`t-shirts`), or with the bookkeepers' DR for a debit.
fn has_sign(text: &str) -> bool {
    let is_dash = |c| {
        matches!(
            c,
            '-' | '\u{2010}'
                ..='\u{2015}'
                    | '\u{2212}'
                    | '\u{207b}'
                    | '\u{208b}'
                    | '\u{fe58}'
                    | '\u{fe63}'
                    | '\u{ff0d}'
        )
    };
    let mut before = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let joins = before.is_some_and(char::is_alphabetic)
            && chars.peek().copied().is_some_and(char::is_alphabetic);
        if is_dash(c) && !joins {
            return true;
        }
        before = Some(c);
    }
    text.split(|c: char| !c.is_alphabetic()).any(|word| word.eq_ignore_ascii_case("dr"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_that_are_written_nowhere_are_told_with_what_they_are_read_as() {
        let format = |group: &str, decimal: &'static str| NumberFormat {
            group_char: Some(group.as_bytes().into()),
            decimal_char: Cow::Borrowed(decimal.as_bytes()),
            ..NumberFormat::plain(false)
        };
        let german = format(".", ",");
        for (cell, read) in [
            ("1234.50", Some("123450")),
            ("-1.5", Some("-15")),
            ("1234.500", Some("1234500")),
            ("0.500", Some("0500")),
            ("12.34,5", Some("1234.5")),
            ("1.234,5", None),
            ("-12.345.678", None),
            ("12.34.567", None),
            ("1234,50", None),
            ("7", None),
        ] {
            assert_eq!(german.misgrouped(cell.as_bytes()).as_deref(), read, "{cell}");
        }
        assert_eq!(format(",", ".").misgrouped(b"12,50").as_deref(), Some("1250"));
        assert_eq!(format(" ", ",").misgrouped(b"12 50"), None);
        assert_eq!(
            NumberFormat { bare: false, ..german }.misgrouped("€ 12.50 net".as_bytes()).as_deref(),
            Some("1250")
        );
    }
    #[test]
    fn no_number_in_strict_groups_is_warned_of() {
        let strict = NumberFormat {
            group_char: Some(b",".as_slice().into()),
            strict_groups: true,
            ..NumberFormat::plain(false)
        };
        // Every text of up to seven characters of which a number with groups can be made.
        let mut texts = vec![Vec::new()];
        for length in 0..7 {
            let longer: Vec<Vec<u8>> = texts
                .iter()
                .filter(|text: &&Vec<u8>| text.len() == length)
                .flat_map(|text| b"01,.".iter().map(|byte| [text, &[*byte][..]].concat()))
                .collect();
            texts.extend(longer);
        }
        let mut numbers = 0;
        for text in texts.iter().filter(|text| strict.parse(text).is_some()) {
            assert_eq!(strict.misgrouped(text), None, "{}", String::from_utf8_lossy(text));
            numbers += 1;
        }
        assert!(numbers > 100, "{numbers} numbers");
    }
}
