//! A stretch of a file that moves along with what is read of it: each column has one, so that the
//! memory does not depend on the size of the row groups.

use std::io::{self, Read};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use object_storage::{Entry, Storage};
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};

/// What the storage said when it failed: the library would only keep its words.
pub(super) type Failure = Arc<Mutex<Option<io::Error>>>;

/// A stretch of a file.
#[derive(Clone)]
pub(super) struct Window {
    storage: Storage,
    entry: Arc<Entry>,
    /// Bytes that are read at once.
    size: usize,
    held: Arc<Mutex<(u64, Bytes)>>,
    failure: Failure,
}

/// The bytes from a place on.
pub(super) struct Ahead {
    window: Window,
    at: u64,
}

impl Window {
    pub(super) fn new(
        storage: &Storage,
        entry: &Arc<Entry>,
        size: usize,
        failure: &Failure,
    ) -> Window {
        Window {
            storage: storage.clone(),
            entry: Arc::clone(entry),
            size,
            held: Arc::default(),
            failure: Arc::clone(failure),
        }
    }

    /// The bytes of a range of the file.
    pub(super) fn bytes(&self, range: Range<u64>) -> Result<Bytes> {
        if range.end > self.entry.size {
            return Err(ParquetError::EOF(format!(
                "byte {} of a file of {}",
                range.end, self.entry.size
            )));
        }
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let behind = held.0 + held.1.len() as u64;
        if range.start < held.0 || range.end > behind {
            let end = range.end.max(range.start + self.size as u64).min(self.entry.size);
            *held = (range.start, self.fetch(range.start..end)?);
        }
        let start = (range.start - held.0) as usize;
        Ok(held.1.slice(start..start + (range.end - range.start) as usize))
    }

    fn fetch(&self, range: Range<u64>) -> Result<Bytes> {
        let mut bytes = Vec::with_capacity((range.end - range.start) as usize);
        let opened = self.storage.open(&self.entry, range).map_err(io::Error::other);
        opened.and_then(|mut reader| reader.read_to_end(&mut bytes)).map_err(|error| {
            let words = error.to_string();
            *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            ParquetError::General(words)
        })?;
        Ok(Bytes::from(bytes))
    }
}

impl Length for Window {
    fn len(&self) -> u64 {
        self.entry.size
    }
}

impl ChunkReader for Window {
    type T = Ahead;

    fn get_read(&self, start: u64) -> Result<Ahead> {
        Ok(Ahead { window: self.clone(), at: start })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let end = start.checked_add(length as u64);
        self.bytes(start..end.ok_or_else(|| ParquetError::EOF("a length beyond all".to_owned()))?)
    }
}

impl Read for Ahead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.window.entry.size.saturating_sub(self.at);
        let count = left.min(buffer.len() as u64);
        let bytes = self.window.bytes(self.at..self.at + count).map_err(io::Error::other)?;
        buffer[..bytes.len()].copy_from_slice(&bytes);
        self.at += count;
        Ok(bytes.len())
    }
}
