//! Records of any dialect, one after the other, byte by byte: slower than
//! [`Splitter`](crate::Splitter), and with the same answers where both know the dialect.

use super::table_dialect::{LineEnd, TableDialect};
use crate::record::Malformed;

/// What stands at the beginning of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parsed {
    /// A record; its cells are in [`Cells`].
    Record {
        /// One past its last byte, line end included.
        end: usize,
        /// An unquoted cell has a line break of another kind than those that end rows.
        odd_break: bool,
    },
    /// A line whose quoting is malformed.
    Malformed { end: usize, malformed: Malformed },
    /// A line that is passed over.
    Comment { end: usize },
    /// Longer than the limit.
    TooLong,
    /// A line that is passed over, longer than the limit.
    LongComment,
    /// More bytes are needed.
    Incomplete,
}

/// The cells of one record, without their quotes and escapes.
#[derive(Debug, Default)]
pub(crate) struct Cells {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Cells {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.bytes[start..*end])
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    fn end_cell(&mut self) {
        self.ends.push(self.bytes.len());
    }
}

/// How a record ends, as far as its quotes say.
enum RecordEnd {
    At { end: usize, one_line: bool, odd_break: bool },
    TextAfterQuote { at: usize },
    InQuotes,
    NoLineEnd { one_line: bool },
}

/// A dialect in bytes.
pub(crate) struct PlainParser {
    delimiter: Vec<u8>,
    quote: Option<Vec<u8>>,
    double_quote: bool,
    escape: Option<Vec<u8>>,
    comment: Option<Vec<u8>>,
    line_end: LineEnd,
    skip_initial_space: bool,
    /// The cell that keeps its escapes, as it stands for no value.
    null: Option<Vec<u8>>,
    limit: usize,
}

impl PlainParser {
    /// A parser for records of at most `limit` bytes.
    pub(crate) fn new(dialect: &TableDialect, null: Option<&str>, limit: usize) -> Self {
        let bytes = |c: char| c.to_string().into_bytes();
        PlainParser {
            delimiter: dialect.delimiter.clone().into_bytes(),
            quote: dialect.quote.map(bytes),
            double_quote: dialect.double_quote || dialect.escape == dialect.quote,
            escape: dialect.escape.filter(|escape| Some(*escape) != dialect.quote).map(bytes),
            comment: dialect.comment.clone().map(String::into_bytes),
            line_end: dialect.line_end.clone(),
            skip_initial_space: dialect.skip_initial_space,
            null: null.map(|null| null.as_bytes().to_vec()),
            limit,
        }
    }

    /// Says what stands at the beginning of `block`, which is not empty. `last` says that no more
    /// bytes follow. The answer does not depend on where blocks are cut.
    pub(crate) fn parse(&self, block: &[u8], last: bool, cells: &mut Cells) -> Parsed {
        let limit_reached = block.len() > self.limit;
        if let Some(comment) = &self.comment {
            if block.starts_with(comment) {
                let end = self.end_of_line(block).or_else(|| last.then_some(block.len()));
                return match end {
                    Some(end) if end <= self.limit => Parsed::Comment { end },
                    Some(_) => Parsed::LongComment,
                    None if limit_reached => Parsed::LongComment,
                    None => Parsed::Incomplete,
                };
            }
            if comment.starts_with(block) && !last {
                return Parsed::Incomplete;
            }
        }
        let malformed = match self.cells(block, last, cells) {
            RecordEnd::At { end, odd_break, .. } if end <= self.limit => {
                return Parsed::Record { end, odd_break };
            }
            RecordEnd::At { one_line: true, .. } => return Parsed::TooLong,
            RecordEnd::NoLineEnd { one_line: true } if limit_reached => return Parsed::TooLong,
            RecordEnd::NoLineEnd { .. } | RecordEnd::InQuotes if !limit_reached && !last => {
                return Parsed::Incomplete;
            }
            RecordEnd::TextAfterQuote { at } if at < self.limit => Malformed::TextAfterQuote { at },
            RecordEnd::At { .. }
            | RecordEnd::NoLineEnd { .. }
            | RecordEnd::InQuotes
            | RecordEnd::TextAfterQuote { .. } => Malformed::Unclosed,
        };
        let end = match self.end_of_line(block) {
            Some(end) => end,
            None if last => block.len(),
            None if limit_reached => return Parsed::TooLong,
            None => return Parsed::Incomplete,
        };
        if end > self.limit {
            return Parsed::TooLong;
        }
        Parsed::Malformed { end, malformed }
    }

