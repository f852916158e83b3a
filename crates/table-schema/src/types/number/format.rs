//! How the numbers of a field are written.

use std::borrow::Cow;

use super::bare::strip;
use super::decimal::Decimal;
use super::value::Number;

/// The longest exponent that is read. A longer one is a type error rather than a wrong order.
const EXPONENT_DIGITS: usize = 17;

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
    /// If false, what stands before and after the number is stripped, unless it could be the
    /// number's sign: `-€95`, `95-`, `−95` and `(95)` are type errors, and never 95.
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

    /// Whether numbers are written as [`super::scan`] reads them.
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
        let cell = if self.bare { cell } else { strip(cell, &self.decimal_char, self.integer)? };
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
    /// group that begins with a zero (`0,123`) is not written anywhere: more likely the group
    /// character of the schema is the decimal character of the file.
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

    /// What a cell of this format is read as, if its groups look as if the group character were a
    /// decimal character: `1234.50` with the groupChar `.` is 123450.
    ///
    /// Only where the group character is another country's decimal character, and the groups are
    /// not as they are written anywhere: the last one has three digits, the first one at most
    /// three and does not begin with a zero. (Those between have two in India.)
    pub(crate) fn misgrouped(&self, cell: &[u8]) -> Option<String> {
        let group = self.group_char.as_deref().filter(|group| matches!(group, [b'.' | b',']))?;
        let cell = if self.bare { cell } else { strip(cell, &self.decimal_char, self.integer)? };
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
