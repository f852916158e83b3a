//! The bytes of a source that belong to a partition, cut at line ends, for programs that read them.

use std::io::{Read as _, Write};

use job_files::{BlockingStorage, Blocks, Compression, InputFile, OpenSource, Source};
use worker_runtime::Progress;

use crate::error::Error;

/// Lines are as long as the program can bear: the reader goes on to the end of the file if need be.
pub(crate) const ANY_LENGTH: u64 = u64::MAX;

/// What becomes of the first line of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FirstLine {
    /// It is like any other.
    Data,
    /// It is a header: it goes before the lines of this partition.
    Give,
    /// It is a header, and was given before.
    Skip,
}

/// Gives the lines of `source` that begin in its owned range (or all of its bytes) to `write`, piece by piece. Returns the
/// number of bytes given and what was read.
pub(crate) fn copy(
    storage: &BlockingStorage,
    source: &Source,
    first_line: FirstLine,
    progress: &Progress,
    mut write: impl FnMut(&[u8]) -> Result<(), Error>,
) -> Result<(u64, InputFile), Error> {
    let extent = source.extent(ANY_LENGTH);
    let start = extent.start;
    let open = OpenSource::new(storage, source.clone(), extent, progress.clone())?;
    let mut lines = Lines { blocks: Blocks::new(open, start), given: 0 };
    let mut data_start = 0;
    if first_line != FirstLine::Data {
        let header = match &source.owned {
            None => lines.take_line()?,
            Some(_) => head_line(storage, source)?,
        };
        data_start = header.len() as u64;
        if first_line == FirstLine::Give {
            lines.given += header.len() as u64;
            write(&header)?;
        }
    } else if source.owned.is_some() {
        refuse_compressed(source, &head(storage, source, 8)?)?;
    }
    let end = match &source.owned {
        None => u64::MAX,
        Some(owned) => {
            if owned.start <= data_start {
                lines.skip_to(data_start)?;
            } else {
                lines.take_line()?;
            }
            owned.end
        }
    };
    lines.copy_until(end, &mut write)?;
    Ok((lines.given, lines.blocks.into_inner().into_fingerprint()))
}

struct Lines {
    blocks: Blocks<OpenSource>,
    given: u64,
}

impl Lines {
    fn fill(&mut self) -> Result<(), Error> {
        let (offset, held) = (self.blocks.offset(), self.blocks.bytes().len() as u64);
        match self.blocks.fill() {
            Ok(_) => Ok(()),
            Err(error) => Err(self.blocks.get_ref().failed(error, offset + held).into()),
        }
    }

    /// The bytes up to the next line end, included, or to the end.
    fn take_line(&mut self) -> Result<Vec<u8>, Error> {
        let mut line = Vec::new();
        loop {
            let bytes = self.blocks.bytes();
            let found = memchr::memchr(b'\n', bytes).map(|at| at + 1);
            let count = found.unwrap_or(bytes.len());
            line.extend_from_slice(&bytes[..count]);
            self.blocks.consume(count);
            if found.is_some() || self.blocks.is_last() {
                return Ok(line);
            }
            self.fill()?;
        }
    }

    fn skip_to(&mut self, offset: u64) -> Result<(), Error> {
        loop {
            let missing = usize::try_from(offset - self.blocks.offset()).unwrap_or(usize::MAX);
            let count = missing.min(self.blocks.bytes().len());
            self.blocks.consume(count);
            if count == missing || self.blocks.is_last() {
                return Ok(());
            }
            self.fill()?;
        }
    }

    /// Gives everything up to the end of the last line that begins before `end`.
    fn copy_until(&mut self, end: u64, write: &mut impl FnMut(&[u8]) -> Result<(), Error>) -> Result<(), Error> {
        if self.blocks.offset() >= end {
            return Ok(());
        }
        loop {
            let bytes = self.blocks.bytes();
            // The byte before the end may itself be the line end that is looked for.
            let before_end = usize::try_from((end - 1).saturating_sub(self.blocks.offset())).unwrap_or(usize::MAX);
            let found = bytes.get(before_end..).and_then(|bytes| memchr::memchr(b'\n', bytes));
            let count = found.map_or(bytes.len(), |at| before_end + at + 1);
            write(&bytes[..count])?;
            self.given += count as u64;
            self.blocks.consume(count);
            if found.is_some() || self.blocks.is_last() {
                return Ok(());
            }
            self.fill()?;
        }
    }
}

/// The first line of a file that is cut into byte ranges.
fn head_line(storage: &BlockingStorage, source: &Source) -> Result<Vec<u8>, Error> {
    let mut length = 64 * 1024;
    loop {
        let mut bytes = head(storage, source, length)?;
        refuse_compressed(source, &bytes)?;
        if let Some(at) = memchr::memchr(b'\n', &bytes) {
            bytes.truncate(at + 1);
            return Ok(bytes);
        }
        if length >= source.entry.size {
            return Ok(bytes);
        }
        length *= 4;
    }
}

fn head(storage: &BlockingStorage, source: &Source, length: u64) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    storage.open(&source.entry, 0..length.min(source.entry.size))?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn refuse_compressed(source: &Source, first_bytes: &[u8]) -> Result<(), Error> {
    match Compression::of(first_bytes) {
        Compression::None => Ok(()),
        compression => {
            Err(Error::SplitCompressed { source_name: source.name.clone(), compression: compression.as_str() })
        }
    }
}

/// Writes to a program's standard input; a program that reads no further is no error, its exit status tells.
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
