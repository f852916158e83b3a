//! An output on its way: compressed, hashed and counted as it is written, visible only when it is
//! published.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

use blake3::Hasher;
use object_storage::{Condition, Location, Published, Storage, Upload};

use crate::compression::{Compression, Encoder};
use crate::error::Error;
use crate::manifest::OutputFile;

/// Bytes gathered before they are handed on, so that a system call or an encoder's step pays.
pub const GATHER: usize = 256 * 1024;

/// Pieces that may wait to be written.
const WAITING: usize = 2;

/// A file or object that is being written, by a thread of its own: compressing, hashing and writing
/// go on beside the work where there is a second processor. Dropping it throws away what was
/// written.
pub struct Output {
    name: String,
    /// `None` when everything was handed over.
    pieces: Option<SyncSender<Vec<u8>>>,
    /// Written pieces come back, so that their memory is used again.
    written: Receiver<Vec<u8>>,
    writer: Option<JoinHandle<io::Result<Hashed>>>,
}

/// A finished file or object, still invisible.
pub struct Finished {
    file: OutputFile,
    contents: Contents,
}

enum Contents {
    /// Written already, and named when it is published.
    Written(Box<Upload>),
    /// Small enough to be kept until then.
    Kept { storage: Storage, at: Location, bytes: Vec<u8> },
}

struct Hashed {
    upload: Upload,
    hasher: Hasher,
    size: u64,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.upload.write(bytes)?;
        self.hasher.update(&bytes[..count]);
        self.size += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.upload.flush()
    }
}

impl Output {
    /// Starts `name` in `folder`; the suffix of the compression is appended to the name.
    pub fn create(
        storage: &Storage,
        folder: &Location,
        name: &str,
        compression: Compression,
    ) -> Result<Self, Error> {
        let name = format!("{name}{}", compression.suffix());
        let upload = storage.create(&folder.join(&name)?)?;
        let mut encoder =
            Encoder::new(Hashed { upload, hasher: Hasher::new(), size: 0 }, compression)?;
        let (pieces, to_write) = sync_channel::<Vec<u8>>(WAITING);
        let (back, written) = channel();
        let writer = std::thread::Builder::new().name("output".to_owned()).spawn(move || {
            for mut piece in to_write {
                encoder.write_all(&piece)?;
                piece.clear();
                // Nobody takes it back when the last piece was handed over.
                let _ = back.send(piece);
            }
            encoder.finish()
        })?;
        Ok(Output { name, pieces: Some(pieces), written, writer: Some(writer) })
    }

    /// Hands over what was gathered, when it is enough or when `all` of it must go, and leaves it
    /// empty.
    pub fn take(&mut self, gathered: &mut Vec<u8>, all: bool) -> Result<(), Error> {
        if gathered.len() < GATHER && (!all || gathered.is_empty()) {
            return Ok(());
        }
        let empty = self.written.try_recv().unwrap_or_else(|_| Vec::with_capacity(2 * GATHER));
        let piece = std::mem::replace(gathered, empty);
        let handed_over = self.pieces.as_ref().is_some_and(|pieces| pieces.send(piece).is_ok());
        if handed_over { Ok(()) } else { self.join().map(|_| ()) }
    }

    /// Writes the end.
    pub fn finish(mut self) -> Result<Finished, Error> {
        let hashed = self.join()?;
        let blake3 = hashed.hasher.finalize().to_string();
        let name = std::mem::take(&mut self.name);
        Ok(Finished {
            file: OutputFile { name, size_bytes: hashed.size, blake3 },
            contents: Contents::Written(Box::new(hashed.upload)),
        })
    }

    /// Waits for the writer to end: with all that was handed over, or with the error that ended it
    /// early.
    fn join(&mut self) -> Result<Hashed, Error> {
        self.pieces = None;
        let ended = self.writer.take().map(JoinHandle::join);
        match ended {
            Some(Ok(result)) => Ok(result?),
            Some(Err(panic)) => std::panic::resume_unwind(panic),
            None => Err(Error::Io(io::Error::other("writing the output has failed before"))),
        }
    }
}

impl Drop for Output {
    /// Waits for the writer, so that nothing of it is left behind when the process ends.
    fn drop(&mut self) {
        self.pieces = None;
        if let Some(writer) = self.writer.take() {
            // Whatever it was writing is thrown away with its result.
            drop(writer.join());
        }
    }
}

impl Finished {
    /// A small output that is there as a whole.
    ///
    /// # Errors
    ///
    /// If the name does not fit below the folder.
    pub fn whole(
        storage: &Storage,
        folder: &Location,
        name: &str,
        bytes: Vec<u8>,
    ) -> Result<Self, Error> {
        let at = folder.join(name)?;
        let file = OutputFile {
            name: name.to_owned(),
            size_bytes: bytes.len() as u64,
            blake3: blake3(&bytes),
        };
        Ok(Finished { file, contents: Contents::Kept { storage: storage.clone(), at, bytes } })
    }

    /// What it will be.
    pub fn file(&self) -> &OutputFile {
        &self.file
    }

    /// Makes it visible under its name, replacing what is there.
    pub fn publish(self) -> Result<(OutputFile, Published), Error> {
        let published = match self.contents {
            Contents::Written(upload) => upload.publish(Condition::Always)?,
            Contents::Kept { storage, at, bytes } => storage.put(&at, bytes)?,
        };
        Ok((self.file, published))
    }
}

/// BLAKE3 of `bytes` (256 bits), in hexadecimal, as `b3sum` prints it.
///
/// Every byte of a partition is hashed on its way out. SHA-256 took a fifth of a processor's time
/// for that where the processor has instructions for it, and more than all the rest where it has
/// none.
///
/// Source: O'Connor, Aumasson, Neves, Wilcox-O'Hearn, "BLAKE3: one function, fast everywhere",
/// 2020.
pub fn blake3(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the official `test_vectors.json`, the first 32 bytes of the hash of so many bytes 0, 1,
    /// .. 250, 0, 1, ...
    #[test]
    fn the_hash_is_that_of_the_official_test_vectors() {
        for (length, hash) in [
            (0, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"),
            (1, "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213"),
            (102_400, "bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085"),
        ] {
            let bytes: Vec<u8> = (0..length).map(|number| (number % 251) as u8).collect();
            assert_eq!(blake3(&bytes), hash, "{length} bytes");
        }
    }
}