    /// Where the first line of `block` ends, its line end included, whatever its quotes.
    pub(crate) fn end_of_line(&self, block: &[u8]) -> Option<usize> {
        let end = self.line_end.bytes();
        memchr::memmem::find(block, end).map(|at| at + end.len())
    }

    /// A line without what ends it.
    pub(crate) fn without_line_end<'l>(&self, line: &'l [u8]) -> &'l [u8] {
        let line = line.strip_suffix(self.line_end.bytes()).unwrap_or(line);
        match self.line_end {
            LineEnd::LineFeed => line.strip_suffix(b"\r").unwrap_or(line),
            _ => line,
        }
    }

    /// How many line ends there are in some bytes.
    pub(crate) fn count_lines(&self, bytes: &[u8]) -> u64 {
        match self.line_end.bytes() {
            [end] => memchr::memchr_iter(*end, bytes).count() as u64,
            end => memchr::memmem::find_iter(bytes, end).count() as u64,
        }
    }

    fn cells(&self, block: &[u8], last: bool, cells: &mut Cells) -> RecordEnd {
        cells.clear();
        let mut from = 0;
        let (mut one_line, mut odd_break) = (true, false);
        loop {
            if self.skip_initial_space {
                let is_blank = |byte: &u8| {
                    matches!(byte, b' ' | b'\t') && self.delimiter.first() != Some(byte)
                };
                from += block[from..].iter().take_while(|byte| is_blank(byte)).count();
            }
            let quote = self.quote.as_deref();
            let at = match quote.filter(|quote| block[from..].starts_with(quote)) {
                Some(quote) => {
                    let inside = from + quote.len();
                    match self.quoted(block, inside, quote, last, cells, &mut one_line) {
                        Some(after) => after,
                        None => return RecordEnd::InQuotes,
                    }
                }
                None => {
                    match self.unquoted(block, from, last, cells, (&mut one_line, &mut odd_break)) {
                        Some(at) => at,
                        None => return RecordEnd::NoLineEnd { one_line },
                    }
                }
            };
            cells.end_cell();
            let rest = &block[at..];
            if rest.starts_with(&self.delimiter) {
                from = at + self.delimiter.len();
                continue;
            }
            if let Some(length) = self.line_end_at(rest) {
                return RecordEnd::At { end: at + length, one_line, odd_break };
            }
            let may_go_on = self.delimiter.starts_with(rest)
                || self.line_end.bytes().starts_with(rest)
                || (self.line_end == LineEnd::LineFeed && rest == b"\r");
            return match (may_go_on, last) {
                (true, false) => RecordEnd::NoLineEnd { one_line },
                (true, true) if rest.is_empty() || rest == b"\r" => {
                    RecordEnd::At { end: block.len(), one_line, odd_break }
                }
                _ => RecordEnd::TextAfterQuote { at },
            };
        }
    }

    /// The length of the line end that `rest` begins with.
    fn line_end_at(&self, rest: &[u8]) -> Option<usize> {
        let end = self.line_end.bytes();
        if rest.starts_with(end) {
            return Some(end.len());
        }
        (self.line_end == LineEnd::LineFeed && rest.starts_with(b"\r\n")).then_some(2)
    }

    /// Appends the quoted cell whose first byte is at `from`, and says what follows its quote.
    fn quoted(
        &self,
        block: &[u8],
        mut from: usize,
        quote: &[u8],
        last: bool,
        cells: &mut Cells,
        one_line: &mut bool,
    ) -> Option<usize> {
        let escape = self.escape.as_deref();
        let inside = from;
        let end = loop {
            let rest = &block[from..];
            let found = match escape {
                Some(escape) => memchr::memchr2(quote[0], escape[0], rest)?,
                None => memchr::memchr(quote[0], rest)?,
            };
            let (before, at) = (&rest[..found], &rest[found..]);
            if let Some(escape) = escape.filter(|escape| at.starts_with(escape)) {
                cells.bytes.extend_from_slice(before);
                cells.bytes.push(*at.get(escape.len())?);
                from += found + escape.len() + 1;
            } else if !at.starts_with(quote) {
                // Another character with the same first byte.
                cells.bytes.extend_from_slice(&rest[..=found]);
                from += found + 1;
            } else if self.double_quote && at[quote.len()..].starts_with(quote) {
                cells.bytes.extend_from_slice(&rest[..found + quote.len()]);
                from += found + 2 * quote.len();
            } else {
                cells.bytes.extend_from_slice(before);
                let after = &at[quote.len()..];
                // The block may end inside the second half of a doubled quote.
                if self.double_quote
                    && !last
                    && (1..quote.len()).contains(&after.len())
                    && quote.starts_with(after)
                {
                    return None;
                }
                break from + found + quote.len();
            }
        };
        *one_line &= self.count_lines(&block[inside..end]) == 0;
        Some(end)
    }

    /// Appends the unquoted cell that begins at `from`, and says where it ends.
    fn unquoted(
        &self,
        block: &[u8],
        from: usize,
        last: bool,
        cells: &mut Cells,
        (one_line, odd_break): (&mut bool, &mut bool),
    ) -> Option<usize> {
        let line_end = self.line_end.bytes();
        let (delimiter, end) = (self.delimiter[0], line_end[0]);
        let start = cells.bytes.len();
        let mut at = from;
        let mut escaped = false;
        let to = loop {
            let rest = &block[at..];
            let found = match &self.escape {
                Some(escape) => memchr::memchr3(delimiter, end, escape[0], rest),
                None => memchr::memchr2(delimiter, end, rest),
            };
            let Some(found) = found else {
                if !last {
                    return None;
                }
                cells.bytes.extend_from_slice(rest);
                break block.len();
            };
            let here = &rest[found..];
            cells.bytes.extend_from_slice(&rest[..found]);
            at += found;
            if here.starts_with(&self.delimiter) || here.starts_with(line_end) {
                break at;
            }
            match self.escape.as_deref().filter(|escape| here.starts_with(escape)) {
                Some(escape) => match here.get(escape.len()) {
                    Some(byte) => {
                        *one_line &= !here[escape.len()..].starts_with(line_end);
                        cells.bytes.push(*byte);
                        at += escape.len() + 1;
                        escaped = true;
                    }
                    None if last => {
                        cells.bytes.extend_from_slice(here);
                        break block.len();
                    }
                    None => return None,
                },
                None => {
                    cells.bytes.push(here[0]);
                    at += 1;
                }
            }
        };
        if escaped && self.null.as_deref() == Some(&block[from..to]) {
            cells.bytes.truncate(start);
            cells.bytes.extend_from_slice(&block[from..to]);
        }
        match self.line_end {
            LineEnd::LineFeed => {
                let is_last_cell = to == block.len() || block[to] == b'\n';
                if is_last_cell && block[from..to].ends_with(b"\r") {
                    cells.bytes.pop();
                }
                *odd_break |= cells.bytes[start..].contains(&b'\r') && !escaped;
            }
            LineEnd::Return => *odd_break |= cells.bytes[start..].contains(&b'\n') && !escaped,
            LineEnd::Text(_) => {}
        }
        Some(to)
    }
}
