//! The columns that `rejected.csv` and `warnings.csv` have in front of those of the input, and how
//! a file that comes back with them is known. Does no I/O.

use csv_records::translation::sep_line;
use csv_records::{Dialect, Header};

/// The columns that say where a record stands.
pub(crate) const PLACE_COLUMNS: [&str; 3] = ["_source", "_line", "_offset"];

/// The fourth column of `rejected.csv`.
pub(crate) const REASONS_COLUMN: &str = "_reasons";

/// The fourth column of `warnings.csv`.
pub(crate) const WARNINGS_COLUMN: &str = "_warnings";

/// How many there are.
pub(crate) const OWN_COLUMNS: usize = 4;

/// What such columns are in a file that comes back as input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OwnColumns {
    /// They are kept apart from the data.
    Apart,
    /// The schema has fields of all their names, so that they are data, unless they are there
    /// twice: then the first ones are kept apart.
    ApartIfTwice,
    /// They are data.
    Data,
}

impl OwnColumns {
    /// What they are where the schema has these fields.
    pub(crate) fn beside(fields: &[&str]) -> OwnColumns {
        let has = |name: &str| fields.contains(&name);
        match PLACE_COLUMNS.into_iter().all(has) && has(REASONS_COLUMN) {
            true => OwnColumns::ApartIfTwice,
            false => OwnColumns::Apart,
        }
    }

    /// The delimiter of a text that begins with such columns, whatever its dialect is otherwise.
    pub(super) fn delimiter(self, text: &[u8]) -> Option<char> {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let text = &text[sep_line(text).map_or(0, |sep| sep.length)..];
        // A name with quotes around it and what stands behind it.
        let behind = |text: &'_ [u8], name: &str| -> Option<usize> {
            let quote = text.first().filter(|first| matches!(first, b'"' | b'\'')).copied();
            let start = usize::from(quote.is_some());
            let rest = text.get(start..)?.strip_prefix(name.as_bytes())?;
            match quote {
                Some(quote) => (rest.first() == Some(&quote)).then_some(start + name.len() + 1),
                None => Some(name.len()),
            }
        };
        let mut rest = &text[behind(text, PLACE_COLUMNS[0])?..];
        let length = rest.utf8_chunks().next()?.valid().chars().next()?.len_utf8();
        let (delimiter, _) = rest.split_at(length);
        for name in &PLACE_COLUMNS[1..] {
            rest = rest.strip_prefix(delimiter)?;
            rest = &rest[behind(rest, name)?..];
        }
        rest = rest.strip_prefix(delimiter)?;
        rest =
            &rest[[REASONS_COLUMN, WARNINGS_COLUMN].into_iter().find_map(|n| behind(rest, n))?..];
        let is_delimited = self == OwnColumns::Apart && rest.starts_with(delimiter);
        std::str::from_utf8(delimiter).ok()?.chars().next().filter(|_| is_delimited)
    }

    /// Takes them off a header. Returns their bytes, up to and with the delimiter behind them, if
    /// they are there.
    pub(super) fn take_off(self, header: &mut Header, dialect: &Dialect) -> Option<Vec<u8>> {
        let names = &header.names;
        let is_apart = match self {
            OwnColumns::Data => false,
            OwnColumns::Apart => are_own(names),
            OwnColumns::ApartIfTwice => {
                are_own(names) && PLACE_COLUMNS.iter().all(|name| has(&names[OWN_COLUMNS..], name))
            }
        };
        let start = dialect.start_of_cell(&header.bytes, OWN_COLUMNS).filter(|_| is_apart)?;
        header.names.drain(..OWN_COLUMNS);
        Some(header.bytes.drain(..start).collect())
    }
}

fn are_own(names: &[Vec<u8>]) -> bool {
    names.len() > OWN_COLUMNS
        && names.iter().zip(PLACE_COLUMNS).all(|(name, own)| name == own.as_bytes())
        && [REASONS_COLUMN, WARNINGS_COLUMN].iter().any(|own| names[3] == own.as_bytes())
}

fn has(names: &[Vec<u8>], own: &str) -> bool {
    names.iter().any(|name| name == own.as_bytes())
}

/// Whether a header that is all data has most of these columns all the same, none of which is one
/// of the `fields`: somebody has moved them, or taken one away.
pub(crate) fn are_moved(names: &[Vec<u8>], fields: &[&str]) -> bool {
    let own = PLACE_COLUMNS.into_iter().chain([REASONS_COLUMN, WARNINGS_COLUMN]);
    own.filter(|own| has(names, own) && !fields.contains(own)).count() >= 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_told_by_the_columns_themselves() {
        for (text, delimiter) in [
            ("_source,_line,_offset,_reasons,id\n", Some(',')),
            ("_source;_line;_offset;_warnings;id\n", Some(';')),
            ("\u{feff}\"_source\"\t\"_line\"\t\"_offset\"\t\"_reasons\"\t\"id\"\r\n", Some('\t')),
            ("sep=;\r\n_source;_line;_offset;_reasons;id\r\n", Some(';')),
            ("_source\u{a6}_line\u{a6}_offset\u{a6}_reasons\u{a6}id", Some('\u{a6}')),
            ("_source,_line,_offset,_reasons\n", None),
            ("_source,_line;_offset,_reasons,id\n", None),
            ("_source,_line,_reasons,_offset,id\n", None),
            ("_source,_line,_offset,_reasons2,id\n", None),
            ("_source", None),
            ("id,n\n", None),
            ("", None),
        ] {
            assert_eq!(OwnColumns::Apart.delimiter(text.as_bytes()), delimiter, "{text:?}");
            assert_eq!(OwnColumns::Data.delimiter(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn fields_of_the_same_names_are_data() {
        let header = |line: &str| {
            let (header, _) =
                Header::read(line.as_bytes(), true, Dialect::default(), 1000).unwrap().unwrap();
            header
        };
        let taken = |line: &str, fields: &[&str]| {
            let mut header = header(line);
            let own = OwnColumns::beside(fields);
            let own = own.take_off(&mut header, &Dialect::default());
            own.map(|own| {
                (String::from_utf8(own).unwrap(), String::from_utf8(header.bytes).unwrap())
            })
        };
        let own = "_source,_line,_offset,_reasons,";
        let names = ["_source", "_line", "_offset", "_reasons", "id"];
        let apart = |rest: &str| Some((own.to_owned(), rest.to_owned()));
        assert_eq!(taken(&format!("{own}id"), &["id"]), apart("id"));
        assert_eq!(taken(&format!("{own}id,_line"), &["id", "_line"]), apart("id,_line"));
        assert_eq!(taken(&format!("{own}id"), &names), None);
        assert_eq!(taken(&format!("{own}{own}id"), &names), apart(&format!("{own}id")));
        assert_eq!(taken("id,n", &["id"]), None);
        let moved = |line: &str| are_moved(&header(line).names, &["id"]);
        assert!(moved("_source,_line,id,_reasons") && moved(&format!("id,{own}")));
        assert!(!moved("id,_source,_line"));
    }
}
