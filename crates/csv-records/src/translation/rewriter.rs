//! A text in any dialect in, plain CSV out, record by record, with a map of what stood where.

use std::sync::Arc;

use super::map::{Note, Problem, Shift, TextMap};
use super::plain_parser::{Cells, Parsed, PlainParser};
use super::table_dialect::{LineEnd, TableDialect};
use super::union::{Places, Union};
use crate::dialect::Dialect;
use crate::encoding::UTF8_MARK;
use crate::flaw::Flaw;
use crate::record::Malformed;

/// Bytes that are shown of a record that is too long.
const SHOWN: usize = 1000;

/// Rewrites one file. The records of the text are those of the file, in order, without the rows
/// that its dialect passes over; each has the same cells.
pub struct Rewriter {
    dialect: TableDialect,
    parser: PlainParser,
    output: Dialect,
    limit: usize,
    /// Row of the file that comes next, from 1.
    row: u64,
    /// Line of the file that it begins on, from 1.
    line: u64,
    /// Offset of the next byte in the text that is rewritten.
    offset: u64,
    /// Bytes and lines of the text that is written.
    written: u64,
    written_lines: u64,
    /// The rows of the header that were read.
    header: Vec<Vec<Vec<u8>>>,
    header_written: bool,
    /// The columns of the text, if they are not those of the file, and where they stand there.
    union: Option<Arc<Union>>,
    places: Option<Places>,
    /// The rest of a line is passed over.
    skipping: bool,
    /// The record before has no line end, so that it is the last one of the file.
    unended: bool,
    cells: Cells,
}

impl Rewriter {
    /// A rewriter into `output` for records of at most `limit` bytes. `null` is a cell that stands
    /// for no value whatever escapes it has.
    pub fn new(dialect: TableDialect, output: Dialect, null: Option<&str>, limit: usize) -> Self {
        Rewriter {
            parser: PlainParser::new(&dialect, null, limit),
            output,
            header_written: !dialect.header,
            dialect,
            limit,
            row: 1,
            line: 1,
            offset: 0,
            written: 0,
            written_lines: 0,
            header: Vec::new(),
            union: None,
            places: None,
            skipping: false,
            unended: false,
            cells: Cells::default(),
        }
    }

    /// The same, which gives every file these columns. A row with another number of cells than its
    /// file's header is none that can be told apart, and is noted.
    #[must_use]
    pub fn with_columns(self, union: Arc<Union>) -> Self {
        Rewriter { union: Some(union), ..self }
    }

    /// Rewrites the whole records at the beginning of `block` and says how many bytes they are.
    /// `last` says that no more follow. `from` is the map of the text that `block` is a part of;
    /// `to` becomes that of `text`.
    pub fn rewrite(
        &mut self,
        block: &[u8],
        last: bool,
        from: &TextMap,
        text: &mut Vec<u8>,
        to: &mut TextMap,
    ) -> usize {
        let mut at = 0;
        if self.offset == 0 {
            if block.starts_with(UTF8_MARK) {
                at = UTF8_MARK.len();
            } else if !last && UTF8_MARK.starts_with(block) {
                return 0;
            }
        }
        let mut notes = from.notes();
        let base = self.offset;
        while at < block.len() {
            let rest = &block[at..];
            if self.skipping {
                let Some(end) = self.parser.end_of_line(rest) else {
                    // What may be the beginning of the line end is looked at again.
                    let kept = if last { 0 } else { self.dialect.line_end.bytes().len() - 1 };
                    at = at.max(block.len() - kept.min(rest.len()));
                    break;
                };
                at += end;
                self.skipping = false;
                self.row += 1;
                self.line += 1;
                continue;
            }
            let mut cells = std::mem::take(&mut self.cells);
            let parsed = self.parser.parse(rest, last, &mut cells);
            let length = match parsed {
                Parsed::Record { end, .. }
                | Parsed::Malformed { end, .. }
                | Parsed::Comment { end } => end,
                // What may be the beginning of the line end is left.
                Parsed::TooLong | Parsed::LongComment => {
                    self.limit.saturating_sub(self.dialect.line_end.bytes().len() - 1).max(1)
                }
                Parsed::Incomplete => {
                    self.cells = cells;
                    break;
                }
            };
            let record = &rest[..length];
            let start = base + at as u64;
            let end = start + length as u64;
            let noted = notes.iter().take_while(|note| note.at < end).count();
            let (own, others) = notes.split_at(noted);
            notes = others;
            let noted = own.iter().find(|note| note.at >= start).map(|note| note.problem);
            self.take(parsed, record, noted, from.offset(start), &cells, text, to);
            self.cells = cells;
            at += length;
            if matches!(parsed, Parsed::TooLong | Parsed::LongComment) {
                self.skipping = true;
            } else {
                self.row += 1;
                // A last line without an end counts as one.
                let is_unended = !record.ends_with(self.dialect.line_end.bytes());
                self.line += self.parser.count_lines(record) + u64::from(is_unended);
            }
        }
        if last && !self.header_written && !self.header.is_empty() {
            self.write_header(text);
        }
        self.offset = base + at as u64;
        if last {
            self.shift(to, from.offset(self.offset));
        }
        at
    }

