//! A dialect with everything that Frictionless' Table Dialect says of delimited text, and which
//! part of it plain CSV is.

use crate::dialect::Dialect;

/// How files are written. The members are those of the
/// [Table Dialect](https://datapackage.org/standard/table-dialect/) of Data Package version 2,
/// and three of other readers (`skip_rows`, `skip_blank_rows`, and LF or CR LF taken for the same).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableDialect {
    /// Whether there is a header.
    pub header: bool,
    /// The rows of the header, from 1; `None` for the first row that is not passed over.
    pub header_rows: Option<Vec<u64>>,
    /// What stands between the names of a header of several rows.
    pub header_join: String,
    /// Rows that are passed over, from 1.
    pub comment_rows: Vec<u64>,
    /// So many rows are passed over at the beginning.
    pub skip_rows: u64,
    /// A row that begins so is passed over.
    pub comment: Option<String>,
    /// What stands between two cells.
    pub delimiter: String,
    /// What ends a row.
    pub line_end: LineEnd,
    /// What stands around quoted cells.
    pub quote: Option<char>,
    /// Two quotes in a quoted cell are one.
    pub double_quote: bool,
    /// What takes the meaning from the character behind it.
    pub escape: Option<char>,
    /// Blanks and tabs at the start of a cell do not belong to it.
    pub skip_initial_space: bool,
    /// Empty lines are passed over.
    pub skip_blank_rows: bool,
}

/// What ends a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineEnd {
    /// LF or CR LF.
    LineFeed,
    /// CR.
    Return,
    /// Something else.
    Text(String),
}

impl Default for TableDialect {
    fn default() -> Self {
        TableDialect {
            header: true,
            header_rows: None,
            header_join: " ".to_owned(),
            comment_rows: Vec::new(),
            skip_rows: 0,
            comment: None,
            delimiter: ",".to_owned(),
            line_end: LineEnd::LineFeed,
            quote: Some('"'),
            double_quote: true,
            escape: None,
            skip_initial_space: false,
            skip_blank_rows: false,
        }
    }
}

impl LineEnd {
    /// What it is in bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            LineEnd::LineFeed => b"\n",
            LineEnd::Return => b"\r",
            LineEnd::Text(text) => text.as_bytes(),
        }
    }
}

impl TableDialect {
    /// The dialect, if it is one that is read as it stands: RFC 4180 with another delimiter or
    /// quote.
    pub fn plain(&self) -> Option<Dialect> {
        if self.not_plain().is_some() {
            return None;
        }
        let quote = self.quote.and_then(|quote| ascii(quote.encode_utf8(&mut [0; 4])));
        Some(Dialect { delimiter: ascii(&self.delimiter)?, quote, header: self.header })
    }

    /// The name of a property because of which files have to be rewritten.
    pub fn not_plain(&self) -> Option<&'static str> {
        let is_ascii = |c: char| ascii(c.encode_utf8(&mut [0; 4])).is_some();
        let properties = [
            ("headerRows", self.header_rows.as_ref().is_none_or(|rows| *rows == [1])),
            ("commentRows", self.comment_rows.is_empty()),
            ("skipRows", self.skip_rows == 0),
            ("commentChar", self.comment.is_none()),
            ("delimiter", ascii(&self.delimiter).is_some()),
            ("lineTerminator", self.line_end == LineEnd::LineFeed),
            ("quoteChar", self.quote.is_none_or(is_ascii)),
            // Without quotes it does not matter.
            ("doubleQuote", self.double_quote || self.quote.is_none()),
            ("escapeChar", self.escape.is_none()),
            ("skipInitialSpace", !self.skip_initial_space),
            ("skipBlankRows", !self.skip_blank_rows),
        ];
        properties.into_iter().find(|(_, is_plain)| !is_plain).map(|(name, _)| name)
    }

    /// The dialect that files are rewritten in: the same delimiter and quote where each is one
    /// ASCII character, otherwise a comma and a double quote.
    pub fn rewritten(&self) -> Dialect {
        let delimiter = ascii(&self.delimiter).filter(|byte| *byte != b'"').unwrap_or(b',');
        let quote = self.quote.and_then(|quote| ascii(quote.encode_utf8(&mut [0; 4])));
        let quote = quote.filter(|quote| *quote != delimiter).unwrap_or(b'"');
        Dialect { delimiter, quote: Some(quote), header: self.header }
    }

    /// Whether a row is passed over because of its number.
    pub(crate) fn passes_over(&self, row: u64) -> bool {
        row <= self.skip_rows || self.comment_rows.contains(&row)
    }

    /// The last row of the header, where its rows are given.
    pub(crate) fn last_header_row(&self) -> u64 {
        self.header_rows.iter().flatten().copied().max().unwrap_or(0)
    }

    /// What in this dialect contradicts itself, with the names of the standard.
    ///
    /// # Errors
    ///
    /// If two of its characters are the same or one could not be told from another, or if a row is
    /// both a header and passed over.
    pub fn check(&self) -> Result<(), String> {
        let quote = self.quote.map(String::from);
        let escape = self.escape.map(String::from);
        let marks: Vec<(&str, &str)> = [
            ("delimiter", Some(self.delimiter.as_str())),
            ("quoteChar", quote.as_deref()),
            ("escapeChar", escape.as_deref()),
            ("commentChar", self.comment.as_deref()),
        ]
        .into_iter()
        .filter_map(|(name, text)| Some((name, text?)))
        .collect();
        for (name, text) in &marks {
            if text.is_empty() || text.contains(['\n', '\r', '\0']) {
                return Err(format!(
                    "{name} is {text:?}: give at least one character, and no line end"
                ));
            }
        }
        if let LineEnd::Text(end) = &self.line_end
            && (end.is_empty() || end.contains(['\n', '\r', '\0']))
        {
            return Err(format!(
                "lineTerminator is {end:?}: give \\n, \\r\\n, \\r, or characters that are neither"
            ));
        }
        let end = std::str::from_utf8(self.line_end.bytes()).unwrap_or_default();
        let structural = marks.iter().filter(|(name, _)| *name != "commentChar");
        let structural: Vec<(&str, &str)> =
            structural.copied().chain([("lineTerminator", end)]).collect();
        for (number, (name, text)) in structural.iter().enumerate() {
            for (other_name, other) in &structural[number + 1..] {
                // An escape that is the quote is a doubled quote.
                let is_doubling = (*name, *other_name) == ("quoteChar", "escapeChar");
                if (text.starts_with(other) || other.starts_with(text)) && !is_doubling {
                    return Err(format!(
                        "{name} {text:?} and {other_name} {other:?} cannot be told apart: give \
                         one of them another"
                    ));
                }
            }
        }
        if let Some(comment) = self.comment.as_deref()
            && let Some((name, _)) = structural.iter().find(|(_, text)| *text == comment)
        {
            return Err(format!(
                "commentChar and {name} are both {comment:?}, so that rows with data would be \
                 passed over: give one of them another"
            ));
        }
        let header_rows = self.header_rows.iter().flatten();
        if let Some(row) = header_rows.clone().find(|row| self.passes_over(**row)) {
            return Err(format!(
                "row {row} is one of the headerRows and is passed over as well: take it out of \
                 one of them"
            ));
        }
        if header_rows.clone().chain(&self.comment_rows).any(|row| *row == 0) {
            return Err("rows are counted from 1: headerRows or commentRows has a 0".to_owned());
        }
        if self.header && self.header_rows.as_ref().is_some_and(Vec::is_empty) {
            return Err("headerRows is empty: give the number of a row, or header false".to_owned());
        }
        Ok(())
    }
}

