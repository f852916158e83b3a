//! Numbers by regular expressions.

use serde_json::Value;

use crate::decimal::Decimal;
use crate::expression::is;
use crate::typed::{Typed, string};

/// A dash that joins no two letters, or a bookkeeper's debit.
fn may_be_a_sign(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    let is_letter =
        |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(|c| c.is_alphabetic());
    let dashes = "-\u{2010}\u{2011}\u{2012}\u{2013}\u{2014}\u{2015}\u{2212}\u{207b}\u{208b}\u{fe58}\u{fe63}\u{ff0d}";
    let is_sign = |at: usize| {
        dashes.contains(chars[at]) && !(is_letter(at.checked_sub(1)) && is_letter(Some(at + 1)))
    };
    let words = "(?i)minus|negative|neg|menos|moins|meno|dr|debit|soll|debe|debito|débito|débit|\
                 dare|af|abgang";
    (0..chars.len()).any(is_sign)
        || text
            .split(|c: char| !c.is_alphabetic())
            .any(|word| is(words, word) || is("D|S|DB", word))
}

/// Whether the number stands in brackets, as bookkeepers write a negative one.
fn encloses(before: &str, after: &str) -> bool {
    let open =
        |open: char, close: char| before.matches(open).count() > before.matches(close).count();
    open('(', ')')
        || open('\u{ff08}', '\u{ff09}')
        || [('[', ']'), ('<', '>')].iter().any(|&(a, b)| open(a, b) && after.contains(b))
}

/// The number of a cell.
pub(crate) fn number(field: &Value, cell: &str, integer: bool) -> Option<Typed> {
    let point = string(field, "decimalChar", ".");
    let group = string(field, "groupChar", "");
    if !integer && is("(?i)nan|inf|-inf", cell) {
        let special = cell.to_ascii_lowercase();
        return Some(Typed::Special(match special.as_str() {
            "nan" => "nan",
            "inf" => "inf",
            _ => "-inf",
        }));
    }
    let mut text = cell.to_owned();
    if field["bareNumber"] == Value::Bool(false) {
        let first = cell.find(|c: char| c.is_ascii_digit())?;
        let last = cell.rfind(|c: char| c.is_ascii_digit())?;
        let mut start = first;
        if !integer
            && let Some(before) = cell[..start].strip_suffix(point)
            && !before.ends_with(|c: char| c.is_ascii_alphabetic())
        {
            start = before.len();
        }
        if cell[..start].ends_with(['+', '-']) {
            start -= 1;
        }
        let (before, after) = (&cell[..start], &cell[last + 1..]);
        if may_be_a_sign(before) || may_be_a_sign(after) || encloses(before, after) {
            return None;
        }
        text = cell[start..=last].to_owned();
    }
    let between =
        if group.is_empty() { String::new() } else { format!("(?:{})?", regex::escape(group)) };
    let digits = format!("[0-9](?:{between}[0-9])*");
    let point = regex::escape(point);
    let lexical = if integer {
        format!("[-+]?{digits}")
    } else {
        format!("[-+]?(?:{digits}(?:{point}[0-9]*)?|{point}[0-9]+)(?:[eE][-+]?[0-9]+)?")
    };
    if !is(&lexical, &text) {
        return None;
    }
    let mut plain = text;
    if !group.is_empty() {
        plain = plain.replace(group, "");
    }
    Some(Typed::Number(Decimal::new(&plain.replace(string(field, "decimalChar", "."), "."))))
}
