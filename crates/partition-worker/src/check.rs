//! Blocks of records in, accepted and rejected records out: the pure heart of `validate`.

use std::collections::HashMap;
use std::io::Write as _;

use table_schema::{Key, Reason, ReasonKind, Validator, Verdict};

use crate::dialect::Dialect;
use crate::records::{Malformed, Record, Rest, Splitter};
use crate::summary::Records;
use crate::unique::Unique;

/// The columns that `rejected.csv` has before those of the input.
pub const REJECT_COLUMNS: [&str; 4] = ["_source", "_line", "_offset", "_reasons"];

/// Name of the reason for malformed quoting; frictionless has it for whatever keeps a source from being read as a table.
pub const MALFORMED: &str = "source-error";

/// Where a block stands.
#[derive(Clone, Copy, Debug)]
pub struct Place<'s> {
    /// Name of the source.
    pub source: &'s str,
    /// Offset of the block's first byte in the (decompressed) source.
    pub offset: u64,
    /// Line of the block's first byte, from 1; `None` where the lines before it were not read.
    pub line: Option<u64>,
}

/// Why a block cannot be checked any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The record `at` this offset of the block, `lines` lines on, is longer than the limit.
    TooLong {
        /// Offset in the block.
        at: usize,
        /// Lines of the block before it.
        lines: u64,
    },
    /// One record must be one line here, and the quotes of the line `at` this offset of the block, `lines` lines on, do
    /// not pair up.
    OpenQuote {
        /// Offset in the block.
        at: usize,
        /// Lines of the block before it.
        lines: u64,
    },
}

/// What a block came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the block that were consumed.
    pub consumed: usize,
    /// Lines of the block that were consumed.
    pub lines: u64,
    /// The end that was given was reached: no further record belongs to the partition.
    pub done: bool,
}

/// Checks the records of one partition.
pub struct Checker<'v> {
    validator: &'v Validator,
    dialect: Dialect,
    line_end: &'static [u8],
    /// One record is one line; a line break inside quotes stops the check.
    one_line: bool,
    splitter: Splitter,
    single: Splitter,
    unique: Unique,
    verdict: Verdict,
    rows: Vec<Row>,
    reasons: Vec<Reason>,
    keys: Vec<(u32, Key)>,
    duplicates: Vec<(u32, u16)>,
    /// How often each kind of reason was found in each column, with one of them as an example.
    counts: HashMap<(ReasonKind, Option<usize>), (Reason, u64)>,
    malformed: u64,
    rows_read: u64,
    rows_rejected: u64,
    text: String,
}

/// One record of the block in hand.
struct Row {
    start: u32,
    end: u32,
    lines: u32,
    malformed: Option<Malformed>,
    /// Its reasons end here in `reasons`; they begin where those of the row before end.
    reasons_end: u32,
}

impl<'v> Checker<'v> {
    /// A checker for records of at most `limit` bytes. `line_end` is given to a last record that has none.
    pub fn new(
        validator: &'v Validator,
        dialect: Dialect,
        line_end: &'static [u8],
        one_line: bool,
        limit: usize,
    ) -> Self {
        Checker {
            validator,
            dialect,
            line_end,
            one_line,
            splitter: Splitter::new(dialect, limit),
            single: Splitter::new(dialect, limit),
            unique: Unique::new(validator.unique_constraints().len()),
            verdict: Verdict::default(),
            rows: Vec::new(),
            reasons: Vec::new(),
            keys: Vec::new(),
            duplicates: Vec::new(),
            counts: HashMap::new(),
            malformed: 0,
            rows_read: 0,
            rows_rejected: 0,
            text: String::new(),
        }
    }

    /// Checks every whole record of `block` that begins before `end` (an offset of the source), and appends it to
    /// `accepted` or `rejected`. `last` says that the source ends with the block.
    pub fn block(
        &mut self,
        block: &[u8],
        last: bool,
        end: u64,
        place: Place<'_>,
        accepted: &mut Vec<u8>,
        rejected: &mut Vec<u8>,
    ) -> Result<Progress, Stop> {
        let (rest, done) = self.judge(block, last, end, place.offset)?;
        self.find_duplicates();
        let lines = self.emit(block, place, accepted, rejected);
        match rest {
            Rest::Incomplete(consumed) => Ok(Progress { consumed, lines, done }),
            Rest::TooLong(at) => Err(Stop::TooLong { at, lines }),
        }
    }

