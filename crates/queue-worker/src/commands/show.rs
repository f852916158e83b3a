//! Words and columns for people.

use std::{
    fmt::Write as _,
    time::{Duration, SystemTime},
};

/// Lays rows out in columns, the first row being the header.
pub(super) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(line, "{cell:width$}  ");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// A time of day from ms since 1970.
pub(super) fn moment(ms: u64) -> String {
    humantime::format_rfc3339_seconds(SystemTime::UNIX_EPOCH + Duration::from_millis(ms)).to_string()
}

/// A time span, to the second where it is long.
pub(super) fn span(ms: u64) -> String {
    let duration = Duration::from_millis(if ms >= 1000 { ms / 1000 * 1000 } else { ms });
    humantime::format_duration(duration).to_string()
}

/// Bytes as one short line.
pub(super) fn excerpt(bytes: &[u8], most: usize) -> String {
    let text = bytes.escape_ascii().to_string().replace("\\\"", "\"");
    if text.len() <= most { text } else { format!("{}... ({} bytes)", &text[..most], bytes.len()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["a", "bb"], ["ccc", "d"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(table(&rows), "a    bb\nccc  d\n");
    }

    #[test]
    fn an_excerpt_is_one_line() {
        assert_eq!(excerpt(b"{\"a\"}\n\xff", 40), "{\"a\"}\\n\\xff");
        assert_eq!(excerpt(&[b'x'; 50], 10), "xxxxxxxxxx... (50 bytes)");
    }

    #[test]
    fn times_are_spans_and_moments() {
        assert_eq!(span(61_234), "1m 1s");
        assert_eq!(span(250), "250ms");
        assert_eq!(moment(1_700_000_000_999), "2023-11-14T22:13:20Z");
    }
}
