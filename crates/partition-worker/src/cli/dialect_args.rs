//! The settings of the input's dialect, each with the name that the standard has for it.

use clap::Args;
use csv_records::translation::InputEncoding;
use object_storage::Location;

use super::headings::{DIALECT, INPUT};
use crate::descriptors::{FileDialect, line_end, one_character};

/// How records are cut into cells.
#[derive(Args, Clone, Debug)]
pub(crate) struct CellArgs {
    /// What stands between two cells, one character or several; \t for a tab [default: ,]
    #[arg(long, help_heading = INPUT, env = "JOB_WORKER_DELIMITER", value_parser = parse_text)]
    pub(crate) delimiter: Option<String>,
    /// Character around quoted cells, or "none" [default: "]
    #[arg(long, help_heading = INPUT, env = "JOB_WORKER_QUOTE", value_parser = parse_quote)]
    pub(crate) quote: Option<Quote>,
    /// Table Dialect or CSV Dialect of the Data Package standard (JSON), a path or s3:// object;
    /// other settings go before it
    #[arg(long, help_heading = DIALECT, env = "JOB_WORKER_DIALECT", value_name = "LOCATION")]
    pub(crate) dialect: Option<Location>,
    /// Rows of the header, from 1; rows before the last of them are passed over [default: the first
    /// row that is not passed over]
    #[arg(
        long,
        help_heading = DIALECT,
        env = "JOB_WORKER_HEADER_ROWS",
        value_name = "ROW,...",
        value_delimiter = ',',
        value_parser = clap::value_parser!(u64).range(1..),
    )]
    pub(crate) header_rows: Vec<u64>,
    /// What stands between the names of a header of several rows [default: a blank]
    #[arg(long, help_heading = DIALECT, env = "JOB_WORKER_HEADER_JOIN", value_name = "TEXT")]
    pub(crate) header_join: Option<String>,
    /// So many rows at the beginning are passed over
    #[arg(long, help_heading = DIALECT, env = "JOB_WORKER_SKIP_ROWS", value_name = "ROWS")]
    pub(crate) skip_rows: Option<u64>,
    /// Rows that are passed over, from 1
    #[arg(
        long,
        help_heading = DIALECT,
        env = "JOB_WORKER_COMMENT_ROWS",
        value_name = "ROW,...",
        value_delimiter = ',',
        value_parser = clap::value_parser!(u64).range(1..),
    )]
    pub(crate) comment_rows: Vec<u64>,
    /// Rows that begin so are passed over
    #[arg(long, help_heading = DIALECT, env = "JOB_WORKER_COMMENT_CHAR", value_name = "TEXT")]
    pub(crate) comment_char: Option<String>,
    /// Empty lines are passed over
    #[arg(long, help_heading = DIALECT, env = "JOB_WORKER_SKIP_BLANK_ROWS")]
    pub(crate) skip_blank_rows: bool,
    /// Blanks and tabs at the start of a cell do not belong to it
    #[arg(long, help_heading = DIALECT, env = "JOB_WORKER_SKIP_INITIAL_SPACE")]
    pub(crate) skip_initial_space: bool,
    /// What ends a row: \n and \r\n (both are taken for the default), \r, or another text
    #[arg(
        long,
        help_heading = DIALECT,
        env = "JOB_WORKER_LINE_TERMINATOR",
        value_name = "TEXT",
        value_parser = parse_text,
    )]
    pub(crate) line_terminator: Option<String>,
    /// Character that takes the meaning from the one behind it, in quotes and outside
    #[arg(
        long,
        help_heading = DIALECT,
        env = "JOB_WORKER_ESCAPE_CHAR",
        value_name = "CHARACTER",
        value_parser = parse_character,
    )]
    pub(crate) escape_char: Option<char>,
    /// Two quotes in a quoted cell are not one
    #[arg(long, help_heading = DIALECT, env = "JOB_WORKER_NO_DOUBLE_QUOTE")]
    pub(crate) no_double_quote: bool,
}

/// How the input is written.
#[derive(Args, Clone, Debug)]
pub(crate) struct DialectArgs {
    #[command(flatten)]
    pub(crate) cells: CellArgs,
    /// A cell that is no value, beside the schema's missingValues
    #[arg(long, help_heading = DIALECT, env = "JOB_WORKER_NULL_SEQUENCE", value_name = "TEXT")]
    pub(crate) null_sequence: Option<String>,
    /// The first record is data: fields are matched by position
    #[arg(long, help_heading = INPUT, env = "JOB_WORKER_NO_HEADER")]
    pub(crate) no_header: bool,
    /// Encoding of the input: utf-8, utf-16, utf-16le, utf-16be, windows-1252, iso-8859-1,
    /// shift_jis, gb18030, ... or auto, which tells byte order marks, UTF-16 and UTF-8 by looking.
    /// Outputs are UTF-8 [default: the package's, or utf-8]
    #[arg(long, help_heading = INPUT, env = "JOB_WORKER_ENCODING")]
    pub(crate) encoding: Option<InputEncoding>,
}

