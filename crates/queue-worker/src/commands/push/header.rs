//! The header of a CSV file, and the rows that are no records of it. Pure.

use std::collections::BTreeSet;

/// What a row behind the header is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// A record.
    Record,
    /// The header once more: files were put together with their headers.
    Header,
    /// The header's names in another order: whatever follows belongs to other columns.
    OtherHeader,
    /// Nothing but delimiters and blanks, as spreadsheets write below their last row.
    Blank,
}

/// What a row is. In a file of one column nothing tells a blank row from an empty value.
pub(super) fn row_kind(row: &csv::StringRecord, header: &csv::StringRecord) -> Row {
    if header.len() > 1 && row.iter().all(|cell| cell.trim().is_empty()) {
        return Row::Blank;
    }
    // The second file may begin with a byte order mark, behind which a quote is a character.
    let first = row.get(0).unwrap_or("");
    let first = first.strip_prefix('\u{feff}').map_or(first, |first| first.trim_matches('"'));
    let names = || std::iter::once(first).chain(row.iter().skip(1));
    if names().eq(header.iter()) {
        Row::Header
    } else if names().collect::<BTreeSet<_>>() == header.iter().collect() {
        Row::OtherHeader
    } else {
        Row::Record
    }
}

/// Whether a line is most likely the header of a CSV file: names between delimiters, and not a
/// digit.
pub(super) fn is_header_like(line: &[u8]) -> bool {
    line.iter().any(|byte| b",;\t|".contains(byte))
        && !line.iter().any(|byte| byte.is_ascii_digit() || b"{}[]".contains(byte))
}

/// A header that makes no object, or one that nobody can have meant.
pub(super) fn check_header(header: &csv::StringRecord, delimiter: u8) -> Result<(), String> {
    if let Some(named) = header.get(0).and_then(|first| first.strip_prefix("sep="))
        && header.iter().skip(1).all(str::is_empty)
        && named.len() <= 1
    {
        let named = named.chars().next().unwrap_or(delimiter as char);
        return Err(format!(
            "this line is for Excel and is no header; take it away (tail -n +2) and say \
             --delimiter {named:?}"
        ));
    }
    for (place, field) in header.iter().enumerate() {
        if header.iter().take(place).any(|before| before == field) {
            return Err(format!(
                "the column {field:?} is there twice, so that a task would have two fields of one \
                 name"
            ));
        }
    }
    let first = header.get(0).unwrap_or("");
    let other = [b';', b'\t', b'|', b',']
        .into_iter()
        .find(|other| *other != delimiter && first.contains(*other as char));
    match other {
        Some(other) if header.len() == 1 => Err(format!(
            "the only column is {:?}; if {:?} stands between its columns, say --delimiter {:?}",
            first, other as char, other as char
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(row: &[&str]) -> Row {
        row_kind(&csv::StringRecord::from(row), &csv::StringRecord::from(vec!["id", "name"]))
    }

    #[test]
    fn a_second_header_is_told_from_a_record_whatever_stands_before_it() {
        assert_eq!(kind(&["id", "name"]), Row::Header);
        assert_eq!(kind(&["\u{feff}id", "name"]), Row::Header);
        assert_eq!(kind(&["\u{feff}\"id\"", "name"]), Row::Header);
        assert_eq!(kind(&["name", "id"]), Row::OtherHeader);
        for record in [["1", "name"], ["id", "Name"], ["id", "id"], ["id", ""]] {
            assert_eq!(kind(&record), Row::Record, "{record:?}");
        }
    }

    #[test]
    fn a_row_of_blanks_is_none_unless_there_is_one_column() {
        assert_eq!(kind(&["", " "]), Row::Blank);
        let one = csv::StringRecord::from(vec!["id"]);
        assert_eq!(row_kind(&csv::StringRecord::from(vec![""]), &one), Row::Record);
    }

    #[test]
    fn names_between_delimiters_look_like_a_header() {
        for (line, is_so) in [
            ("id,name", true),
            ("id;name;amount", true),
            ("1,Meyer", false),
            ("name", false),
            ("{\"id\":\"a\",\"b\":true}", false),
        ] {
            assert_eq!(is_header_like(line.as_bytes()), is_so, "{line}");
        }
    }
}
