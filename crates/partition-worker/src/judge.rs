//! Blocks of records in, what is wrong with each record out: the first half of `validate`'s heart, [`crate::sorter`] is the
//! second.

use table_schema::{Key, Reason, Validator, Verdict};

use crate::dialect::Dialect;
use crate::records::{Malformed, Record, Rest, Splitter};

/// Why a block cannot be judged any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
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

/// How far a block was judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Bytes of the block that were consumed.
    pub consumed: usize,
    /// The end that was given was reached: no further record belongs to the partition.
    pub done: bool,
}

/// One record of a block.
pub(crate) struct Row {
    /// Its first byte in the block.
    pub start: u32,
    /// One past its last byte, line end included.
    pub end: u32,
    /// Lines it takes.
    pub lines: u32,
    /// Its reasons end here in [`Judgement::reasons`]; they begin where those of the row before end.
    pub reasons_end: u32,
    /// What is wrong with its quoting; such a record has no cells to judge.
    pub malformed: Option<Malformed>,
}

/// What stands for a value that must be unique ([`table_schema::Key`]).
pub(crate) struct UniqueValue {
    pub value: u128,
    /// Number of its row in the block.
    pub row: u32,
    /// The constraint that wants it to be unique.
    pub constraint: u16,
}

/// What was found in a block, each record by itself. Its buffers are used again for other blocks.
#[derive(Default)]
pub(crate) struct Judgement {
    /// The records, in order.
    pub rows: Vec<Row>,
    /// All that is wrong with them, in the order of the rows.
    pub reasons: Vec<Reason>,
    /// Their unique values.
    pub values: Vec<UniqueValue>,
    /// Lines of the block that were consumed.
    pub lines: u64,
}

impl Judgement {
    fn clear(&mut self) {
        self.rows.clear();
        self.reasons.clear();
        self.values.clear();
        self.lines = 0;
    }
}

/// Judges each record by itself; knows nothing of the records before.
pub(crate) struct Judge<'v> {
    validator: &'v Validator,
    quote: Option<u8>,
    /// One record is one line; a line break inside quotes stops the judge.
    one_line: bool,
    splitter: Splitter,
    verdict: Verdict,
}

impl<'v> Judge<'v> {
    /// A judge of records of at most `limit` bytes.
    pub(crate) fn new(validator: &'v Validator, dialect: Dialect, one_line: bool, limit: usize) -> Self {
        Judge {
            validator,
            quote: dialect.quote,
            one_line,
            splitter: Splitter::new(dialect, limit),
            verdict: Verdict::default(),
        }
    }

    /// Judges every whole record of `block` that begins before `end`, an offset of the source in which the block begins
    /// at `offset`. `last` says that the source ends with the block.
    pub(crate) fn judge(
        &mut self,
        block: &[u8],
        last: bool,
        end: u64,
        offset: u64,
        found: &mut Judgement,
    ) -> Result<Progress, Stop> {
        found.clear();
        let Judgement { rows, reasons, values, lines } = found;
        let (validator, verdict, quote, one_line) = (self.validator, &mut self.verdict, self.quote, self.one_line);
        let mut done = false;
        let mut open_quote = None;
        // A record that begins at the end belongs to the next partition, so the block is cut there if it can be.
        let end = usize::try_from(end.saturating_sub(offset)).unwrap_or(usize::MAX);
        if end == 0 {
            return Ok(Progress { consumed: 0, done: true });
        }
        let rest = self.splitter.split(block, last, |record: Record<'_>| {
            if one_line && !is_one_line(block, &record, quote) {
                open_quote = Some(record.start);
                return false;
            }
            if record.malformed.is_none() {
                validator.check(record.cells, verdict);
                let row = rows.len() as u32;
                values.extend(verdict.keys.iter().map(|&Key { constraint, value }| UniqueValue {
                    value,
                    row,
                    constraint,
                }));
                reasons.extend_from_slice(&verdict.reasons);
            }
            *lines += u64::from(record.lines);
            rows.push(Row {
                start: record.start as u32,
                end: record.end as u32,
                lines: record.lines,
                reasons_end: reasons.len() as u32,
                malformed: record.malformed,
            });
            done = record.end >= end;
            !done
        });
        match (open_quote, rest) {
            (Some(at), _) => Err(Stop::OpenQuote { at, lines: *lines }),
            (None, Rest::TooLong(at)) => Err(Stop::TooLong { at, lines: *lines }),
            (None, Rest::Incomplete(consumed)) => Ok(Progress { consumed, done }),
        }
    }
}

/// A record that spans lines is split at a line break inside quotes, and then each of its lines has an odd number of
/// quotes or none.
fn is_one_line(block: &[u8], record: &Record<'_>, quote: Option<u8>) -> bool {
    let quotes = |quote| memchr::memchr_iter(quote, &block[record.start..record.end]).count();
    record.lines == 1
        && record.malformed != Some(Malformed::Unclosed)
        && quote.is_none_or(|quote| quotes(quote).is_multiple_of(2))
}
