//! Whether a byte range begins with a record, or inside a quoted cell with line breaks in it.

use std::io::Read as _;

use csv_records::ranges::{Alignment, AlignmentProbe, BlockContext, CutError, Cutter};
use job_files::Blocks;
use object_storage::{Entry, Storage};

use super::header::Reading;
use crate::error::Error;

/// Whether the range whose first line is at `first` begins with a record. Most often its own bytes
/// tell. Where they do not, as in a file of `1,TV 55",300`, whose quotes could all close a cell,
/// the records before it do, from `head` on, where the header ends: they are read once more, which
/// takes as long as the partitions before it together, and gives the answer of one pod that reads
/// the whole file.
///
/// # Errors
///
/// If the file cannot be read.
pub(super) fn begins_with_record(
    storage: &Storage,
    entry: &Entry,
    reading: &Reading,
    head: u64,
    first: u64,
) -> Result<bool, Error> {
    match probe(storage, entry, reading, first)? {
        Alignment::Record => Ok(true),
        Alignment::Unknown => is_record_end(storage, entry, reading, head, first),
    }
}

/// What the bytes from `first` on tell.
fn probe(
    storage: &Storage,
    entry: &Entry,
    reading: &Reading,
    first: u64,
) -> Result<Alignment, Error> {
    let mut range = storage.open(entry, first..reach(entry, reading, first))?;
    let mut probe = AlignmentProbe::new(reading.dialect);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match range.read(&mut buffer)? {
            0 => return Ok(probe.end()),
            count => {
                if let Some(start) = probe.take(&buffer[..count]) {
                    return Ok(start);
                }
            }
        }
    }
}

/// Whether one of the records from `head` on, one after the other, ends at `first`.
fn is_record_end(
    storage: &Storage,
    entry: &Entry,
    reading: &Reading,
    head: u64,
    first: u64,
) -> Result<bool, Error> {
    tracing::warn!(
        file = %entry.location,
        size_bytes = first - head,
        "whether the byte range begins inside quotes cannot be told from its own bytes: what comes \
         before it is read to find out"
    );
    // A record that begins before the range may end behind its beginning.
    let range = storage.open(entry, head..reach(entry, reading, first))?;
    let mut blocks = Blocks::new(range, head);
    let mut cutter = Cutter::new(reading.dialect, false, reading.longest_record);
    loop {
        blocks.fill()?;
        let context = BlockContext {
            offset: blocks.offset(),
            end: first,
            last: blocks.is_last(),
            aligned: true,
        };
        let consumed = match cutter.cut(blocks.bytes(), context, |_| ()) {
            Ok(consumed) => consumed,
            // It is one line, and the partition in which it begins rejects it.
            Err(CutError::TooLong { at, .. }) => {
                blocks.consume(at);
                while !blocks.skip_line() && !blocks.is_last() {
                    blocks.fill()?;
                }
                if blocks.offset() >= first || (blocks.is_last() && blocks.bytes().is_empty()) {
                    return Ok(blocks.offset() == first);
                }
                continue;
            }
            Err(CutError::OpenQuote { .. }) => return Ok(false),
        };
        blocks.consume(consumed.bytes);
        if consumed.done || blocks.is_last() {
            return Ok(blocks.offset() == first);
        }
    }
}

/// The end of the longest record that may begin at `first`.
fn reach(entry: &Entry, reading: &Reading, first: u64) -> u64 {
    first.saturating_add(reading.longest_record as u64).min(entry.size)
}
