//! What commands write to stdout: words and columns for people, and how they end.

use std::{
    fmt::Write as _,
    io::{self, Write as _},
    time::{Duration, SystemTime},
};

use worker_runtime::{Outcome, Report};

/// What has become of tasks that are missing.
pub(super) const REMOVED_BY_OTHERS: &str = "removed from the queue by something else (DEL, \
     LPOP, LTRIM, or a consumer that is no queue-worker)";

/// Whether somebody still reads what is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listener {
    Listens,
    /// As `head` does when it has seen enough.
    HasGone,
}

/// Writes to stdout; a reader that has gone away is no error.
pub(super) fn print(text: &str) -> io::Result<Listener> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(Listener::Listens),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Listener::HasGone),
        Err(error) => Err(error),
    }
}

/// The report of a command that has done what it was asked.
pub(super) fn done() -> Report {
    Report::new(Outcome::Done)
}

/// Lays rows out in columns, the first row being the header.
pub(super) fn table(rows: &[Vec<String>]) -> String {
    lay_out(rows, |_| false)
}

/// The same with columns of numbers to the right.
pub(super) fn numbers(rows: &[Vec<String>]) -> String {
    let is_number = |cell: &String| cell.chars().all(|c| c.is_ascii_digit() || ",.".contains(c));
    lay_out(rows, |column| rows.iter().skip(1).filter_map(|row| row.get(column)).all(is_number))
}

fn lay_out(rows: &[Vec<String>], to_the_right: impl Fn(usize) -> bool) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let _ = match to_the_right(column) {
                true => write!(line, "{cell:>width$}  "),
                false => write!(line, "{cell:width$}  "),
            };
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// A time of day from ms since 1970.
pub(super) fn moment(ms: u64) -> String {
    humantime::format_rfc3339_seconds(SystemTime::UNIX_EPOCH + Duration::from_millis(ms))
        .to_string()
}

/// A time span, to the second where it is long.
pub(super) fn span(ms: u64) -> String {
    let duration = Duration::from_millis(if ms >= 1000 { ms / 1000 * 1000 } else { ms });
    humantime::format_duration(duration).to_string()
}

/// Bytes as one short line of at most so many characters: text as it is, and escaped what would
/// break the line, steer the terminal or is not UTF-8.
pub(super) fn excerpt(bytes: &[u8], most: usize) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                // Characters that turn the direction of writing, or cannot be seen.
                '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}' => {
                    text.extend(character.escape_unicode());
                }
                '\\' => text.push_str("\\\\"),
                _ if character.is_control() => text.extend(character.escape_default()),
                _ => text.push(character),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    match text.char_indices().nth(most) {
        None => text,
        Some((end, _)) => format!("{}... ({} bytes)", &text[..end], bytes.len()),
    }
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
    fn numbers_stand_to_the_right_with_their_digits_in_threes() {
        let rows = [["a", "bb"], ["pod-1", "d"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(numbers(&rows), "a      bb\npod-1  d\n");
        let rows = [
            vec!["a".to_owned(), "bb".to_owned()],
            vec!["pod-1".to_owned(), "1,234,567".to_owned()],
        ];
        assert_eq!(numbers(&rows), "a             bb\npod-1  1,234,567\n");
    }

    #[test]
    fn an_excerpt_is_one_line() {
        assert_eq!(excerpt(b"{\"a\"}\n\xff", 40), "{\"a\"}\\n\\xff");
        assert_eq!(excerpt(&[b'x'; 50], 10), "xxxxxxxxxx... (50 bytes)");
        assert_eq!(excerpt("né日本\t\u{202e}\\".as_bytes(), 40), "né日本\\t\\u{202e}\\\\");
        assert_eq!(excerpt("日".repeat(50).as_bytes(), 2), "日日... (150 bytes)");
    }

    #[test]
    fn times_are_spans_and_moments() {
        assert_eq!(span(61_234), "1m 1s");
        assert_eq!(span(250), "250ms");
        assert_eq!(moment(1_700_000_000_999), "2023-11-14T22:13:20Z");
    }
}