    /// Splits the block and checks each record on its own.
    fn judge(&mut self, block: &[u8], last: bool, end: u64, offset: u64) -> Result<(Rest, bool), Stop> {
        self.rows.clear();
        self.reasons.clear();
        self.keys.clear();
        let (rows, reasons, keys, verdict) = (&mut self.rows, &mut self.reasons, &mut self.keys, &mut self.verdict);
        let (validator, quote, one_line) = (self.validator, self.dialect.quote, self.one_line);
        let mut done = false;
        let mut open_quote = None;
        // A record that begins at the end belongs to the next partition, so the block is cut there if it can be.
        let end = usize::try_from(end.saturating_sub(offset)).unwrap_or(usize::MAX);
        if end == 0 {
            return Ok((Rest::Incomplete(0), true));
        }
        let rest = self.splitter.split(block, last, |record: Record<'_>| {
            if one_line && !is_one_line(block, &record, quote) {
                open_quote = Some(record.start);
                return false;
            }
            if record.malformed.is_none() {
                validator.check(record.cells, verdict);
                let row = rows.len() as u32;
                keys.extend(verdict.keys.iter().map(|key| (row, *key)));
                reasons.extend_from_slice(&verdict.reasons);
            }
            rows.push(Row {
                start: record.start as u32,
                end: record.end as u32,
                lines: record.lines,
                malformed: record.malformed,
                reasons_end: reasons.len() as u32,
            });
            done = record.end >= end;
            !done
        });
        match open_quote {
            Some(at) => Err(Stop::OpenQuote { at, lines: rows.iter().map(|row| u64::from(row.lines)).sum() }),
            None => Ok((rest, done)),
        }
    }

    /// Looks the block's keys up all at once: the cache misses of one overlap with those of the next.
    fn find_duplicates(&mut self) {
        self.duplicates.clear();
        for (row, key) in &self.keys {
            if !self.unique.insert(usize::from(key.constraint), key.hash) {
                self.duplicates.push((*row, key.constraint));
            }
        }
    }

    /// Writes the records out, runs of accepted ones in one piece. Returns the lines of the block.
    fn emit(&mut self, block: &[u8], place: Place<'_>, accepted: &mut Vec<u8>, rejected: &mut Vec<u8>) -> u64 {
        let rows = std::mem::take(&mut self.rows);
        let reasons = std::mem::take(&mut self.reasons);
        let duplicates = std::mem::take(&mut self.duplicates);
        let mut duplicates_left = duplicates.as_slice();
        let mut run = rows.first().map_or(0, |row| row.start as usize);
        let mut reasons_start = 0;
        let mut lines = 0;
        for (number, row) in rows.iter().enumerate() {
            let own_reasons = &reasons[reasons_start..row.reasons_end as usize];
            let own_duplicates = duplicates_left.iter().take_while(|(row, _)| *row as usize == number).count();
            let (own_duplicates, others) = duplicates_left.split_at(own_duplicates);
            if !own_reasons.is_empty() || !own_duplicates.is_empty() || row.malformed.is_some() {
                accepted.extend_from_slice(&block[run..row.start as usize]);
                run = row.end as usize;
                let at = Place {
                    source: place.source,
                    offset: place.offset + u64::from(row.start),
                    line: place.line.map(|line| line + lines),
                };
                let record = &block[row.start as usize..row.end as usize];
                self.reject(record, at, row.malformed, own_reasons, own_duplicates, rejected);
            }
            reasons_start = row.reasons_end as usize;
            duplicates_left = others;
            lines += u64::from(row.lines);
        }
        let end = rows.last().map_or(run, |row| row.end as usize);
        accepted.extend_from_slice(&block[run..end]);
        if run < end && block[end - 1] != b'\n' {
            accepted.extend_from_slice(self.line_end);
        }
        self.rows_read += rows.len() as u64;
        (self.rows, self.reasons, self.duplicates) = (rows, reasons, duplicates);
        lines
    }

    fn reject(
        &mut self,
        record: &[u8],
        place: Place<'_>,
        malformed: Option<Malformed>,
        reasons: &[Reason],
        duplicates: &[(u32, u16)],
        rejected: &mut Vec<u8>,
    ) {
        self.rows_rejected += 1;
        self.text.clear();
        match malformed {
            Some(malformed) => {
                self.malformed += 1;
                self.text.push_str(MALFORMED);
                self.text.push_str(match malformed {
                    Malformed::TextAfterQuote { .. } => ": text after a closing quote",
                    Malformed::Unclosed => ": a quote is opened and not closed",
                });
            }
            None => {
                let (validator, text, counts) = (self.validator, &mut self.text, &mut self.counts);
                self.single.split(record, true, |record| {
                    let duplicates = duplicates.iter().map(|(_, constraint)| validator.duplicate(*constraint));
                    for reason in reasons.iter().copied().chain(duplicates) {
                        if !text.is_empty() {
                            text.push_str("; ");
                        }
                        validator.describe(&reason, record.cells, text);
                        counts.entry((reason.kind, reason.column())).or_insert((reason, 0)).1 += 1;
                    }
                    false
                });
            }
        }
        self.dialect.write_cell(place.source.as_bytes(), rejected);
        rejected.push(self.dialect.delimiter);
        if let Some(line) = place.line {
            write_number(line, rejected);
        }
        rejected.push(self.dialect.delimiter);
        write_number(place.offset, rejected);
        rejected.push(self.dialect.delimiter);
        self.dialect.write_cell(self.text.as_bytes(), rejected);
        rejected.push(self.dialect.delimiter);
        if malformed.is_some() {
            // The line as one cell: its own quotes would make rejected.csv malformed as well.
            let line = record.strip_suffix(b"\n").unwrap_or(record);
            self.dialect.write_cell(line.strip_suffix(b"\r").unwrap_or(line), rejected);
            rejected.extend_from_slice(self.line_end);
        } else {
            rejected.extend_from_slice(record);
            if !record.ends_with(b"\n") {
                rejected.extend_from_slice(self.line_end);
            }
        }
    }

    /// Records checked and rejected so far.
    pub fn so_far(&self) -> (u64, u64) {
        (self.rows_read, self.rows_rejected)
    }

    /// The counts of all records.
    pub fn records(&self) -> Records {
        let mut records = Records {
            rows: self.rows_read,
            accepted: self.rows_read - self.rows_rejected,
            rejected: self.rows_rejected,
            ..Records::default()
        };
        for (reason, times) in self.counts.values() {
            records.count_reason(reason.kind.as_str(), reason.field_name(self.validator), *times);
        }
        if self.malformed > 0 {
            records.count_reason(MALFORMED, None, self.malformed);
        }
        records
    }
}

/// The header of `rejected.csv`: its own columns, then the input's header as it stands there.
pub fn reject_header(header: &[u8], dialect: &Dialect, out: &mut Vec<u8>) {
    for column in REJECT_COLUMNS {
        out.extend_from_slice(column.as_bytes());
        out.push(dialect.delimiter);
    }
    out.extend_from_slice(header);
}

/// A record that spans lines is split at a line break inside quotes, and then each of its lines has an odd number of
/// quotes or none.
fn is_one_line(block: &[u8], record: &Record<'_>, quote: Option<u8>) -> bool {
    let quotes = |quote| memchr::memchr_iter(quote, &block[record.start..record.end]).count();
    record.lines == 1
        && record.malformed != Some(Malformed::Unclosed)
        && quote.is_none_or(|quote| quotes(quote).is_multiple_of(2))
}

fn write_number(number: u64, out: &mut Vec<u8>) {
    // Writing to a Vec cannot fail.
    let _ = write!(out, "{number}");
}
