//! Text behind the last field of a line.

use crate::formats::fields::escape::closing_quote;

/// Whether text behind a line's last field is more fields, and not the rest of a field whose quotes
/// were not escaped. Each has a blank before it, and quotes, if any, around all of it or behind an
/// equals sign.
#[cold]
pub(super) fn are_fields(text: &[u8]) -> bool {
    let mut rest = text;
    while let [b' ', behind @ ..] = rest {
        let end =
            behind.iter().position(|byte| matches!(byte, b' ' | b'"')).unwrap_or(behind.len());
        rest = match behind.get(end) {
            Some(b'"') if end == 0 || behind[end - 1] == b'=' => {
                let quoted = &behind[end + 1..];
                match closing_quote(quoted) {
                    Some((length, _)) => &quoted[length + 1..],
                    None => return false,
                }
            }
            Some(b'"') => return false,
            _ => &behind[end..],
        };
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_behind_a_line_are_told_from_the_rest_of_a_broken_one() {
        for fields in [
            "",
            " -",
            " 512 1290",
            " \"-\"",
            " rt=0.1 urt=\"0.1, 0.2\"",
            " [a] [] 1, 2",
            " \"a \\\" b\"",
            "  ",
        ] {
            assert!(are_fields(fields.as_bytes()), "{fields}");
        }
        for rest in [" tablet\"", "x", "\"", " \"a", " a\"b\"", " \"a\"b"] {
            assert!(!are_fields(rest.as_bytes()), "{rest}");
        }
    }
}