    /// Whether the last record that was rewritten has no line end in the file; its text has one.
    pub fn is_unended(&self) -> bool {
        self.unended
    }

    /// Does with a row what is to be done with it.
    #[expect(clippy::too_many_arguments, reason = "it is the one row, and where it goes")]
    fn take(
        &mut self,
        parsed: Parsed,
        record: &[u8],
        noted: Option<Problem>,
        offset: u64,
        cells: &Cells,
        text: &mut Vec<u8>,
        to: &mut TextMap,
    ) {
        let is_given = self.dialect.header
            && self.dialect.header_rows.as_ref().is_some_and(|rows| rows.contains(&self.row));
        let is_blank = matches!(parsed, Parsed::Record { .. })
            && self.parser.without_line_end(record).is_empty();
        let is_passed_over = self.dialect.passes_over(self.row)
            || (!is_given && matches!(parsed, Parsed::Comment { .. } | Parsed::LongComment))
            || (!is_given && self.dialect.skip_blank_rows && is_blank)
            || (!self.header_written && !is_given && self.row < self.dialect.last_header_row());
        if is_passed_over {
            return;
        }
        self.unended = !matches!(parsed, Parsed::TooLong | Parsed::LongComment)
            && !record.ends_with(self.dialect.line_end.bytes());
        if !self.header_written {
            self.take_header(parsed, record, noted, offset, cells, text, to);
            return;
        }
        self.shift(to, offset);
        let united = self.united(parsed, cells);
        let problem = match parsed {
            Parsed::Malformed { malformed, .. } => {
                Some(Problem::Malformed(self.words(malformed, record)))
            }
            Parsed::TooLong => {
                let shown = record.len().min(SHOWN);
                Some(Problem::TooLong { limit: self.limit, shown })
            }
            _ if record.starts_with(UTF8_MARK) => {
                Some(Problem::Malformed(Flaw::Mark.message(record)))
            }
            Parsed::Record { odd_break: true, .. } => Some(Problem::Malformed(self.odd_break())),
            Parsed::Record { .. } if matches!(united, Some(None)) && !is_blank => {
                Some(Problem::Malformed("the row has another number of cells than its header"))
            }
            _ => noted,
        };
        if let Some(problem) = problem {
            to.note(Note { at: self.written, problem });
        }
        let start = text.len();
        match parsed {
            Parsed::Record { .. } => match united {
                None => self.write_cells(cells.iter(), text),
                Some(Some(cells)) => self.write_cells(cells, text),
                Some(None) => self.write_cells([self.parser.without_line_end(record)], text),
            },
            Parsed::Malformed { .. } | Parsed::Comment { .. } => {
                self.write_cells([self.parser.without_line_end(record)], text);
            }
            Parsed::TooLong => self.write_cells([beginning(record)], text),
            Parsed::LongComment | Parsed::Incomplete => {}
        }
        self.count(&text[start..]);
    }

    /// The cells of a row in the order of the text's columns, if that is not the file's;
    /// `Some(None)` if they cannot be told apart.
    fn united<'c>(&'c self, parsed: Parsed, cells: &'c Cells) -> Option<Option<Vec<&'c [u8]>>> {
        let (Some(union), Some(places), Parsed::Record { .. }) =
            (&self.union, &self.places, parsed)
        else {
            return None;
        };
        let cells: Vec<&[u8]> = cells.iter().collect();
        Some(union.row(places, &cells))
    }

