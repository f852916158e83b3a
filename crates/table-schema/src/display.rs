//! Values of the data as they are shown to people.

use std::fmt::Write;

/// The most characters of a value that a message shows.
const SHOWN: usize = 64;

/// `value` in at most 64 characters: control characters escaped, bytes that are not UTF-8 as
/// `\xNN`, quotes and backslashes escaped, an ellipsis where something was cut off.
pub(crate) fn shortened(value: &[u8]) -> String {
    let mut out = String::new();
    shorten_into(value, &mut out);
    out
}

/// Control characters, those that reorder or hide what stands around them, and blanks that are not
/// the usual one.
pub(crate) fn is_invisible(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    c.is_control()
        || c.is_whitespace()
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        )
}

/// A value of the schema on one line: without the white space between JSON's parts.
pub(crate) fn compact(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let (mut quoted, mut escaped) = (false, false);
    for c in json.chars() {
        if quoted {
            quoted = escaped || c != '"';
            escaped = !escaped && c == '\\';
        } else if c.is_ascii_whitespace() {
            continue;
        } else {
            quoted = c == '"';
        }
        out.push(c);
        if !quoted && c == ',' {
            out.push(' ');
        }
    }
    out
}

/// [`shortened`], appended to `out`.
pub(crate) fn shorten_into(value: &[u8], out: &mut String) {
    let mut left = SHOWN;
    for chunk in value.utf8_chunks() {
        for c in chunk.valid().chars() {
            if left == 0 {
                out.push('…');
                return;
            }
            left -= 1;
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\t' => out.push_str("\\t"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                c if is_invisible(c) => {
                    let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
                }
                c => out.push(c),
            }
        }
        for byte in chunk.invalid() {
            if left == 0 {
                out.push('…');
                return;
            }
            left -= 1;
            let _ = write!(out, "\\x{byte:02X}");
        }
    }
}
