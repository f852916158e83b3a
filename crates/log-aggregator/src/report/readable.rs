//! Text of a log as people can read it. Whoever sends a request chooses it.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text with `\x16` for control characters, of which a browser shows nothing or boxes, and
/// `\u{202e}` for those that turn the order of letters around. A dash where there is none.
pub(super) fn readable(text: &str) -> Cow<'_, str> {
    if text.is_empty() {
        return Cow::Borrowed("–");
    }
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for char in text.chars() {
        // Writing to a string does not fail.
        let _ = match u32::from(char) {
            code @ 0..0x100 if is_hidden(char) => write!(shown, "\\x{code:02x}"),
            code if is_hidden(char) => write!(shown, "\\u{{{code:x}}}"),
            _ => shown.write_char(char),
        };
    }
    Cow::Owned(shown)
}

fn is_hidden(char: char) -> bool {
    let is_invisible = matches!(
        char,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    is_invisible || char.is_control()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_written_out_and_all_else_is_as_it_was() {
        for (text, shown) in [
            ("/a b", "/a b"),
            ("", "–"),
            ("\x16\x03\x01", "\\x16\\x03\\x01"),
            ("/\u{202e}gpj.exe", "/\\u{202e}gpj.exe"),
            ("/über-uns/\u{fffd}", "/über-uns/\u{fffd}"),
        ] {
            assert_eq!(readable(text), shown);
        }
    }
}
