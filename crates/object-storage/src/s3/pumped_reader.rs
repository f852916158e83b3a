//! The bytes of an object for a thread that blocks: a task fetches them ahead.

use std::io::{self, Read};
use std::sync::Arc;

use bytes::{Buf, Bytes};
use tokio::sync::mpsc;

use super::network::{Network, PATIENCE};
use super::reader::RangedReader;
use crate::{Action, Error, Location};

/// A [`Read`] over a range of an object.
#[derive(Debug)]
pub(crate) struct PumpedReader {
    at: Location,
    pieces: mpsc::Receiver<Result<Bytes, Error>>,
    piece: Bytes,
    /// Set when the task has said that everything was sent.
    is_done: bool,
    /// The task runs there.
    network: Arc<Network>,
}

impl PumpedReader {
    pub(super) fn new(reader: RangedReader, network: Arc<Network>) -> PumpedReader {
        let at = reader.location().clone();
        let (sender, pieces) = mpsc::channel(1);
        network.handle().spawn(pump(reader, sender));
        PumpedReader { at, pieces, piece: Bytes::new(), is_done: false, network }
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

impl Read for PumpedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        if self.piece.is_empty() && !self.is_done {
            let received = self.network.block_on_unless_stalled(PATIENCE, self.pieces.recv());
            let next = received.flatten().unwrap_or_else(|| {
                Err(Error::ShuttingDown { action: Action::Read, at: self.at.clone() })
            });
            self.piece = next?;
            self.is_done = self.piece.is_empty();
        }
        let size = self.piece.len().min(buffer.len());
        self.piece.copy_to_slice(&mut buffer[..size]);
        Ok(size)
    }
}
