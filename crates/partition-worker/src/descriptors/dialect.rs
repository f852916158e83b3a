//! A Table Dialect (version 2) or CSV Dialect (version 1), read from its descriptor.

use csv_records::Dialect;
use csv_records::translation::{LineEnd, TableDialect};
use serde_json::{Map, Value};

/// How files are written, as a descriptor and the settings say it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct FileDialect {
    /// What of it is about bytes.
    pub(crate) table: TableDialect,
    /// A cell that is no value (`nullSequence`).
    pub(crate) null: Option<String>,
    /// Names of the header may differ from the schema's in case (`caseSensitiveHeader`).
    pub(crate) any_case: bool,
    /// Somebody has named the delimiter, and it is not only the default.
    pub(crate) delimiter_given: bool,
}

/// Properties that describe the descriptor and not the file.
const ABOUT_ITSELF: [&str; 6] =
    ["$schema", "profile", "name", "title", "description", "csvddfVersion"];

/// Properties of files that are not CSV.
const OTHER_FORMATS: [&str; 6] =
    ["property", "itemType", "itemKeys", "sheetNumber", "sheetName", "table"];

impl FileDialect {
    /// Reads a descriptor.
    ///
    /// # Errors
    ///
    /// What is wrong with it or not supported, by the name of the property.
    pub(crate) fn read(descriptor: &Value) -> Result<FileDialect, String> {
        let properties = descriptor.as_object().ok_or("a dialect is a JSON object")?;
        let mut dialect = FileDialect::default();
        dialect.take(properties)?;
        dialect.check()?;
        Ok(dialect)
    }

    /// Refuses what contradicts itself, and forgets what means nothing.
    pub(crate) fn check(&mut self) -> Result<(), String> {
        if !self.table.header {
            self.table.header_rows = None;
        }
        self.table.check()
    }

    fn take(&mut self, properties: &Map<String, Value>) -> Result<(), String> {
        let table = &mut self.table;
        for (name, value) in properties {
            match name.as_str() {
                "header" => table.header = flag(name, value)?,
                "headerRows" => table.header_rows = rows(name, value)?,
                "headerJoin" => table.header_join = text(name, value)?.unwrap_or(" ".to_owned()),
                "commentRows" => table.comment_rows = rows(name, value)?.unwrap_or_default(),
                "commentChar" => table.comment = text(name, value)?.filter(|c| !c.is_empty()),
                "delimiter" => {
                    if let Some(delimiter) = text(name, value)? {
                        table.delimiter = delimiter;
                        self.delimiter_given = true;
                    }
                }
                "lineTerminator" => {
                    table.line_end = text(name, value)?.map_or(LineEnd::LineFeed, line_end);
                }
                // Null or an empty text says that nothing is quoted.
                "quoteChar" => table.quote = character(name, value)?,
                "doubleQuote" => table.double_quote = flag(name, value)?,
                "escapeChar" => table.escape = character(name, value)?,
                "nullSequence" => self.null = text(name, value)?,
                "skipInitialSpace" => table.skip_initial_space = flag(name, value)?,
                // Of Frictionless' own tools.
                "skipBlankRows" => table.skip_blank_rows = flag(name, value)?,
                "caseSensitiveHeader" => self.any_case = !flag(name, value)?,
                name if ABOUT_ITSELF.contains(&name) => {}
                name if OTHER_FORMATS.contains(&name) => {
                    return Err(format!(
                        "{name} is a property of files that are not CSV: convert them to CSV, and \
                         take it out"
                    ));
                }
                name => {
                    return Err(format!(
                        "{name} is no property of the Table Dialect standard that is supported: \
                         take it out"
                    ));
                }
            }
        }
        Ok(())
    }

