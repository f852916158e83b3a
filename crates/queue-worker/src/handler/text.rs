//! Bytes as members of a JSON object: text where they are UTF-8, base64 where they are not.

use base64::{Engine as _, prelude::BASE64_STANDARD};

/// Writes `,"NAME":"..."`, or `,"NAME_base64":"..."` for bytes that are not UTF-8, so that none of them is lost.
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
    serde_json::to_writer(line, text).expect("a Vec takes every write");
}
