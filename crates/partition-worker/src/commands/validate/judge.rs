//! Blocks of records in, what is wrong with each record out. Every record is judged by itself; what
//! only their order can tell is left to [`super::sorter`].

use csv_records::ranges::{BlockContext, Consumed, CutError, Cutter};
use csv_records::translation::Note;
use csv_records::{Dialect, Flaw, FlawDetector, Record};
use table_schema::{Key, Misgrouped, Reason, Validator, Verdict};

use super::warnings::Warned;
use crate::partition::{OWN_COLUMNS, Returned, ReturnedRow};

/// Bytes that are shown of a record that is too long.
const SHOWN: usize = 1000;

/// One record of a block.
pub(crate) struct Row {
    /// Its first byte in the block.
    pub start: u32,
    /// One past its last byte, line end included.
    pub end: u32,
    /// Lines it takes.
    pub lines: u32,
    /// Its reasons end here in [`Judgement::reasons`]; they begin where those of the row before
    /// end.
    pub reasons_end: u32,
    /// What keeps it from being data.
    pub flaw: Option<NoData>,
}

impl Row {
    /// It takes one line, is data, and has no reasons, which would begin at `reasons_start`.
    pub(super) fn is_plain(&self, reasons_start: usize) -> bool {
        self.lines == 1 && self.flaw.is_none() && self.reasons_end as usize == reasons_start
    }
}

/// Why a record is no data, whatever its cells are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoData {
    /// It has a flaw.
    Flaw(Flaw),
    /// It is a line that is no JSON object, or one with members that are no fields.
    Json,
    /// It is a blank line, and so no record at all.
    Blank,
}

/// Judges the records of blocks, each by itself.
pub(crate) trait JudgeRecords {
    /// Judges every whole record of `block` that begins before the end of the range. The notes are
    /// those of its text. A record over the limit is rejected; its rest is left.
    fn judge(
        &mut self,
        block: &[u8],
        context: BlockContext,
        notes: &[Note],
        found: &mut Judgement,
    ) -> Result<Consumed, CutError>;

    /// Where the record with this number, which was judged in `block`, begins there, and how many
    /// lines stand before it. The block is cut once more: numbers that are warned of are rare.
    fn place_of(
        &mut self,
        block: &[u8],
        context: BlockContext,
        number: &Misgrouped,
    ) -> (usize, u64);

    /// The name of a field.
    fn field_name(&self, field: u16) -> &str;
}

/// The key of a value that must be unique ([`table_schema::Key`]).
pub(crate) struct UniqueValue {
    pub value: u128,
    /// Number of its row in the block.
    pub row: u32,
    /// The constraint that says it must be unique.
    pub constraint: u16,
    /// Where its form ends in [`Judgement::exact`], which begins where that of the value before
    /// ends.
    pub exact_end: u32,
    /// Nothing is wrong with its row by itself: only then is it the value that others repeat.
    pub counts: bool,
}

/// What was found in a block, each record by itself. Its buffers are used again for other blocks.
#[derive(Default)]
pub(crate) struct Judgement {
    /// The records, in order.
    pub rows: Vec<Row>,
    /// All that is wrong with them, in the order of the rows.
    pub reasons: Vec<Reason>,
    /// What those of them that are accepted are warned of, in the order of the rows.
    pub warned: Vec<Warned>,
    /// Their unique values.
    pub values: Vec<UniqueValue>,
    /// The forms of those that count and are hashed, where others must know them.
    pub exact: Vec<u8>,
    /// What each of them came back with, in a file that an earlier run has rejected; otherwise
    /// empty.
    pub returned: Vec<ReturnedRow>,
    /// Lines of the block that were consumed.
    pub lines: u64,
    /// For each field, the first number with groups that nobody writes like that.
    pub misgrouped: Vec<Misgrouped>,
    /// The file ends with the last record, and without a line end.
    pub is_unended: bool,
}

