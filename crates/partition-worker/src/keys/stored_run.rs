//! A run of keys that is read from where a partition has published it.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::Read as _;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use object_storage::{Entry, Storage};

use super::block::{Block, BlockHeader, Broken, HEADER};
use super::entry::KeyPlace;
use super::footer::{Footer, KeySource, TAIL};
use super::merge::SortedKeys;
use crate::error::{Error, WholeError};

/// A footer is a few kilobytes, and one of a partition of very many files some megabytes.
const LARGEST_FOOTER: u64 = 256 << 20;

/// A file of keys.
pub(crate) struct KeyFile {
    pub(crate) storage: Storage,
    pub(crate) entry: Entry,
    /// The partition that published it; `None` for keys of several that were merged.
    pub(crate) partition: Option<u32>,
    /// Number of its first file among those of all partitions.
    pub(crate) first_origin: u32,
}

/// A file that a partition was read from.
pub(crate) struct Origin {
    pub(crate) partition: u32,
    pub(crate) source: KeySource,
}

/// What decompresses blocks: one for all runs, as it is large.
pub(crate) type Decompressor = Rc<RefCell<zstd::bulk::Decompressor<'static>>>;

/// A run, on one of its keys.
pub(crate) struct StoredRun {
    file: Arc<KeyFile>,
    origins: Arc<[Origin]>,
    /// What is not read yet.
    pieces: VecDeque<Range<u64>>,
    /// Bytes to read at once.
    at_once: u64,
    bytes: Vec<u8>,
    /// How far they are used.
    used: usize,
    block: Block,
    decompressor: Decompressor,
}

impl KeyFile {
    /// Reads the end of a file: what keys it has.
    ///
    /// # Errors
    ///
    /// [`WholeError::Keys`] where it is not one, or cannot be read.
    pub(crate) fn open(
        storage: &Storage,
        entry: Entry,
        partition: u32,
    ) -> Result<(KeyFile, Footer), Error> {
        let broken = |broken: Broken| {
            Error::from(WholeError::Keys { partition, problem: broken.to_string() })
        };
        let end = entry.size.checked_sub(TAIL as u64).ok_or_else(|| broken(Broken))?;
        let mut bytes = Vec::new();
        storage.open(&entry, end..entry.size)?.read_to_end(&mut bytes)?;
        let length = Footer::length(&bytes).map_err(broken)?;
        if length > end.min(LARGEST_FOOTER) {
            return Err(broken(Broken));
        }
        bytes.clear();
        storage.open(&entry, end - length..end)?.read_to_end(&mut bytes)?;
        let footer = Footer::from_bytes(&bytes).map_err(broken)?;
        let (storage, partition) = (storage.clone(), Some(partition));
        Ok((KeyFile { storage, entry, partition, first_origin: 0 }, footer))
    }

    fn broken(&self, broken: Broken) -> Error {
        match self.partition {
            Some(partition) => WholeError::Keys { partition, problem: broken.to_string() }.into(),
            None => Error::Io(std::io::Error::other(format!("merged keys: {broken}"))),
        }
    }
}

impl StoredRun {
    /// Opens the run that consists of these pieces; `None` if there is nothing in them.
    pub(crate) fn open(
        (file, pieces): (&Arc<KeyFile>, &[(u64, u64)]),
        origins: &Arc<[Origin]>,
        at_once: u64,
        decompressor: &Decompressor,
    ) -> Result<Option<StoredRun>, Error> {
        let range = |(at, length): &(u64, u64)| *at..at.saturating_add(*length);
        let mut run = StoredRun {
            file: Arc::clone(file),
            origins: Arc::clone(origins),
            pieces: pieces.iter().map(range).collect(),
            at_once,
            bytes: Vec::new(),
            used: 0,
            block: Block::default(),
            decompressor: Rc::clone(decompressor),
        };
        Ok(run.advance()?.then_some(run))
    }

    /// Reads until so many bytes are there that were not used.
    fn fill(&mut self, wanted: usize) -> Result<(), Error> {
        self.bytes.drain(..self.used);
        self.used = 0;
        while self.bytes.len() < wanted {
            let missing = (wanted - self.bytes.len()) as u64;
            let Some(piece) = self.pieces.front_mut() else {
                return Err(self.file.broken(Broken));
            };
            let end = piece.end.min(piece.start.saturating_add(self.at_once.max(missing)));
            if end > self.file.entry.size {
                return Err(self.file.broken(Broken));
            }
            let range = piece.start..end;
            piece.start = end;
            if piece.is_empty() {
                self.pieces.pop_front();
            }
            // Growing by halves would take twice the memory.
            self.bytes.reserve_exact((end - range.start) as usize);
            let mut reader = self.file.storage.open(&self.file.entry, range)?;
            reader.read_to_end(&mut self.bytes)?;
        }
        Ok(())
    }

    fn is_at_the_end(&self) -> bool {
        self.used == self.bytes.len() && self.pieces.is_empty()
    }
}

impl SortedKeys for StoredRun {
    type Error = Error;

    fn form(&self) -> &[u8] {
        self.block.form()
    }

    fn place(&self) -> KeyPlace {
        let place = self.block.place();
        KeyPlace { source: self.file.first_origin.saturating_add(place.source), ..place }
    }

    fn order(&self) -> (u64, u64, u32) {
        let place = self.place();
        let origin = self.origins.get(place.source as usize);
        origin.map_or((u64::MAX, place.offset, u32::MAX), |origin| {
            (origin.source.rank, place.offset, origin.partition)
        })
    }

    fn advance(&mut self) -> Result<bool, Error> {
        while !self.block.advance().map_err(|broken| self.file.broken(broken))? {
            if self.is_at_the_end() {
                return Ok(false);
            }
            if self.bytes.len() - self.used < HEADER {
                self.fill(HEADER)?;
            }
            let header = BlockHeader::read(&self.bytes[self.used..])
                .map_err(|broken| self.file.broken(broken))?;
            let length = HEADER + header.stored;
            if self.bytes.len() - self.used < length {
                self.fill(length)?;
            }
            let stored = &self.bytes[self.used + HEADER..self.used + length];
            let opened = self.block.open(header, stored, &mut self.decompressor.borrow_mut());
            opened.map_err(|broken| self.file.broken(broken))?;
            self.used += length;
        }
        Ok(true)
    }
}
