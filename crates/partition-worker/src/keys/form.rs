//! The form of a key: at most [`LONGEST`] bytes, equal for equal values and different for others.
//! They are ordered by their bytes.
//!
//! A form begins with its kind. A value of up to 15 bytes stands behind their number, and one of up
//! to 64 behind [`WHOLE`]. Of a longer one there are the first 32 bytes and its BLAKE3: nobody can
//! make two values with one of those.

use table_schema::{Key, shown_key};

/// A longer value is cut.
const WHOLE_UP_TO: usize = 64;

/// What stays of a value that is cut.
const BEGINNING: usize = 32;

/// The longest form in bytes.
pub(super) const LONGEST: usize = 1 + WHOLE_UP_TO;

/// Before a value of more than 15 bytes.
const WHOLE: u8 = 0x80;

/// Before the beginning of a value, and its hash.
const CUT: u8 = 0x81;

/// The first 16 bytes of a form, as a number that is ordered as they are.
pub(super) type Head = u128;

/// The bytes of a head.
pub(super) const HEAD: usize = 16;

/// The head of the key's form, if that is all: a value that the key is itself.
pub(super) fn short(value: u128) -> Option<Head> {
    (!Key::is_hashed(value)).then_some(value)
}

/// The form of a value of more than 15 bytes: its head, and the rest appended to `tails`. Returns
/// the length of the rest with the head.
pub(super) fn long(exact: &[u8], tails: &mut Vec<u8>) -> (Head, u8) {
    let start = tails.len();
    if exact.len() <= WHOLE_UP_TO {
        tails.push(WHOLE);
        tails.extend_from_slice(exact);
    } else {
        tails.push(CUT);
        tails.extend_from_slice(&exact[..BEGINNING]);
        tails.extend_from_slice(blake3::hash(exact).as_bytes());
    }
    let head =
        tails[start..start + HEAD].iter().fold(0, |head, byte| head << 8 | Head::from(*byte));
    tails.drain(start..start + HEAD);
    (head, (tails.len() - start) as u8)
}

/// Writes a form whose head and rest these are into `form`.
#[inline]
pub(super) fn write(head: Head, tail: &[u8], form: &mut Vec<u8>) {
    let bytes = head.to_be_bytes();
    let length = match bytes[0] {
        WHOLE.. => HEAD,
        length => 1 + usize::from(length),
    };
    form.clear();
    form.extend_from_slice(&bytes[..length]);
    form.extend_from_slice(tail);
}

/// The value of a key whose fields have these types, as a person would write it. Of a long one only
/// the beginning is known.
pub(crate) fn shown(types: &[&str], form: &[u8]) -> String {
    match form.split_first() {
        Some((&CUT, rest)) => {
            let beginning = &rest[..rest.len().min(BEGINNING)];
            // A character that was cut is none.
            let whole = match std::str::from_utf8(beginning) {
                Err(cut) if cut.error_len().is_none() => cut.valid_up_to(),
                _ => beginning.len(),
            };
            format!("{}...", shown_key(types, &beginning[..whole]))
        }
        Some((_, value)) => shown_key(types, value),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The form of a value, as a file has it.
    fn form(value: &[u8]) -> Vec<u8> {
        let (mut tails, mut form) = (Vec::new(), Vec::new());
        let head = match value.len() {
            0..=15 => {
                let mut bytes = [0; HEAD];
                bytes[0] = value.len() as u8;
                bytes[1..=value.len()].copy_from_slice(value);
                short(u128::from_be_bytes(bytes)).unwrap()
            }
            _ => long(value, &mut tails).0,
        };
        write(head, &tails, &mut form);
        form
    }

    #[test]
    fn values_are_shown_as_they_are_and_long_ones_by_their_beginning() {
        for value in ["", "TX-1", "0123456789abcde", "0123456789abcdef", &"x".repeat(64)] {
            assert_eq!(shown(&["string"], &form(value.as_bytes())), value);
        }
        let long = format!("{}\u{e9}{}", "x".repeat(31), "y".repeat(40));
        assert_eq!(form(long.as_bytes()).len(), LONGEST);
        assert_eq!(shown(&["string"], &form(long.as_bytes())), format!("{}...", "x".repeat(31)));
    }

    proptest! {
        #[test]
        fn values_have_equal_forms_only_if_they_are_equal(
            one in prop::collection::vec(0_u8..2, 0..90),
            end in prop::collection::vec(0_u8..2, 0..3),
        ) {
            let other = [&one[..one.len().saturating_sub(2)], &end].concat();
            prop_assert_eq!(form(&one) == form(&other), one == other);
            prop_assert!(form(&one).len() <= LONGEST);
        }
    }
}
