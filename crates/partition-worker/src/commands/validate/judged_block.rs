//! Judged blocks on their way from the thread that judges to the one that sorts.

use std::ops::Range;
use std::sync::Arc;

use csv_records::translation::TextMap;
use table_schema::Misgrouped;

use super::judge::{JudgeRecords, Judgement};
use super::row_places::Place;
use crate::error::Error;
use crate::partition::RecordStream;

/// A block whose records were judged, with all that is to be known of them.
#[derive(Default)]
pub(crate) struct JudgedBlock {
    buffer: Vec<u8>,
    records: Range<usize>,
    judgement: Judgement,
    source: Arc<str>,
    offset: u64,
    line: Option<u64>,
    map: TextMap,
}

impl JudgedBlock {
    /// The block that was judged.
    pub(crate) fn block(&self) -> &[u8] {
        &self.buffer[self.records.clone()]
    }

    /// What was found in it.
    pub(crate) fn judgement(&self) -> &Judgement {
        &self.judgement
    }

    /// Where its bytes stood in the file.
    pub(crate) fn map(&self) -> &TextMap {
        &self.map
    }

    /// Where it stands in the text.
    pub(crate) fn place(&self) -> Place<'_> {
        Place { source: &self.source, offset: self.offset, line: self.line }
    }
}

/// Judges the next block of `stream`, into `judged`, whose contents do not matter. `warned` are the
/// fields of the file that were warned of before. Returns whether there are further blocks.
pub(crate) fn judge_block(
    stream: &mut RecordStream,
    judge: &mut dyn JudgeRecords,
    warned: &mut Vec<u16>,
    judged: &mut JudgedBlock,
) -> Result<bool, Error> {
    let (offset, line) = (stream.offset(), stream.line());
    let judgement = &mut judged.judgement;
    let consumed = stream
        .cut_block(|block, context, map| judge.judge(block, context, map.notes(), judgement))?;
    judgement.is_unended = stream.is_unended(consumed)?;
    for number in std::mem::take(&mut judgement.misgrouped) {
        warn_of_groups(stream, judge, warned, &number);
    }
    (judged.buffer, judged.records, judged.map) =
        stream.hand_over(consumed, std::mem::take(&mut judged.buffer));
    (judged.source, judged.offset, judged.line) = (Arc::clone(stream.name()), offset, line);
    stream.read_on(consumed)
}

/// Warns of a number with groups that nobody writes like that, once for each field of a file.
fn warn_of_groups(
    stream: &RecordStream,
    judge: &mut dyn JudgeRecords,
    warned: &mut Vec<u16>,
    number: &Misgrouped,
) {
    if warned.contains(&number.field) {
        return;
    }
    warned.push(number.field);
    let (block, context) = stream.block();
    let (at, lines) = judge.place_of(block, context, number);
    tracing::warn!(
        file = %stream.name(),
        line = stream.line_of(at, lines),
        field = judge.field_name(number.field),
        value = %String::from_utf8_lossy(&number.value),
        read_as = number.read_as,
        "a number has groups as nobody writes them (three digits each, and no zero at the \
         start): is the groupChar of the schema the decimalChar of the file? \"strictGroups\": \
         true rejects such values"
    );
}
