//! An output on its way: compressed, hashed and counted as it is written, visible only when it is published.

use std::io::{self, Write};

use object_storage::{BlockingUpload, Condition, Location};
use sha2::{Digest, Sha256};

use crate::blocking_storage::BlockingStorage;
use crate::compression::{Compression, Encoder};
use crate::error::Error;
use crate::manifest::OutputFile;

/// Bytes gathered before they are handed on, so that a system call or an encoder's step pays.
pub(crate) const GATHER: usize = 256 * 1024;

/// A file or object that is being written.
pub(crate) struct Output {
    name: String,
    encoder: Encoder<Hashed>,
}

/// A finished file or object, still invisible.
pub struct Finished {
    file: OutputFile,
    upload: BlockingUpload,
}

struct Hashed {
    upload: BlockingUpload,
    sha256: Sha256,
    size: u64,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.upload.write(bytes)?;
        self.sha256.update(&bytes[..count]);
        self.size += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.upload.flush()
    }
}

impl Output {
    /// Starts `name` in `folder`; the suffix of the compression is appended to the name.
    pub(crate) fn create(
        storage: &BlockingStorage,
        folder: &Location,
        name: &str,
        compression: Compression,
    ) -> Result<Self, Error> {
        let name = format!("{name}{}", compression.suffix());
        let upload = storage.create(&folder.join(&name)?)?;
        let encoder = Encoder::new(Hashed { upload, sha256: Sha256::new(), size: 0 }, compression)?;
        Ok(Output { name, encoder })
    }

    /// Writes what was gathered, when it is enough or when `all` of it must go.
    pub(crate) fn take(&mut self, gathered: &mut Vec<u8>, all: bool) -> Result<(), Error> {
        if gathered.len() >= GATHER || (all && !gathered.is_empty()) {
            self.encoder.write_all(gathered)?;
            gathered.clear();
        }
        Ok(())
    }

    /// Writes the end.
    pub(crate) fn finish(self) -> Result<Finished, Error> {
        let hashed = self.encoder.finish()?;
        let sha256 = hex(&hashed.sha256.finalize());
        Ok(Finished { file: OutputFile { name: self.name, size_bytes: hashed.size, sha256 }, upload: hashed.upload })
    }
}

impl Finished {
    /// What it will be.
    pub fn file(&self) -> &OutputFile {
        &self.file
    }

    /// Makes it visible under its name, replacing what is there.
    pub fn publish(self) -> Result<OutputFile, Error> {
        self.upload.publish(Condition::Always)?;
        Ok(self.file)
    }
}

/// SHA-256 of `bytes`, in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
