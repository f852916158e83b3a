//! Opens a source: decompresses its bytes, and fingerprints them as they are stored.

use std::io::{self, BufReader, Read};
use std::ops::Range;

use object_storage::{Entry, Reader, Storage};
use worker_runtime::Progress;
use xxhash_rust::xxh3::Xxh3Default;

use super::listing::NamedFile;
use crate::compression::{Decoder, InputCompression};
use crate::error::Error;
use crate::manifest::InputFile;

/// Bytes buffered for the decoder. Smaller than a block, so that plain files are read straight into
/// the block.
const BUFFER: usize = 64 * 1024;

/// A file to read, or a part of it.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its name below the input's folder.
    pub name: String,
    /// The file.
    pub entry: Entry,
    /// The bytes whose records are to be read: those that begin there. `None` for the whole file.
    pub owned: Option<Range<u64>>,
}

impl From<NamedFile> for Source {
    /// The whole file.
    fn from(file: NamedFile) -> Source {
        Source { name: file.name, entry: file.entry, owned: None }
    }
}

/// A source that is being read.
pub struct OpenSource {
    /// What it is.
    pub source: Source,
    decoder: Decoder<BufReader<Raw>>,
}

/// The bytes as they are stored, counted and hashed on their way.
struct Raw {
    reader: Reader,
    progress: Progress,
    /// XXH3 and how many bytes more go into it; objects have an entity tag instead.
    hash: Option<(Box<Xxh3Default>, u64)>,
}

impl Read for Raw {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        if let Some((hash, left)) = &mut self.hash {
            let owned = usize::try_from(*left).unwrap_or(usize::MAX).min(count);
            hash.update(&buffer[..owned]);
            *left -= owned as u64;
        }
        self.progress.advance(count as u64);
        Ok(count)
    }
}

impl Source {
    /// The bytes that must be read to find the records that begin in `owned`: one more before, to
    /// see whether a line ends there, and up to `longest_record` more behind.
    pub fn extent(&self, longest_record: u64) -> Range<u64> {
        match &self.owned {
            None => 0..self.entry.size,
            Some(owned) => {
                owned.start.saturating_sub(1)
                    ..owned.end.saturating_add(longest_record).min(self.entry.size)
            }
        }
    }
}

impl OpenSource {
    /// Opens the extent of a source. Only the first bytes are read, which tell its compression.
    pub fn new(
        storage: &Storage,
        source: Source,
        extent: Range<u64>,
        progress: Progress,
    ) -> Result<Self, Error> {
        let hashed = hashed_length(&source, &extent);
        let reader = storage.open(&source.entry, extent.clone())?;
        let raw = Raw { reader, progress, hash: hashed.map(|length| (Box::default(), length)) };
        let buffered = BufReader::with_capacity(BUFFER, raw);
        // Bytes from the middle of a file say nothing about its compression.
        let decoder =
            if source.owned.is_some() { Decoder::Plain(buffered) } else { Decoder::new(buffered)? };
        Ok(OpenSource { source, decoder })
    }

    /// How it is compressed.
    pub fn compression(&self) -> InputCompression {
        self.decoder.compression()
    }

    /// Sorts an error of reading: either the storage failed, or the compressed data is broken.
    pub fn failed(&self, error: io::Error, offset: u64) -> Error {
        let compressed = self.compression() != InputCompression::None;
        if !compressed || object_storage::Error::find(&error).is_some() {
            return Error::Io(error);
        }
        Error::Compressed {
            source_name: self.source.name.clone(),
            compression: self.compression().as_str(),
            offset,
            source: error,
        }
    }

    /// The fingerprint of what was read, to be asked for after the last byte.
    pub fn into_fingerprint(self) -> InputFile {
        let raw = self.decoder.into_inner().into_inner();
        let xxh3 = raw.hash.map(|(hash, _)| format!("{:032x}", hash.digest128()));
        input_file(&self.source.name, &self.source.entry, xxh3)
    }
}

impl Read for OpenSource {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.decoder.read(buffer)
    }
}

/// The fingerprint that reading `source` would give. Local files are read for it; objects have
/// entity tags.
pub fn fingerprint(
    storage: &Storage,
    source: &Source,
    extent: Range<u64>,
) -> Result<InputFile, Error> {
    let xxh3 = match hashed_length(source, &extent) {
        None => None,
        Some(length) => {
            let mut reader = storage.open(&source.entry, extent.start..extent.start + length)?;
            let mut hash = Box::<Xxh3Default>::default();
            let mut buffer = vec![0; 4 * BUFFER];
            loop {
                match reader.read(&mut buffer)? {
                    0 => break,
                    count => hash.update(&buffer[..count]),
                }
            }
            Some(format!("{:032x}", hash.digest128()))
        }
    };
    Ok(input_file(&source.name, &source.entry, xxh3))
}

/// How many bytes from the start of the extent are hashed; `None` where an entity tag identifies
/// the content.
fn hashed_length(source: &Source, extent: &Range<u64>) -> Option<u64> {
    if source.entry.version.etag().is_some() {
        return None;
    }
    let end = source.owned.as_ref().map_or(extent.end, |owned| owned.end);
    Some(end - extent.start.min(end))
}

fn input_file(name: &str, entry: &Entry, xxh3: Option<String>) -> InputFile {
    InputFile {
        source: name.to_owned(),
        size_bytes: entry.size,
        etag: entry.version.etag().map(str::to_owned),
        xxh3,
        blake3: None,
    }
}