    /// The dialect as its descriptor: the delimiter, and what is not the default. Read again, it is
    /// the same.
    pub(crate) fn descriptor(&self) -> Value {
        let (table, usual) = (&self.table, TableDialect::default());
        let mut members = Map::new();
        let mut add = |name: &str, value: Value, is_usual: bool| {
            if !is_usual {
                members.insert(name.to_owned(), value);
            }
        };
        // No property says how many rows are passed over, but each can be named.
        let passed: Vec<u64> = (1..=table.skip_rows).chain(table.comment_rows.clone()).collect();
        let quote = table.quote.map(String::from);
        let line_end = match &table.line_end {
            LineEnd::LineFeed => "\n",
            LineEnd::Return => "\r",
            LineEnd::Text(text) => text,
        };
        add("delimiter", table.delimiter.clone().into(), false);
        add("header", table.header.into(), table.header);
        add("headerRows", table.header_rows.clone().into(), table.header_rows.is_none());
        add("headerJoin", table.header_join.clone().into(), table.header_join == usual.header_join);
        add("commentRows", passed.clone().into(), passed.is_empty());
        add("commentChar", table.comment.clone().into(), table.comment.is_none());
        add("lineTerminator", line_end.into(), table.line_end == usual.line_end);
        add("quoteChar", quote.into(), table.quote == usual.quote);
        add("doubleQuote", table.double_quote.into(), table.double_quote);
        add("escapeChar", table.escape.map(String::from).into(), table.escape.is_none());
        add("nullSequence", self.null.clone().into(), self.null.is_none());
        add("skipInitialSpace", true.into(), !table.skip_initial_space);
        add("skipBlankRows", true.into(), !table.skip_blank_rows);
        add("caseSensitiveHeader", false.into(), !self.any_case);
        members.into()
    }

    /// The dialect of the text that is split, and of the outputs.
    pub(crate) fn output(&self) -> Dialect {
        self.table.plain().unwrap_or_else(|| self.table.rewritten())
    }

    /// What a manifest has of it: always the delimiter and the quote, and all of it where it is not
    /// plain CSV, so that partitions that were finished without any of this stay finished.
    pub(crate) fn settings(&self) -> Vec<(String, String)> {
        let table = &self.table;
        let quote = table.quote.map_or("none".to_owned(), String::from);
        let mut settings =
            vec![("delimiter".to_owned(), table.delimiter.clone()), ("quote".to_owned(), quote)];
        if table.not_plain().is_some() || self.null.is_some() || self.any_case {
            let all = serde_json::json!({
                "headerRows": table.header_rows,
                "headerJoin": table.header_join,
                "commentRows": table.comment_rows,
                "skipRows": table.skip_rows,
                "commentChar": table.comment,
                "lineTerminator": match &table.line_end {
                    LineEnd::LineFeed => "\n",
                    LineEnd::Return => "\r",
                    LineEnd::Text(text) => text,
                },
                "doubleQuote": table.double_quote,
                "escapeChar": table.escape,
                "nullSequence": self.null,
                "skipInitialSpace": table.skip_initial_space,
                "skipBlankRows": table.skip_blank_rows,
                "caseSensitiveHeader": !self.any_case,
            });
            settings.push(("dialect".to_owned(), all.to_string()));
        }
        settings
    }
}

/// What a line terminator is; LF and CR LF are taken for the same.
pub(crate) fn line_end(text: String) -> LineEnd {
    match text.as_str() {
        "\n" | "\r\n" => LineEnd::LineFeed,
        "\r" => LineEnd::Return,
        _ => LineEnd::Text(text),
    }
}

fn flag(name: &str, value: &Value) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| format!("{name} is {value}: give true or false"))
}

fn text(name: &str, value: &Value) -> Result<Option<String>, String> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        _ => Err(format!("{name} is {value}: give a text")),
    }
}

fn character(name: &str, value: &Value) -> Result<Option<char>, String> {
    let Some(text) = text(name, value)? else { return Ok(None) };
    one_character(&text).map_err(|wrong| format!("{name} {wrong}"))
}

/// The only character of a text; `None` for an empty one.
pub(crate) fn one_character(text: &str) -> Result<Option<char>, String> {
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (first, None) => Ok(first),
        _ => Err(format!("is {text:?}: give one character")),
    }
}