/// The one ASCII character that a text is, if it may stand between the cells of plain CSV.
fn ascii(text: &str) -> Option<u8> {
    match text.as_bytes() {
        [byte] if byte.is_ascii() && !matches!(byte, b'\n' | b'\r' | 0) => Some(*byte),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(change: impl FnOnce(&mut TableDialect)) -> TableDialect {
        let mut dialect = TableDialect::default();
        change(&mut dialect);
        dialect
    }

    #[test]
    fn another_delimiter_quote_or_header_is_plain_and_nothing_else_is() {
        assert_eq!(TableDialect::default().plain(), Some(Dialect::default()));
        let plain = with(|dialect| {
            dialect.delimiter = ";".to_owned();
            dialect.quote = None;
            dialect.double_quote = false;
            dialect.header = false;
            dialect.header_rows = Some(vec![1]);
            dialect.header_join = "-".to_owned();
        });
        assert_eq!(plain.plain(), Some(Dialect { delimiter: b';', quote: None, header: false }));
        for other in [
            with(|dialect| dialect.delimiter = "||".to_owned()),
            with(|dialect| dialect.delimiter = "\u{a6}".to_owned()),
            with(|dialect| dialect.quote = Some('\u{ab}')),
            with(|dialect| dialect.double_quote = false),
            with(|dialect| dialect.header_rows = Some(vec![2])),
            with(|dialect| dialect.comment_rows = vec![2]),
            with(|dialect| dialect.skip_rows = 1),
            with(|dialect| dialect.comment = Some("#".to_owned())),
            with(|dialect| dialect.line_end = LineEnd::Return),
            with(|dialect| dialect.escape = Some('\\')),
            with(|dialect| dialect.skip_initial_space = true),
            with(|dialect| dialect.skip_blank_rows = true),
        ] {
            assert_eq!(other.plain(), None, "{other:?}");
            assert_eq!(other.check(), Ok(()));
        }
    }

    #[test]
    fn what_cannot_be_told_apart_is_refused_by_name() {
        for (dialect, says) in [
            (with(|dialect| dialect.delimiter = "\"".to_owned()), "delimiter"),
            (with(|dialect| dialect.delimiter = String::new()), "delimiter"),
            (with(|dialect| dialect.delimiter = "\n".to_owned()), "delimiter"),
            (with(|dialect| dialect.escape = Some(',')), "escapeChar"),
            (with(|dialect| dialect.line_end = LineEnd::Text(",,".to_owned())), "lineTerminator"),
            (with(|dialect| dialect.comment = Some(String::new())), "commentChar"),
            (with(|dialect| dialect.comment = Some("\"".to_owned())), "commentChar"),
            (with(|dialect| dialect.comment = Some(",".to_owned())), "commentChar"),
            (
                with(|dialect| {
                    dialect.header_rows = Some(vec![2]);
                    dialect.skip_rows = 3;
                }),
                "headerRows",
            ),
            (with(|dialect| dialect.comment_rows = vec![0]), "commentRows"),
            (with(|dialect| dialect.header_rows = Some(Vec::new())), "headerRows"),
        ] {
            let wrong = dialect.check().unwrap_err();
            assert!(wrong.contains(says), "{wrong}");
        }
    }
}