/// What stands around quoted cells, if anything.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quote(Option<char>);

impl CellArgs {
    /// Changes a dialect to what is given here.
    ///
    /// # Errors
    ///
    /// If it contradicts itself then.
    pub(crate) fn change(&self, dialect: &mut FileDialect) -> Result<(), String> {
        let table = &mut dialect.table;
        if let Some(delimiter) = &self.delimiter {
            table.delimiter.clone_from(delimiter);
            dialect.delimiter_given = true;
        }
        if let Some(quote) = self.quote {
            table.quote = quote.0;
        }
        if !self.header_rows.is_empty() {
            table.header_rows = Some(self.header_rows.clone());
        }
        if let Some(join) = &self.header_join {
            table.header_join.clone_from(join);
        }
        if let Some(rows) = self.skip_rows {
            // The header comes behind them, wherever a descriptor has it.
            table.skip_rows = rows;
            table.header_rows = table.header_rows.take().filter(|given| *given != [1]);
        }
        if !self.comment_rows.is_empty() {
            table.comment_rows.clone_from(&self.comment_rows);
        }
        if self.comment_char.is_some() {
            table.comment.clone_from(&self.comment_char);
        }
        if let Some(end) = &self.line_terminator {
            table.line_end = line_end(end.clone());
        }
        if self.escape_char.is_some() {
            table.escape = self.escape_char;
        }
        table.skip_blank_rows |= self.skip_blank_rows;
        table.skip_initial_space |= self.skip_initial_space;
        table.double_quote &= !self.no_double_quote;
        dialect.check().map_err(|wrong| {
            format!(
                "the dialect of the input: {wrong} (--delimiter, --quote, --escape-char and so on, \
                 or its descriptor)"
            )
        })
    }
}

impl DialectArgs {
    /// A setting of them that is given: JSON lines have none of what they are about.
    pub(crate) fn any(&self) -> Option<&'static str> {
        let cells = &self.cells;
        [
            ("--delimiter", cells.delimiter.is_some()),
            ("--quote", cells.quote.is_some()),
            ("--header-rows", !cells.header_rows.is_empty()),
            ("--header-join", cells.header_join.is_some()),
            ("--skip-rows", cells.skip_rows.is_some()),
            ("--comment-rows", !cells.comment_rows.is_empty()),
            ("--comment-char", cells.comment_char.is_some()),
            ("--skip-initial-space", cells.skip_initial_space),
            ("--line-terminator", cells.line_terminator.is_some()),
            ("--escape-char", cells.escape_char.is_some()),
            ("--no-double-quote", cells.no_double_quote),
            ("--null-sequence", self.null_sequence.is_some()),
            ("--no-header", self.no_header),
        ]
        .into_iter()
        .find_map(|(name, given)| given.then_some(name))
    }

    /// Changes a dialect to what is given here.
    ///
    /// # Errors
    ///
    /// If it contradicts itself then.
    pub(crate) fn change(&self, dialect: &mut FileDialect) -> Result<(), String> {
        if self.no_header
            && (!self.cells.header_rows.is_empty() || self.cells.header_join.is_some())
        {
            return Err("--no-header says that the first record is data, and --header-rows and \
                        --header-join say how the header is written: leave out one of them"
                .to_owned());
        }
        dialect.table.header &= !self.no_header;
        if self.null_sequence.is_some() {
            dialect.null.clone_from(&self.null_sequence);
        }
        self.cells.change(dialect)
    }
}

/// A text in which \t, \r and \n stand for what cannot be typed.
fn parse_text(text: &str) -> Result<String, String> {
    let text = if text == "tab" { "\\t" } else { text };
    let text = text.replace("\\t", "\t").replace("\\r", "\r").replace("\\n", "\n");
    if text.is_empty() || text.contains('\0') {
        return Err("must be at least one character".to_owned());
    }
    Ok(text)
}

fn parse_character(text: &str) -> Result<char, String> {
    one_character(text)?.ok_or_else(|| "must be one character".to_owned())
}

fn parse_quote(text: &str) -> Result<Quote, String> {
    match text {
        "none" => Ok(Quote(None)),
        "" => Err("must be one character; give none where quotes mean nothing".to_owned()),
        _ => parse_character(text).map(|quote| Quote(Some(quote))),
    }
}
