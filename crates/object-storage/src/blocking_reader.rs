//! A reader for a thread of its own.

use std::fmt;
use std::io::{self, Read};

use bytes::{Buf, Bytes};
use tokio::sync::mpsc;

use crate::local::LocalReader;
use crate::reader::{Reader, Source};
use crate::s3::RangedReader;
use crate::{Action, Error, Location};

/// A [`Read`] over an entry, for a thread outside the runtime.
///
/// Local files are read straight into the caller's buffer: bring one of 256 KiB or more. Objects
/// are fetched ahead by a task. An [`Error`] travels inside the [`io::Error`]; [`Error::find`] gets
/// it back.
pub struct BlockingReader(Inner);

enum Inner {
    Local(LocalReader),
    S3 {
        at: Location,
        pieces: mpsc::Receiver<Result<Bytes, Error>>,
        piece: Bytes,
        /// Set when the task has said that everything was sent.
        is_done: bool,
    },
    Done,
}

impl BlockingReader {
    pub(crate) fn new(reader: Reader) -> BlockingReader {
        BlockingReader(match reader.0 {
            Source::Local(Some(reader)) => Inner::Local(reader),
            Source::Local(None) => Inner::Done,
            Source::S3(reader) => {
                let at = reader.location().clone();
                let (sender, pieces) = mpsc::channel(1);
                tokio::spawn(pump(reader, sender));
                Inner::S3 { at, pieces, piece: Bytes::new(), is_done: false }
            }
        })
    }
}

/// Sends the pieces, then one empty piece as the mark of the end: a channel that closes without it
/// has lost its task, which must never look like the end of the object.
async fn pump(mut reader: RangedReader, pieces: mpsc::Sender<Result<Bytes, Error>>) {
    // The place in the channel first, so that no piece waits here beyond those the reader counts.
    while let Ok(place) = pieces.reserve().await {
        match reader.next().await {
            Ok(Some(piece)) => place.send(Ok(piece)),
            Ok(None) => return place.send(Ok(Bytes::new())),
            Err(error) => return place.send(Err(error)),
        }
    }
}

impl Read for BlockingReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.0 {
            Inner::Done => Ok(0),
            Inner::Local(reader) => Ok(reader.read(buffer)?),
            Inner::S3 { at, pieces, piece, is_done } => {
                if buffer.is_empty() {
                    return Ok(0);
                }
                if piece.is_empty() && !*is_done {
                    let next = pieces.blocking_recv().unwrap_or_else(|| {
                        Err(Error::ShuttingDown { action: Action::Read, at: at.clone() })
                    });
                    *piece = next?;
                    *is_done = piece.is_empty();
                }
                let size = piece.len().min(buffer.len());
                piece.copy_to_slice(&mut buffer[..size]);
                Ok(size)
            }
        }
    }
}

impl fmt::Debug for BlockingReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockingReader").finish_non_exhaustive()
    }
}