fn rows(name: &str, value: &Value) -> Result<Option<Vec<u64>>, String> {
    if value.is_null() {
        return Ok(None);
    }
    let wrong = || format!("{name} is {value}: give numbers of rows, from 1, such as [1, 2]");
    let rows = value.as_array().ok_or_else(wrong)?;
    let rows: Option<Vec<u64>> = rows.iter().map(Value::as_u64).collect();
    rows.map(Some).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(descriptor: &str) -> Result<FileDialect, String> {
        FileDialect::read(&serde_json::from_str(descriptor).unwrap())
    }

    #[test]
    fn the_defaults_of_both_versions_are_plain_csv() {
        let version_1 = r#"{"csvddfVersion": 1.2, "delimiter": ",", "doubleQuote": true,
            "lineTerminator": "\r\n", "quoteChar": "\"", "skipInitialSpace": false,
            "header": true, "caseSensitiveHeader": true}"#;
        let version_2 = r#"{"$schema": "https://datapackage.org/profiles/2.0/tabledialect.json",
            "header": true, "headerRows": [1], "headerJoin": " ", "nullSequence": null}"#;
        for descriptor in ["{}", version_1, version_2] {
            let dialect = read(descriptor).unwrap();
            assert_eq!(dialect.output(), Dialect::default());
            assert_eq!(dialect.settings().len(), 2, "{descriptor}");
        }
    }

    #[test]
    fn every_property_is_read() {
        let dialect = read(
            r##"{"headerRows": [2, 3], "headerJoin": "-", "commentRows": [1], "commentChar": "#",
                "delimiter": "||", "lineTerminator": "\r", "quoteChar": "'", "doubleQuote": false,
                "escapeChar": "\\", "nullSequence": "\\N", "skipInitialSpace": true,
                "skipBlankRows": true, "caseSensitiveHeader": false}"##,
        )
        .unwrap();
        let table = TableDialect {
            header: true,
            header_rows: Some(vec![2, 3]),
            header_join: "-".to_owned(),
            comment_rows: vec![1],
            skip_rows: 0,
            comment: Some("#".to_owned()),
            delimiter: "||".to_owned(),
            line_end: LineEnd::Return,
            quote: Some('\''),
            double_quote: false,
            escape: Some('\\'),
            skip_initial_space: true,
            skip_blank_rows: true,
        };
        assert_eq!(FileDialect::read(&dialect.descriptor()).unwrap(), dialect);
        let skipping = FileDialect {
            table: TableDialect { skip_rows: 2, quote: None, ..TableDialect::default() },
            ..FileDialect::default()
        };
        let again = FileDialect::read(&skipping.descriptor()).unwrap();
        assert_eq!((again.table.comment_rows, again.table.quote), (vec![1, 2], None));
        let null = Some("\\N".to_owned());
        assert_eq!(dialect, FileDialect { table, null, any_case: true, delimiter_given: true });
        assert_eq!(dialect.output(), Dialect { delimiter: b',', quote: Some(b'\''), header: true });
    }

    #[test]
    fn what_is_not_done_is_refused_by_name() {
        for (descriptor, says) in [
            (r#"{"sheetName": "x"}"#, "sheetName"),
            (r#"{"itemKeys": ["a"]}"#, "itemKeys"),
            (r#"{"delimiting": ";"}"#, "delimiting"),
            (r#"{"header": "yes"}"#, "header"),
            (r#"{"headerRows": 1}"#, "headerRows"),
            (r#"{"headerRows": [-1]}"#, "headerRows"),
            (r#"{"quoteChar": "''"}"#, "quoteChar"),
            (r#"{"delimiter": ""}"#, "delimiter"),
            (r#"{"delimiter": "\""}"#, "quoteChar"),
            (r#"{"headerRows": [1], "commentRows": [1]}"#, "headerRows"),
            ("[]", "a JSON object"),
        ] {
            let wrong = read(descriptor).unwrap_err();
            assert!(wrong.contains(says), "{descriptor}: {wrong}");
        }
    }
}
