//! The first line by which Excel is told the delimiter: `sep=;`.

/// A line that names the delimiter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SepLine {
    /// The delimiter.
    pub delimiter: char,
    /// The line's length in bytes, line end included.
    pub length: usize,
}

/// The line, if a text (behind a byte order mark) begins with it.
pub fn sep_line(text: &[u8]) -> Option<SepLine> {
    let end = text.iter().take(16).position(|byte| matches!(byte, b'\n' | b'\r'))?;
    let line = std::str::from_utf8(&text[..end]).ok()?;
    let bare = line.strip_prefix('"').and_then(|line| line.strip_suffix('"')).unwrap_or(line);
    let name = bare.get(..4)?;
    let mut rest = bare[4..].chars();
    let delimiter = rest.next()?;
    if !name.eq_ignore_ascii_case("sep=") || rest.next().is_some() {
        return None;
    }
    Some(SepLine { delimiter, length: end + if text[end..].starts_with(b"\r\n") { 2 } else { 1 } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_one_character_behind_its_name() {
        for (text, delimiter, length) in [
            ("sep=;\nid;n\n", ';', 6),
            ("SEP=,\r\nid,n\r\n", ',', 7),
            ("sep=\t\n", '\t', 6),
            ("\"sep=|\"\nid|n", '|', 8),
            ("sep=;\rid;n", ';', 6),
        ] {
            assert_eq!(sep_line(text.as_bytes()), Some(SepLine { delimiter, length }), "{text}");
        }
        for text in
            ["", "sep=", "sep=;", "sep=\n", "sep=;;\n", "separator;n\n", "id;n\n", "s\u{e9}=;\n"]
        {
            assert_eq!(sep_line(text.as_bytes()), None, "{text}");
        }
    }
}
