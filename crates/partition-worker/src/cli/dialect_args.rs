//! The settings of the input's dialect.

use clap::Args;
use csv_records::Dialect;
use csv_records::translation::InputEncoding;

use super::headings::INPUT;

/// How records are cut into cells.
#[derive(Args, Clone, Debug)]
pub(crate) struct CellArgs {
    /// Byte between two cells; \t for a tab
    #[arg(
        long,
        help_heading = INPUT,
        env = "JOB_WORKER_DELIMITER",
        default_value = ",",
        value_parser = parse_delimiter,
    )]
    delimiter: u8,
    /// Byte around quoted cells, or "none"
    #[arg(
        long,
        help_heading = INPUT,
        env = "JOB_WORKER_QUOTE",
        default_value = "\"",
        value_parser = parse_quote,
    )]
    quote: Quote,
}

/// How the input is written.
#[derive(Args, Clone, Debug)]
pub(crate) struct DialectArgs {
    #[command(flatten)]
    pub(crate) cells: CellArgs,
    /// The first record is data: fields are matched by position
    #[arg(long, help_heading = INPUT, env = "JOB_WORKER_NO_HEADER")]
    no_header: bool,
    /// Encoding of the input: utf-8, utf-16, utf-16le, utf-16be, windows-1252, iso-8859-1,
    /// shift_jis, gb18030, ... or auto, which tells byte order marks, UTF-16 and UTF-8 by looking.
    /// Outputs are UTF-8
    #[arg(
        long,
        help_heading = INPUT,
        env = "JOB_WORKER_ENCODING",
        default_value_t = InputEncoding::Utf8,
    )]
    encoding: InputEncoding,
}

#[derive(Clone, Copy, Debug)]
struct Quote(Option<u8>);

impl CellArgs {
    /// The dialect of files with or without a header, or what is wrong with these settings.
    pub(crate) fn dialect(&self, header: bool) -> Result<Dialect, String> {
        if self.quote.0 == Some(self.delimiter) {
            return Err("the delimiter and the quote are the same byte: give --delimiter or \
                        --quote another"
                .to_owned());
        }
        Ok(Dialect { delimiter: self.delimiter, quote: self.quote.0, header })
    }

    /// The settings as a manifest has them.
    pub(crate) fn settings(&self) -> [(String, String); 2] {
        let byte = |byte: u8| char::from(byte).to_string();
        [
            ("delimiter".to_owned(), byte(self.delimiter)),
            ("quote".to_owned(), self.quote.0.map_or("none".to_owned(), byte)),
        ]
    }
}

impl DialectArgs {
    /// The dialect, or what is wrong with these settings.
    pub(crate) fn dialect(&self) -> Result<Dialect, String> {
        self.cells.dialect(!self.no_header)
    }

    /// The encoding of the files.
    pub(crate) fn encoding(&self) -> InputEncoding {
        self.encoding
    }
}

fn parse_delimiter(text: &str) -> Result<u8, String> {
    match text {
        "\\t" | "tab" => Ok(b'\t'),
        _ => one_byte(text),
    }
}

fn parse_quote(text: &str) -> Result<Quote, String> {
    match text {
        "none" => Ok(Quote(None)),
        _ => one_byte(text).map(|byte| Quote(Some(byte))),
    }
}

fn one_byte(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        [byte] if byte.is_ascii() && !matches!(byte, b'\n' | b'\r' | 0) => Ok(*byte),
        _ => Err("must be one ASCII character, and no line end".to_owned()),
    }
}
