//! Hints about a header that does not match the schema: exports of banks and spreadsheets go wrong
//! in a few ways, and each has its remedy.

use csv_records::Dialect;

/// Usual delimiters, with the spelling of `--delimiter`.
const DELIMITERS: [(u8, &str); 5] =
    [(b',', ","), (b';', ";"), (b'\t', "\\t"), (b'|', "|"), (b':', ":")];

/// Lines behind the first one in which the names are looked for.
const LINES: usize = 50;

/// A hint for a header under `--union`, where columns that are no fields would be lost.
pub(crate) fn of_union(names: Option<&[&[u8]]>, fields: &[&str]) -> String {
    let is_field = |name: &&[u8]| fields.iter().any(|field| field.as_bytes() == *name);
    if names.is_some_and(|names| !names.iter().all(is_field)) {
        "with --union every column is a field, and none is left out: give the schema a field for it"
            .to_owned()
    } else {
        String::new()
    }
}

/// A hint for a header of these `bytes` and `names`, where the schema has `fields`; `next` are the
/// bytes behind it. The hints are tried in order, the surest first.
pub(crate) fn hint(
    bytes: &[u8],
    names: &[Vec<u8>],
    next: &[u8],
    fields: &[&str],
    dialect: Dialect,
) -> String {
    let known = |names: &[&[u8]]| {
        names.iter().filter(|name| fields.iter().any(|field| field.as_bytes() == **name)).count()
    };
    let found = known(&names.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let first = if bytes.is_empty() {
        Some("the first line is blank")
    } else if bytes.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"sep=")) {
        Some("the first line is a sep= line of Excel")
    } else if bytes.starts_with(b"#") || bytes.starts_with(b"//") {
        Some("the first line is a comment")
    } else if bytes.starts_with(b"{") || bytes.starts_with(b"[") {
        return "the file begins as JSON does: give --input-format jsonl if it has an object on \
                each line, or convert it to CSV"
            .to_owned();
    } else {
        None
    };
    if bytes.contains(&b'\r') {
        return "the lines end in CR alone, as on a classic Mac (give --line-terminator '\\r'), or \
                in CR CR LF (convert them: sed 's/\\r*$//')"
            .to_owned();
    }
    let later = next.split(|byte| *byte == b'\n').take(LINES).position(|line| {
        let names = cut(line, dialect.delimiter);
        known(&names) > found && known(&names) * 2 >= fields.len()
    });
    if let Some(line) = later {
        let line = line + 2;
        return format!(
            "{}; the names stand on line {line}: give --header-rows {line}",
            first.unwrap_or("the file begins with a preamble")
        );
    }
    if let Some(first) = first {
        return format!("{first}: take it away");
    }
    for (delimiter, shown) in DELIMITERS {
        let names = cut(bytes, delimiter);
        if delimiter != dialect.delimiter && known(&names) > found {
            return format!("with --delimiter '{shown}' its names are found");
        }
    }
    if let ([_], Some((_, shown))) =
        (names, DELIMITERS.iter().find(|(delimiter, _)| bytes.contains(delimiter)))
    {
        return format!(
            "the whole line is one name: perhaps the delimiter is another (--delimiter '{shown}')"
        );
    }
    let empty = names.iter().rev().take_while(|name| name.is_empty()).count();
    if (1..names.len()).contains(&empty) {
        if empty == 1 {
            return "the line ends with a delimiter, which makes an empty column of every row: \
                    take it away, or give --fields-match subset"
                .to_owned();
        }
        let delimiter = char::from(dialect.delimiter).escape_default();
        return format!(
            "the line ends with {empty} delimiters, each of which makes an empty column of every \
             row: take them away (sed 's/{delimiter}*$//')"
        );
    }
    for name in names {
        let name = String::from_utf8_lossy(name);
        let twin = fields.iter().find(|field| {
            **field != name && !folded(field).is_empty() && folded(field) == folded(&name)
        });
        let bare = name.trim_start_matches([' ', '\t']);
        if bare != name && fields.contains(&bare) {
            return format!(
                "\"{bare}\" has blanks before it: give --skip-initial-space where all cells may"
            );
        }
        if let Some(field) = twin {
            return format!(
                "\"{}\" and the schema's \"{}\" differ only in case, blanks, invisible characters \
                 or Unicode normalisation",
                escaped(&name),
                escaped(field)
            );
        }
    }
    String::new()
}