impl Judgement {
    pub(super) fn clear(&mut self) {
        self.rows.clear();
        self.reasons.clear();
        self.warned.clear();
        self.values.clear();
        self.exact.clear();
        self.returned.clear();
        self.lines = 0;
    }

    /// Notes what the schema says of the next record. `is_data` if nothing else keeps it from being
    /// accepted.
    ///
    /// The values of a record that is rejected do not count: it makes no other a duplicate. So it
    /// depends on each record alone which values count, however the input is split.
    #[inline(always)]
    pub(super) fn note(&mut self, verdict: &Verdict, is_data: bool) {
        let row = self.rows.len() as u32;
        let counts = is_data && verdict.reasons.is_empty();
        let before = self.exact.len() as u32;
        if counts {
            self.exact.extend_from_slice(&verdict.exact);
        }
        self.values.extend(verdict.keys.iter().map(|&Key { constraint, value, exact_end }| {
            let exact_end = if counts { before + exact_end } else { before };
            UniqueValue { value, row, constraint, exact_end, counts }
        }));
        if !verdict.reasons.is_empty() {
            self.reasons.extend_from_slice(&verdict.reasons);
        } else if is_data && !verdict.warnings.is_empty() {
            self.warned.extend(verdict.warnings.iter().map(|&reason| Warned { row, reason }));
        }
    }

    #[inline(always)]
    fn push(&mut self, record: &Record<'_>, flaw: Option<Flaw>) {
        self.rows.push(Row {
            start: record.start as u32,
            end: record.end as u32,
            lines: record.lines,
            reasons_end: self.reasons.len() as u32,
            flaw: flaw.map(NoData::Flaw),
        });
    }
}

/// Judges each record by itself; knows nothing of the records before.
pub(crate) struct Judge<'v> {
    validator: &'v Validator,
    cutter: Cutter,
    detector: FlawDetector,
    verdict: Verdict,
    /// In a file that an earlier run has rejected.
    returned: Option<Returned>,
}

impl<'v> Judge<'v> {
    /// A judge of records of at most `limit` bytes, below this `header` (or, if files have none,
    /// below the field names).
    pub(crate) fn new(
        validator: &'v Validator,
        dialect: Dialect,
        header: &[u8],
        one_line: bool,
        limit: usize,
    ) -> Self {
        Judge {
            validator,
            cutter: Cutter::new(dialect, one_line, limit),
            detector: FlawDetector::new(dialect, header, validator.column_count()),
            verdict: Verdict::default(),
            returned: None,
        }
    }

    /// The same for a file that an earlier run has rejected: this stands before its header.
    pub(crate) fn of_returned(self, own_header: &[u8], header: &[u8], dialect: Dialect) -> Self {
        let columns = self.validator.column_count();
        let whole = [own_header, header].concat();
        Judge {
            detector: FlawDetector::new(dialect, &whole, OWN_COLUMNS + columns),
            returned: Some(Returned::new(dialect, header, columns)),
            ..self
        }
    }
}

impl Judge<'_> {
    fn judge_records(
        &mut self,
        block: &[u8],
        context: BlockContext,
        found: &mut Judgement,
    ) -> Result<Consumed, CutError> {
        let Judge { validator, cutter, detector, verdict, .. } = self;
        cutter.cut(block, context, |record| {
            let flaw = detector.of(block, record);
            if flaw.is_none() {
                validator.check(record.cells, verdict);
                found.note(verdict, true);
            }
            found.push(record, flaw);
        })
    }

    /// The same in a file that an earlier run has rejected, which costs other files nothing.
    #[inline(never)]
    fn judge_returned(
        &mut self,
        returned: &mut Returned,
        block: &[u8],
        context: BlockContext,
        found: &mut Judgement,
    ) -> Result<Consumed, CutError> {
        let Judge { validator, cutter, detector, verdict, .. } = self;
        cutter.cut(block, context, |record| {
            let (row, flaw) = returned.look(block, record, detector.of(block, record));
            found.returned.push(row);
            if let Some(cells) = row.cells(record).filter(|_| flaw.is_none()) {
                validator.check(cells, verdict);
                if let Some(source) = record.cells.first().filter(|source| !source.is_empty()) {
                    keep_apart(source, validator, verdict);
                }
                found.note(verdict, true);
            }
            found.push(record, flaw);
        })
    }
}

