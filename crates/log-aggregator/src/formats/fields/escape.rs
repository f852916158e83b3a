//! Escapes inside quoted fields.

/// Where an unescaped quote ends the field that begins with `text`, and whether there are escapes
/// before it.
#[inline]
pub(in crate::formats) fn closing_quote(text: &[u8]) -> Option<(usize, bool)> {
    let quote = memchr::memchr(b'"', text)?;
    // The common case: no backslash at all.
    let Some(first) = memchr::memchr(b'\\', &text[..quote]) else { return Some((quote, false)) };
    let mut at = first;
    while let Some(found) = memchr::memchr2(b'"', b'\\', &text[at..]) {
        let place = at + found;
        if text[place] == b'"' {
            return Some((place, true));
        }
        at = place + 2;
        if at > text.len() {
            return None;
        }
    }
    None
}

/// Appends `text` with its escapes undone: `\"`, `\\`, `\n`, `\r`, `\t`, `\b`, `\f`, `\v`,
/// `\xhh`, and `\u00hh` of JSON. Everything else stays as it is.
///
/// Source: Apache's mod_log_config ("non-printable and other special characters") and nginx'
/// `escape=default`.
pub(in crate::formats) fn undo(text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(&rest[..at]);
        rest = match &rest[at + 1..] {
            [b'x', high, low, behind @ ..]
                if let (Some(high), Some(low)) = (hex(*high), hex(*low)) =>
            {
                out.push(high << 4 | low);
                behind
            }
            // Of JSON; servers write their control characters so.
            [b'u', b'0', b'0', high, low, behind @ ..]
                if let (Some(high), Some(low)) = (hex(*high), hex(*low)) =>
            {
                out.push(high << 4 | low);
                behind
            }
            [byte, behind @ ..] if let Some(plain) = plain(*byte) => {
                out.push(plain);
                behind
            }
            behind => {
                out.push(b'\\');
                behind
            }
        };
    }
    out.extend_from_slice(rest);
}

fn plain(byte: u8) -> Option<u8> {
    Some(match byte {
        b'"' | b'\\' | b'\'' => byte,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 8,
        b'f' => 12,
        b'v' => 11,
        _ => return None,
    })
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|value| value as u8)
}

/// Undoes percent-encoding, and the double encoding of CloudFront, which writes `%2520` for a
/// blank.
pub(in crate::formats) fn percent_decode(value: &[u8], out: &mut Vec<u8>) {
    let mut rest = value;
    while let Some((byte, behind)) = rest.split_first() {
        rest = behind;
        match (byte, behind) {
            (b'%', [b'2', b'5', high, low, behind @ ..])
                if let (Some(high), Some(low)) = (hex(*high), hex(*low)) =>
            {
                out.push(high << 4 | low);
                rest = behind;
            }
            (b'%', [high, low, behind @ ..])
                if let (Some(high), Some(low)) = (hex(*high), hex(*low)) =>
            {
                out.push(high << 4 | low);
                rest = behind;
            }
            (byte, _) => out.push(*byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escaped_quote_ends_nothing() {
        for (text, end) in [
            (r#"a" b"#, Some((1, false))),
            (r#"a\"b" c"#, Some((4, true))),
            (r#"a\\" c"#, Some((3, true))),
            (r#"a\\\"" c"#, Some((5, true))),
            (r#"a\""#, None),
            (r#"a\"#, None),
            ("", None),
        ] {
            assert_eq!(closing_quote(text.as_bytes()), end, "{text}");
        }
    }

    #[test]
    fn escapes_are_undone_and_what_is_none_stays() {
        let mut out = Vec::new();
        undo(br#"\"a\\b\x16\xG1\t\u001f\u12\q\"#, &mut out);
        assert_eq!(out, b"\"a\\b\x16\\xG1\t\x1f\\u12\\q\\");
    }
}