    /// A row of the header.
    #[expect(clippy::too_many_arguments, reason = "it is the one row, and where it goes")]
    fn take_header(
        &mut self,
        parsed: Parsed,
        record: &[u8],
        noted: Option<Problem>,
        offset: u64,
        cells: &Cells,
        text: &mut Vec<u8>,
        to: &mut TextMap,
    ) {
        let names = match parsed {
            Parsed::Record { .. } => cells.iter().map(<[u8]>::to_vec).collect(),
            Parsed::Comment { .. } => vec![self.parser.without_line_end(record).to_vec()],
            Parsed::Malformed { .. }
            | Parsed::TooLong
            | Parsed::LongComment
            | Parsed::Incomplete => {
                // A header that cannot be cut in its own dialect cannot be cut in the text either.
                self.shift(to, offset);
                let start = text.len();
                let quote = self.output.quote.unwrap_or(b'"');
                text.extend_from_slice(&[quote, quote, b'x', b'\n']);
                self.count(&text[start..]);
                self.header_written = true;
                return;
            }
        };
        if self.header.is_empty() {
            self.shift(to, offset);
        }
        if let Some(problem) = noted {
            to.note(Note { at: self.written, problem });
        }
        self.header.push(names);
        if self.row >= self.dialect.last_header_row() {
            self.write_header(text);
        }
    }

    fn write_header(&mut self, text: &mut Vec<u8>) {
        let names = joined(&std::mem::take(&mut self.header), self.dialect.header_join.as_bytes());
        let start = text.len();
        self.places = self.union.as_ref().and_then(|union| union.places(&names));
        match &self.union {
            Some(union) if self.places.is_some() => self.write_cells(union.names(), text),
            _ => self.write_cells(names.iter().map(Vec::as_slice), text),
        }
        self.count(&text[start..]);
        self.header_written = true;
    }

    fn write_cells<'c>(&self, cells: impl IntoIterator<Item = &'c [u8]>, text: &mut Vec<u8>) {
        for (number, cell) in cells.into_iter().enumerate() {
            if number > 0 {
                text.push(self.output.delimiter);
            }
            self.output.write_cell(cell, text);
        }
        text.push(b'\n');
    }

    fn count(&mut self, written: &[u8]) {
        self.written += written.len() as u64;
        self.written_lines += memchr::memchr_iter(b'\n', written).count() as u64;
    }

    /// Says that the next record of the text is the one at `offset` and on this line of the file.
    fn shift(&self, to: &mut TextMap, offset: u64) {
        to.shift(Shift {
            at: self.written,
            bytes: offset.wrapping_sub(self.written) as i64,
            lines: (self.line - 1).wrapping_sub(self.written_lines) as i64,
        });
    }

    fn words(&self, malformed: Malformed, record: &[u8]) -> &'static str {
        // The hint at backslashes is for those who have not said what escapes.
        let looked_at: &[u8] = if self.dialect.escape.is_none() { record } else { b"" };
        Flaw::Quotes(malformed).message(looked_at)
    }

    fn odd_break(&self) -> &'static str {
        match self.dialect.line_end {
            LineEnd::Return => {
                "a line feed (LF) outside of quotes, where lines end in CR: give another \
                 lineTerminator"
            }
            _ => Flaw::Return.message(b""),
        }
    }
}

/// The beginning of a long record, up to the end of a character.
fn beginning(record: &[u8]) -> &[u8] {
    let mut end = record.len().min(SHOWN);
    while end > 0 && end < record.len() && record[end] & 0xc0 == 0x80 {
        end -= 1;
    }
    &record[..end]
}

/// The names of a header of several rows. A row but the last one says something of all columns up
/// to its next name, as in the standard's own example; what is empty is left out.
fn joined(rows: &[Vec<Vec<u8>>], join: &[u8]) -> Vec<Vec<u8>> {
    let Some((last, above)) = rows.split_last() else { return Vec::new() };
    if above.is_empty() {
        return last.clone();
    }
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let name = |column: usize| {
        let above = above.iter().map(|row| {
            let to_the_left = row.iter().take(column + 1).rev();
            to_the_left.map(Vec::as_slice).find(|name| !name.is_empty()).unwrap_or_default()
        });
        let own = last.get(column).map(Vec::as_slice).unwrap_or_default();
        let parts: Vec<&[u8]> = above.chain([own]).filter(|part| !part.is_empty()).collect();
        parts.join(join)
    };
    (0..columns).map(name).collect()
}
