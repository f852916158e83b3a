//! What a program gets without `--header`: whole lines, or the bytes as they are.

use std::io::Read as _;

use csv_records::encoding::UTF8_MARK;
use csv_records::translation::InputEncoding;
use job_files::{Blocks, InputCompression, InputFile, OpenSource, Source};
use object_storage::Storage;
use worker_runtime::Progress;

use super::feed::Feed;
use crate::error::Error;
use crate::partition::Text;

/// There is no limit for lines: the reader goes on to the end of the file if need be.
pub(crate) const ANY_LENGTH: u64 = u64::MAX;

/// A file with a NUL among so many of its first bytes is not text and is given as it is. Rule and
/// number are git's. Of a file that is cut, every partition looks at the beginning of the file and
/// not of its own range: otherwise it would depend on the cuts whether a last line gets a line end.
const LOOKED_AT: usize = 8000;

/// Gives the lines of `source` that begin in its owned range, or all of its bytes, and returns what
/// was read. It has this encoding, and if `final_newline` says so, a text must end with a line end.
pub(crate) fn give_lines(
    storage: &Storage,
    source: &Source,
    (encoding, final_newline): (InputEncoding, bool),
    progress: &Progress,
    feed: &mut Feed<'_>,
) -> Result<InputFile, Error> {
    let extent = source.extent(ANY_LENGTH);
    let start = extent.start;
    let open = OpenSource::new(storage, source.clone(), extent, progress.clone())?;
    let mut lines = LineReader { blocks: Blocks::new(Text::decoded(open, encoding)?, start) };
    lines.fill()?;
    let first_bytes = lines.blocks.bytes();
    let mut is_text = is_text(first_bytes);
    if feed.given() > 0 && first_bytes.starts_with(UTF8_MARK) {
        tracing::warn!(
            source = source.name,
            "the file begins with a byte order mark, which the program gets in the middle of its \
             input; with --header it is taken away"
        );
    }
    let end = match &source.owned {
        None => u64::MAX,
        Some(owned) => {
            let head = head_of_file(storage, source)?;
            refuse_compressed(&head, source)?;
            is_text = self::is_text(&head);
            if owned.start > 0 {
                lines.skip_line()?;
            }
            owned.end
        }
    };
    lines.give_until(end, feed)?;
    if is_text && final_newline && feed.is_unended() {
        return Err(Error::NoFinalNewline { place: source.name.clone() });
    }
    if is_text {
        if feed.is_unended() {
            tracing::warn!(
                file = source.name,
                "the last line has no line end, and the program is given it with one: if the \
                 upload was cut off, send the file once more; --require-final-newline makes this \
                 an error"
            );
        }
        feed.end_line(b"\n")?;
    }
    feed.end_file();
    lines.blocks.into_inner().into_fingerprint()
}

struct LineReader {
    blocks: Blocks<Text>,
}

impl LineReader {
    fn fill(&mut self) -> Result<(), Error> {
        match self.blocks.fill() {
            Ok(_) => Ok(()),
            Err(error) => Err(self.blocks.get_ref().failed(error, self.blocks.end_offset())),
        }
    }

    /// Passes over the bytes up to the next line end, included, or to the end.
    fn skip_line(&mut self) -> Result<(), Error> {
        loop {
            if self.blocks.skip_line() || self.blocks.is_last() {
                return Ok(());
            }
            self.fill()?;
        }
    }

    /// Refuses what is not of the encoding: a program cannot reject it.
    fn refuse_bad(&self) -> Result<(), Error> {
        let text = self.blocks.get_ref();
        match text.map().notes().first() {
            None => Ok(()),
            Some(note) => Err(Error::NotOfEncoding {
                source_name: text.source().name.clone(),
                problem: note.problem,
            }),
        }
    }

    /// Gives everything up to the end of the last line that begins before `end`.
    fn give_until(&mut self, end: u64, feed: &mut Feed<'_>) -> Result<(), Error> {
        if self.blocks.offset() >= end {
            return Ok(());
        }
        loop {
            let bytes = self.blocks.bytes();
            let found = self.blocks.end_of_last_line(end);
            let count = found.unwrap_or(bytes.len());
            self.refuse_bad()?;
            feed.give(&bytes[..count])?;
            self.blocks.consume(count);
            let offset = self.blocks.offset();
            let _passed = self.blocks.get_mut().take_map(offset);
            if found.is_some() || self.blocks.is_last() {
                return Ok(());
            }
            self.fill()?;
        }
    }
}

/// The first bytes of the file that a source is a range of.
fn head_of_file(storage: &Storage, source: &Source) -> Result<Vec<u8>, Error> {
    let mut head = Vec::new();
    let extent = 0..source.entry.size.min(LOOKED_AT as u64);
    storage.open(&source.entry, extent)?.read_to_end(&mut head)?;
    Ok(head)
}

fn is_text(first_bytes: &[u8]) -> bool {
    memchr::memchr(0, &first_bytes[..first_bytes.len().min(LOOKED_AT)]).is_none()
}

/// Refuses to cut a compressed file: no program could read bytes from the middle of it.
fn refuse_compressed(head: &[u8], source: &Source) -> Result<(), Error> {
    match InputCompression::of(head) {
        InputCompression::None => Ok(()),
        compression => Err(Error::SplitCompressed {
            source_name: source.name.clone(),
            compression: compression.as_str(),
        }),
    }
}
