//! What a program gets with `--header`: whole records, below one header.

use csv_records::ranges::Cutter;
use csv_records::{Header, Malformed};
use job_files::{InputFile, Source};
use object_storage::Storage;
use worker_runtime::Progress;

use super::feed::Feed;
use crate::error::Error;
use crate::partition::{Reading, RecordStream};

/// Gives the records of sources with a header. The first header is given; the others must be the
/// same.
pub(crate) struct RecordFeed {
    reading: Reading,
    cutter: Cutter,
    /// The first header, and the file that it stands in.
    first: Option<(Header, String)>,
}

impl RecordFeed {
    /// Reads as `validate` does.
    pub(crate) fn new(reading: Reading, one_line: bool) -> Self {
        RecordFeed {
            cutter: Cutter::new(reading.dialect, one_line, reading.longest_in_text()),
            reading,
            first: None,
        }
    }

    /// Gives the records of `source` and returns what was read.
    pub(crate) fn give(
        &mut self,
        storage: &Storage,
        source: &Source,
        progress: &Progress,
        feed: &mut Feed<'_>,
    ) -> Result<InputFile, Error> {
        let mut stream = RecordStream::open(storage, source, &self.reading, progress)?;
        let header = stream
            .header()
            .cloned()
            .ok_or_else(|| Error::NoHeader { source_name: source.name.clone() })?;
        let line_end = header.line_end;
        match &self.first {
            None => {
                feed.give(&header.bytes)?;
                feed.give(line_end)?;
                self.first = Some((header, source.name.clone()));
            }
            Some((first, _)) if first.names == header.names => {}
            Some((_, first)) => {
                return Err(Error::HeadersDiffer {
                    first: first.clone(),
                    second: source.name.clone(),
                });
            }
        }
        while give_block(&mut stream, &mut self.cutter, feed)? {}
        feed.end_line(line_end)?;
        stream.into_fingerprint()
    }
}

/// Gives the records of the next block as they stand in the source. Returns whether there are
/// further blocks.
///
/// # Errors
///
/// If a quote is opened and never closed: the program would take all that follows for one cell, the
/// next file included.
fn give_block(
    stream: &mut RecordStream,
    cutter: &mut Cutter,
    feed: &mut Feed<'_>,
) -> Result<bool, Error> {
    let mut unclosed = None;
    let consumed = stream.cut_block(|block, context, _| {
        let mut lines = 0;
        unclosed = None;
        cutter.cut(block, context, |record| {
            if record.malformed == Some(Malformed::Unclosed) && unclosed.is_none() {
                unclosed = Some((record.start, lines));
            }
            lines += u64::from(record.lines);
        })
    })?;
    if let Some((at, lines)) = unclosed {
        return Err(Error::UnclosedQuote { place: stream.place(at, lines) });
    }
    if let Some(note) = stream.map().notes().first() {
        let source_name = stream.name().to_string();
        return Err(Error::NotOfEncoding { source_name, problem: note.problem });
    }
    stream.is_unended(consumed)?;
    feed.give(&stream.block().0[..consumed.bytes])?;
    stream.consume(consumed);
    stream.read_on(consumed)
}
