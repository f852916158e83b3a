//! Blocks of JSON lines in, what is wrong with each line out, as [`super::judge`] does for CSV.

use csv_records::Flaw;
use csv_records::ranges::{BlockContext, Consumed, CutError, cut_lines};
use csv_records::translation::Note;
use json_records::ObjectReader;
use table_schema::{Misgrouped, Validator, Verdict};

use super::judge::{JudgeRecords, Judgement, NoData, Row, too_long};

/// Judges each line by itself.
pub(crate) struct LineJudge<'v> {
    validator: &'v Validator,
    reader: ObjectReader,
    verdict: Verdict,
    /// Longest line in bytes.
    limit: usize,
}

impl<'v> LineJudge<'v> {
    /// A judge of lines of at most `limit` bytes.
    pub(crate) fn new(validator: &'v Validator, reader: ObjectReader, limit: usize) -> Self {
        LineJudge { validator, reader, verdict: Verdict::default(), limit }
    }

    /// Judges one line; what keeps it from being data.
    fn judge_line(&mut self, line: &[u8], found: &mut Judgement) -> Option<NoData> {
        let LineJudge { validator, reader, verdict, .. } = self;
        let read = reader.read(line, |of_line| {
            validator.check(of_line.cells, verdict);
            found.note(verdict, of_line.unknown.is_empty());
            of_line.unknown.is_empty()
        });
        match read {
            Ok(true) => None,
            _ if line.trim_ascii().is_empty() => Some(NoData::Blank),
            _ => Some(NoData::Json),
        }
    }
}

impl JudgeRecords for LineJudge<'_> {
    fn judge(
        &mut self,
        block: &[u8],
        context: BlockContext,
        notes: &[Note],
        found: &mut Judgement,
    ) -> Result<Consumed, CutError> {
        found.clear();
        let mut notes = (0..)
            .zip(notes)
            .filter_map(|(number, note)| Some((note.at.checked_sub(context.offset)?, number)))
            .peekable();
        let cut = cut_lines(block, context, self.limit, |start, end| {
            let mut noted = None;
            while let Some((_, number)) = notes.next_if(|(at, _)| *at < end as u64) {
                noted = noted.or(Some(NoData::Flaw(Flaw::Noted(number))));
            }
            let flaw = noted.or_else(|| self.judge_line(&block[start..end], found));
            found.rows.push(Row {
                start: start as u32,
                end: end as u32,
                lines: 1,
                reasons_end: found.reasons.len() as u32,
                flaw,
            });
        });
        let consumed = match cut {
            Err(CutError::TooLong { at, lines }) => {
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
        // The same block was cut without an error before.
        let _ = cut_lines(block, context, self.limit, |start, end| {
            is_found |= self
                .reader
                .read(&block[start..end], |row| {
                    row.cells.get(number.column) == Some(&&*number.value)
                })
                .unwrap_or(false);
            if !is_found {
                (at, lines) = (end, lines + 1);
            }
        });
        (at, lines)
    }

    fn field_name(&self, field: u16) -> &str {
        self.validator.field_name(field)
    }
}
