//! One field of a layout: the text before it, and how to find its end.

use crate::formats::fields::Field;

/// One field of a layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// The text before the field.
    pub before: Literal,
    pub field: Field,
    pub end: FieldEnd,
}

/// Where a field ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldEnd {
    /// Before this byte.
    Byte(u8),
    /// Before the quote that closes it.
    Quote,
    /// With the line.
    Line,
    /// With the line, or before a blank and other fields.
    LineOrBlank,
}

/// Text that stands in every line, mostly of a few bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Literal {
    pub text: Vec<u8>,
    /// Its first eight bytes as a number, and which of the number's bytes there are.
    first: u64,
    mask: u64,
}

impl From<Vec<u8>> for Literal {
    fn from(text: Vec<u8>) -> Literal {
        let mut first = [0; 8];
        let length = text.len().min(8);
        first[..length].copy_from_slice(&text[..length]);
        let mask = if length == 8 { u64::MAX } else { (1 << (8 * length)) - 1 };
        Literal { text, first: u64::from_le_bytes(first), mask }
    }
}

impl Literal {
    /// The length of the text, if `rest` begins with it.
    #[inline]
    pub(super) fn length_in(&self, rest: &[u8]) -> Option<usize> {
        let is_there = match rest.first_chunk::<8>() {
            Some(head) if self.text.len() <= 8 => {
                u64::from_le_bytes(*head) & self.mask == self.first
            }
            _ => rest.starts_with(&self.text),
        };
        is_there.then_some(self.text.len())
    }
}

impl Piece {
    /// The length of a list whose first value has this length. A value that ends with a comma, or
    /// that has a colon between blanks behind it, is followed by another one.
    #[inline]
    pub(super) fn whole_list(&self, first: usize, rest: &[u8]) -> usize {
        match self.end {
            FieldEnd::Byte(b' ') | FieldEnd::LineOrBlank if self.field.is_list() => {
                list_length(first, rest, self.field)
            }
            // A host that is an IPv6 address has colons of its own: `[2001:db8::1]:443`.
            FieldEnd::Byte(b':') if self.field == Field::Host && rest.starts_with(b"[") => {
                // Without a port the line does not have this layout, and the text behind this piece
                // will show it.
                let end = memchr::memchr(b']', rest).map_or(rest.len(), |end| end + 1);
                if rest.get(end) == Some(&b':') { end } else { rest.len() }
            }
            _ => first,
        }
    }

    /// Where the field ends if this text follows it.
    pub(super) fn end_before(&self, text: &[u8]) -> Option<FieldEnd> {
        let next = *text.first()?;
        Some(if next == b'"' && self.before.text.ends_with(b"\"") {
            FieldEnd::Quote
        } else {
            FieldEnd::Byte(next)
        })
    }
}

/// The length of a value with blanks before it.
#[inline(never)]
fn padded_length(rest: &[u8]) -> usize {
    let blanks = rest.iter().take_while(|byte| **byte == b' ').count();
    memchr::memchr(b' ', &rest[blanks..]).map_or(rest.len(), |length| blanks + length)
}

fn list_length(first: usize, rest: &[u8], field: Field) -> usize {
    if let Field::PaddedTook(_) = field {
        return padded_length(rest);
    }
    let has_groups = !matches!(field, Field::Client | Field::Forwarded);
    let mut end = first;
    loop {
        let behind = match &rest[end..] {
            [b' ', b':', b' ', ..] if has_groups => end + 3,
            [b' ', ..] if rest[..end].ends_with(b",") => end + 1,
            _ => return end,
        };
        match memchr::memchr(b' ', &rest[behind..]) {
            Some(length) => end = behind + length,
            None => return end,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_list_ends_where_its_last_value_does() {
        for (rest, list) in [
            ("- next", "-"),
            ("0.100 502, 200", "0.100"),
            ("0.100, 0.110 502, 200", "0.100, 0.110"),
            ("a, b : c, d e", "a, b : c, d"),
            ("a, b", "a,"),
        ] {
            assert_eq!(
                list_length(rest.find(' ').unwrap(), rest.as_bytes(), Field::SkipList),
                list.len(),
                "{rest}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_literal_is_what_a_line_begins_with(text in "[a-c]{0,10}", line in "[a-c]{0,12}") {
            let literal = Literal::from(text.clone().into_bytes());
            prop_assert_eq!(literal.length_in(line.as_bytes()).is_some(), line.starts_with(&text));
            let both = text.clone() + &line;
            prop_assert_eq!(literal.length_in(both.as_bytes()), Some(text.len()));
        }
    }
}