impl JudgeRecords for Judge<'_> {
    fn judge(
        &mut self,
        block: &[u8],
        context: BlockContext,
        notes: &[Note],
        found: &mut Judgement,
    ) -> Result<Consumed, CutError> {
        found.clear();
        self.detector.begin_noted(block, context.offset, notes);
        let mut returned = self.returned.take();
        let cut = match &mut returned {
            None => self.judge_records(block, context, found),
            Some(returned) => self.judge_returned(returned, block, context, found),
        };
        self.returned = returned;
        let consumed = match cut {
            Err(CutError::TooLong { at, lines }) => {
                if self.returned.is_some() {
                    found.returned.push(ReturnedRow { data: at as u32, problem: None });
                }
                let (row, consumed) = too_long(block, at, lines, found.reasons.len());
                found.rows.push(row);
                consumed
            }
            cut => cut?,
        };
        found.lines = consumed.lines;
        found.misgrouped = self.verdict.take_misgrouped();
        Ok(consumed)
    }

    #[cold]
    fn place_of(
        &mut self,
        block: &[u8],
        context: BlockContext,
        number: &Misgrouped,
    ) -> (usize, u64) {
        let (mut at, mut lines, mut is_found) = (0, 0, false);
        let column = number.column + if self.returned.is_some() { OWN_COLUMNS } else { 0 };
        // The same block was cut without an error before.
        let _ = self.cutter.cut(block, context, |record| {
            is_found |= record.malformed.is_none()
                && record.cells.get(column) == Some(&number.value.as_slice());
            if !is_found {
                (at, lines) = (record.end, lines + u64::from(record.lines));
            }
        });
        (at, lines)
    }

    fn field_name(&self, field: u16) -> &str {
        self.validator.field_name(field)
    }
}

/// Keeps values apart that must be unique within each file, and came back from several.
#[cold]
fn keep_apart(source: &[u8], validator: &Validator, verdict: &mut Verdict) {
    let exact = std::mem::take(&mut verdict.exact);
    let mut start = 0;
    for Key { constraint, value, exact_end } in &mut verdict.keys {
        let form = &exact[start..*exact_end as usize];
        start = *exact_end as usize;
        if validator.unique_constraints()[usize::from(*constraint)].within_file {
            if validator.has_exact_keys() {
                verdict.exact.extend_from_slice(&value.to_be_bytes());
                verdict.exact.extend_from_slice(form);
                verdict.exact.extend_from_slice(source);
            }
            *value = (*value ^ xxhash_rust::xxh3::xxh3_128(source)) | 1 << 127;
        } else {
            verdict.exact.extend_from_slice(form);
        }
        *exact_end = verdict.exact.len() as u32;
    }
}

/// A record over the limit that begins at `at`, below so many lines of the block, as a row that is
/// no data, and what was consumed with the beginning that is shown of it. `reasons_end` is that of
/// the row before.
pub(super) fn too_long(block: &[u8], at: usize, lines: u64, reasons_end: usize) -> (Row, Consumed) {
    let end = at + beginning(&block[at..]).len();
    let row = Row {
        start: at as u32,
        end: end as u32,
        lines: 1,
        reasons_end: reasons_end as u32,
        flaw: Some(NoData::Flaw(Flaw::TooLong)),
    };
    (row, Consumed { bytes: end, lines: lines + 1, done: false, in_line: true })
}

/// What is shown of a record that is too long: up to the end of a character.
fn beginning(record: &[u8]) -> &[u8] {
    let mut end = record.len().min(SHOWN);
    for _ in 0..3 {
        if end > 0 && record.get(end).is_some_and(|byte| byte & 0xc0 == 0x80) {
            end -= 1;
        }
    }
    &record[..end]
}
