//! Bytes as members of a JSON object: text where they are UTF-8, base64 where they are not.

use base64::{Engine as _, prelude::BASE64_STANDARD};

/// Writes `,"NAME":"..."`, or `,"NAME_base64":"..."` for bytes that are not UTF-8, so that none of
/// them is lost.
pub(super) fn bytes_member(line: &mut Vec<u8>, name: &str, bytes: &[u8]) {
    line.extend_from_slice(b",\"");
    line.extend_from_slice(name.as_bytes());
    match str::from_utf8(bytes) {
        Ok(text) => {
            line.extend_from_slice(b"\":");
            string(line, text);
        }
        Err(_) => {
            line.extend_from_slice(b"_base64\":");
            string(line, &BASE64_STANDARD.encode(bytes));
        }
    }
}

/// Writes a JSON string.
pub(super) fn string(line: &mut Vec<u8>, text: &str) {
    // Every result has ids and names, which need no escaping, so checking first is faster than
    // serde_json's loop. (This crate is built for size: loops over bytes are not vectorised.) In a
    // JSON payload the first quote ends the check at once.
    let bytes = text.as_bytes();
    if memchr::memchr2(b'"', b'\\', bytes).is_none() && bytes.iter().all(|byte| *byte >= 0x20) {
        line.push(b'"');
        line.extend_from_slice(text.as_bytes());
        line.push(b'"');
    } else {
        serde_json::to_writer(line, text).expect("a Vec takes every write");
    }
}

/// Writes a whole number. `write!` takes several times as long, and every result has three.
pub(super) fn number(line: &mut Vec<u8>, number: u64) {
    serde_json::to_writer(line, &number).expect("a Vec takes every write");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_string_is_as_the_json_library_writes_it(
            text in "\\PC*|[ -~]{0,40}|[\\x00-\\x7f]{0,40}",
        ) {
            let mut line = Vec::new();
            string(&mut line, &text);
            prop_assert_eq!(line, serde_json::to_vec(&text).unwrap());
        }
    }
}
