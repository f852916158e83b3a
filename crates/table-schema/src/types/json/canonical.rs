//! JSON values in a form that is the same for equal values.

use crate::types::number::{Decimal, Number, NumberFormat};

use super::{elements, members};

/// Appends the same bytes for equal JSON values and different bytes for others: white space,
/// escapes, the order of members and the way a number is written do not count, and of members
/// with the same name only the last does. Allocates for objects and escaped strings.
pub(crate) fn canonical(value: &[u8], out: &mut Vec<u8>) {
    let value = value.trim_ascii();
    match value.first() {
        Some(b'{') => {
            let mut sorted: Vec<(Vec<u8>, &[u8])> = Vec::new();
            for (name, value) in members(value) {
                let mut bytes = Vec::new();
                string(name, &mut bytes);
                match sorted.binary_search_by(|(other, _)| other.cmp(&bytes)) {
                    Ok(at) => sorted[at].1 = value,
                    Err(at) => sorted.insert(at, (bytes, value)),
                }
            }
            out.push(b'{');
            for (name, value) in sorted {
                out.extend_from_slice(&name);
                canonical(value, out);
            }
            out.push(b'}');
        }
        Some(b'[') => {
            out.push(b'[');
            elements(value).for_each(|element| canonical(element, out));
            out.push(b']');
        }
        Some(b'"') => string(value, out),
        Some(b't' | b'f' | b'n') => out.push(value[0]),
        _ => number(value, out),
    }
}

fn number(value: &[u8], out: &mut Vec<u8>) {
    out.push(b'#');
    with_length(out, |out| match NumberFormat::plain(false).parse(value) {
        Some(Number::Finite(decimal)) => Decimal::canonical(&decimal, out),
        // Only an exponent of more digits than are read: equal if written alike.
        _ => out.extend_from_slice(value),
    });
}

fn string(quoted: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    let inner = quoted.strip_prefix(b"\"").and_then(|q| q.strip_suffix(b"\"")).unwrap_or(quoted);
    with_length(out, |out| {
        if !inner.contains(&b'\\') {
            out.extend_from_slice(inner);
        } else if let Ok(text) = serde_json::from_slice::<String>(quoted) {
            out.extend_from_slice(text.as_bytes());
        } else {
            // A surrogate without its other half: equal if written alike. No UTF-8 text begins so.
            out.push(0xff);
            out.extend_from_slice(inner);
        }
    });
}

/// What `write` appends, with its length before it.
pub(crate) fn with_length(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; 8]);
    write(out);
    let length = (out.len() - start - 8) as u64;
    out[start..start + 8].copy_from_slice(&length.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(text: &str) -> Vec<u8> {
        let mut out = Vec::new();
        canonical(text.as_bytes(), &mut out);
        out
    }

    #[test]
    fn equal_values_have_one_form_and_others_another() {
        for (a, b) in [
            (r#"{"a":1,"b":[true,null]}"#, r#" { "b" : [ true , null ], "a" : 1.0 } "#),
            (r#"{"a":1,"a":2}"#, r#"{"a":2}"#),
            (r#""é""#, r#""\u00e9""#),
            ("1e3", "1000"),
            ("-0.0", "0"),
        ] {
            assert_eq!(form(a), form(b), "{a} {b}");
        }
        for (a, b) in [
            ("[[1],2]", "[[1,2]]"),
            (r#"["a","b"]"#, r#"["ab",""]"#),
            ("1", "\"1\""),
            ("0.1", "0.10000000000000000000000000001"),
            ("[]", "{}"),
            (r#"{"a":[]}"#, r#"["a",[]]"#),
            ("true", "null"),
        ] {
            assert_ne!(form(a), form(b), "{a} {b}");
        }
    }
}
