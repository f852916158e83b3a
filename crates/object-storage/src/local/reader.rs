//! Reading a local file, or a range of it.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

use super::file::version;
use crate::{Action, Entry, Error, Location};

/// The bytes of an open file that belong to an entry, no more and no fewer.
#[derive(Debug)]
pub(crate) struct LocalReader {
    file: File,
    entry: Entry,
    position: u64,
    range: Range<u64>,
}

impl LocalReader {
    /// Opens the file of `entry`; `range` must lie within its size.
    pub(crate) fn open(entry: &Entry, range: Range<u64>) -> Result<LocalReader, Error> {
        let failed = |error| Error::from_io(Action::Read, &entry.location, error);
        let Location::Local(path) = &entry.location else {
            return Err(failed(io::ErrorKind::Unsupported.into()));
        };
        let mut file = File::open(path).map_err(failed)?;
        if range.start > 0 {
            file.seek(SeekFrom::Start(range.start)).map_err(failed)?;
        }
        let reader = LocalReader { file, entry: entry.clone(), position: range.start, range };
        reader.check_unchanged()?;
        Ok(reader)
    }

    /// How many bytes are still to come.
    fn remaining(&self) -> u64 {
        self.range.end - self.position
    }

    /// Reads into `buffer`; 0 only at the end of the range (or for an empty buffer).
    ///
    /// The file is looked at again before its last bytes are given away: were it changed in
    /// mid-read, the reader ends with [`Error::Changed`] instead of mixing two versions.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        let limit = usize::try_from(self.remaining()).unwrap_or(usize::MAX);
        let limit = buffer.len().min(limit);
        if limit == 0 {
            return Ok(0);
        }
        let filled = loop {
            match self.file.read(&mut buffer[..limit]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    return Err(Error::from_io(Action::Read, &self.entry.location, error));
                }
                Ok(filled) => break filled,
            }
        };
        self.position += filled as u64;
        if filled == 0 || self.position == self.range.end {
            self.check_unchanged()?;
        }
        if filled == 0 {
            return Err(Error::Truncated {
                at: self.entry.location.clone(),
                expected: self.range.end - self.range.start,
                got: self.position - self.range.start,
            });
        }
        Ok(filled)
    }

    fn check_unchanged(&self) -> Result<(), Error> {
        let at = &self.entry.location;
        let metadata =
            self.file.metadata().map_err(|error| Error::from_io(Action::Inspect, at, error))?;
        if metadata.is_dir() {
            return Err(Error::NotAFile { at: at.clone() });
        }
        if metadata.len() != self.entry.size || version(&metadata) != self.entry.version {
            return Err(Error::Changed { at: at.clone() });
        }
        Ok(())
    }
}
