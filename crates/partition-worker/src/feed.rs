//! What a program gets of its partition: whole records with one header, or lines as they are.

use std::io::{Read as _, Write};

use job_files::{Blocks, Compression, InputFile, OpenSource, Source};
use object_storage::Storage;
use worker_runtime::Progress;

use crate::error::Error;
use crate::header::Reading;
use crate::record_stream::RecordStream;
use csv_records::Header;
use csv_records::encoding::UTF8_MARK;
use csv_records::ranges::Cutter;

/// Lines are as long as the program can bear: the reader goes on to the end of the file if need be.
pub(crate) const ANY_LENGTH: u64 = u64::MAX;

/// A file with a NUL among so many of its first bytes is no text, and is given as it is: git's
/// rule, and its number. Every partition of a file that is cut asks the file and not its own range:
/// otherwise the line end that a last line gets would depend on where the file is cut.
const LOOKED_AT: usize = 8000;

/// Bytes on their way to a program, which are counted, and the last record of each file is given a
/// line end.
pub(crate) struct Feed<'w> {
    write: &'w mut dyn FnMut(&[u8]) -> Result<(), Error>,
    given: u64,
    last: Option<u8>,
}

impl<'w> Feed<'w> {
    /// A feed into `write`.
    pub(crate) fn new(write: &'w mut dyn FnMut(&[u8]) -> Result<(), Error>) -> Self {
        Feed { write, given: 0, last: None }
    }

    /// How many bytes were given.
    pub(crate) fn given(&self) -> u64 {
        self.given
    }

    fn give(&mut self, bytes: &[u8]) -> Result<(), Error> {
        (self.write)(bytes)?;
        self.given += bytes.len() as u64;
        self.last = bytes.last().copied().or(self.last);
        Ok(())
    }

    /// Ends a file: a record without a line end would be glued to the first one of the next file,
    /// and `while read` of a shell drops a last line that has none.
    fn end_line(&mut self, line_end: &[u8]) -> Result<(), Error> {
        match self.last.take() {
            None | Some(b'\n') => Ok(()),
            Some(_) => self.give(line_end),
        }
    }
}

/// Sources with a header: the first header is given, and the others must be the same.
pub(crate) struct Records {
    reading: Reading,
    cutter: Cutter,
    /// The first header, and the file that it stands in.
    first: Option<(Header, String)>,
}

impl Records {
    /// Reads as `validate` does.
    pub(crate) fn new(reading: Reading, one_line: bool) -> Self {
        Records {
            reading,
            cutter: Cutter::new(reading.dialect, one_line, reading.longest_record),
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
        let mut stream = RecordStream::open(storage, source, self.reading, progress)?;
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
        while stream.give_block(&mut self.cutter, &mut |bytes| feed.give(bytes))? {}
        feed.end_line(line_end)?;
        Ok(stream.into_fingerprint())
    }
}

/// Gives the lines of `source` that begin in its owned range, or all of its bytes, and returns what
/// was read.
pub(crate) fn give_lines(
    storage: &Storage,
    source: &Source,
    progress: &Progress,
    feed: &mut Feed<'_>,
) -> Result<InputFile, Error> {
    let extent = source.extent(ANY_LENGTH);
    let start = extent.start;
    let open = OpenSource::new(storage, source.clone(), extent, progress.clone())?;
    let mut lines = Lines { blocks: Blocks::new(open, start) };
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
    if is_text {
        feed.end_line(b"\n")?;
    }
    feed.last = None;
    Ok(lines.blocks.into_inner().into_fingerprint())
}

struct Lines {
    blocks: Blocks<OpenSource>,
}

impl Lines {
    fn fill(&mut self) -> Result<(), Error> {
        let (offset, held) = (self.blocks.offset(), self.blocks.bytes().len() as u64);
        match self.blocks.fill() {
            Ok(_) => Ok(()),
            Err(error) => Err(self.blocks.get_ref().failed(error, offset + held).into()),
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

    /// Gives everything up to the end of the last line that begins before `end`.
    fn give_until(&mut self, end: u64, feed: &mut Feed<'_>) -> Result<(), Error> {
        if self.blocks.offset() >= end {
            return Ok(());
        }
        loop {
            let bytes = self.blocks.bytes();
            let found = self.blocks.end_of_last_line(end);
            let count = found.unwrap_or(bytes.len());
            feed.give(&bytes[..count])?;
            self.blocks.consume(count);
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

/// Bytes from the middle of a compressed file are nothing that a program could read.
fn refuse_compressed(head: &[u8], source: &Source) -> Result<(), Error> {
    match Compression::of(head) {
        Compression::None => Ok(()),
        compression => Err(Error::SplitCompressed {
            source_name: source.name.clone(),
            compression: compression.as_str(),
        }),
    }
}

/// Writes to a program's standard input; a program that reads no further is no error, its exit
/// status tells.
pub(crate) struct ProgramInput<W> {
    pipe: Option<W>,
}

impl<W: Write> ProgramInput<W> {
    /// An open pipe.
    pub(crate) fn new(pipe: W) -> Self {
        ProgramInput { pipe: Some(pipe) }
    }

    /// Writes, as long as the program reads.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let Some(pipe) = &mut self.pipe else { return Ok(()) };
        match pipe.write_all(bytes) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => self.pipe = None,
            written => written?,
        }
        Ok(())
    }
}