/// The cells of a line, without the quotes and blanks around them.
fn cut(line: &[u8], delimiter: u8) -> Vec<&[u8]> {
    let bare = |cell: &'_ [u8]| -> std::ops::Range<usize> {
        let is_edge = |byte: &u8| matches!(byte, b'"' | b'\'' | b' ' | b'\r');
        let start = cell.iter().take_while(|byte| is_edge(byte)).count();
        let end = cell.len() - cell[start..].iter().rev().take_while(|byte| is_edge(byte)).count();
        start..end
    };
    line.split(|byte| *byte == delimiter).map(|cell| &cell[bare(cell)]).collect()
}

/// What is left of names that look the same: their ASCII letters without case. Letters with accents
/// are left out, whether the accent is a character of its own or not, so that no table of Unicode's
/// compositions is needed.
fn folded(name: &str) -> String {
    let mut out = String::new();
    let mut chars = name.chars().peekable();
    while let Some(c) = chars.next() {
        let marked = chars.next_if(|next| matches!(next, '\u{300}'..='\u{36f}')).is_some();
        if c.is_ascii_graphic() && !marked {
            out.push(c.to_ascii_lowercase());
        }
    }
    out
}

/// A name with all characters but ASCII as numbers, so that names that look the same can be told
/// apart.
fn escaped(name: &str) -> String {
    name.chars().flat_map(char::escape_default).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint_for(file: &str, fields: &[&str], delimiter: u8) -> String {
        let dialect = Dialect { delimiter, ..Dialect::default() };
        let (line, next) = file.split_once('\n').unwrap_or((file, ""));
        let names: Vec<Vec<u8>> =
            line.split(char::from(delimiter)).map(|name| name.as_bytes().to_vec()).collect();
        hint(line.as_bytes(), &names, next.as_bytes(), fields, dialect)
    }

    #[test]
    fn each_kind_of_export_is_told_by_its_name_with_the_remedy() {
        for (file, fields, delimiter, says) in [
            (
                "Konto;DE00\n\nDatum;Betrag\n1;2\n",
                vec!["Datum", "Betrag"],
                b';',
                "the names stand on line 3: give --header-rows 3",
            ),
            ("sep=;\nDatum;Betrag\n", vec!["Datum", "Betrag"], b';', "sep= line of Excel"),
            ("sep=;\n", vec!["a"], b',', "sep= line"),
            ("Datum;Betrag\n", vec!["Datum", "Betrag"], b',', "--delimiter ';'"),
            ("\"Datum\"\t\"Betrag\"\n", vec!["Datum", "Betrag"], b',', "--delimiter '\\t'"),
            (
                "date|amount\n",
                vec!["Datum", "Betrag"],
                b',',
                "perhaps the delimiter is another (--delimiter '|')",
            ),
            (
                "\nid,n\n",
                vec!["id", "n"],
                b',',
                "the first line is blank; the names stand on line 2",
            ),
            (
                "# made by X\nid,n\n",
                vec!["id", "n"],
                b',',
                "is a comment; the names stand on line 2",
            ),
            ("id,n\rA,1\rB,2", vec!["id", "n"], b',', "CR alone"),
            ("id|n|", vec!["id", "n"], b'|', "ends with a delimiter"),
            ("id;n;;;", vec!["id", "n"], b';', "ends with 3 delimiters"),
            ("{\"id\": 1}", vec!["id"], b',', "as JSON does"),
            ("ID,N", vec!["id", "n"], b',', "differ only in case"),
            ("id, n", vec!["id", "n"], b',', "--skip-initial-space"),
            ("id,n ", vec!["id", "n"], b',', "differ only in case, blanks"),
            (
                "id,Wa\u{308}hrung",
                vec!["id", "Währung"],
                b',',
                "\"Wa\\u{308}hrung\" and the schema's \"W\\u{e4}hrung\"",
            ),
            ("id,amo\u{ad}unt", vec!["id", "amount"], b',', "amo\\u{ad}unt"),
            ("id,net\u{a0}amount", vec!["id", "net amount"], b',', "net\\u{a0}amount"),
        ] {
            let hint = hint_for(file, &fields, delimiter);
            assert!(hint.contains(says), "{file:?}: {hint}");
        }
        assert_eq!(hint_for("a,b\n1,2\n", &["id", "n"], b','), "");
    }
}
