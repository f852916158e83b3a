//! An upload for a thread of its own.

use std::fmt;
use std::io::{self, Write};

use bytes::{Bytes, BytesMut};
use tokio::sync::mpsc;

use crate::local::LocalUpload;
use crate::s3::S3Upload;
use crate::upload::{Condition, Published, Sink, Upload, failed_before};
use crate::{Action, Error, Location};

/// Piece that is handed to the uploading task, in bytes.
const PIECE: usize = 256 << 10;

/// A [`Write`] over an [`Upload`], for a thread outside the runtime.
///
/// Local files are written straight from the caller's slice: hand in pieces of 64 KiB or more, or
/// put a [`std::io::BufWriter`] around. Objects are sent by a task. An [`Error`] travels inside the
/// [`io::Error`]; [`Error::find`] gets it back. Dropping it throws the content away.
pub struct BlockingUpload(Inner);

enum Inner {
    Local(LocalUpload),
    S3 {
        at: Location,
        piece: BytesMut,
        commands: mpsc::Sender<Command>,
        outcome: mpsc::Receiver<Result<Published, Error>>,
    },
    /// After a failure, which was returned when it happened.
    Failed(Location),
}

enum Command {
    Write(Bytes),
    Publish(Condition),
}

impl BlockingUpload {
    pub(crate) fn new(upload: Upload) -> BlockingUpload {
        BlockingUpload(match upload.0 {
            Sink::Local { upload: Some(upload), .. } => Inner::Local(upload),
            Sink::Local { at, upload: None } => Inner::Failed(at),
            Sink::S3(upload) => {
                let at = upload.location().clone();
                let (commands, received) = mpsc::channel(1);
                let (tell, outcome) = mpsc::channel(1);
                upload.tasks().clone().spawn(serve(*upload, received, tell));
                Inner::S3 { at, piece: BytesMut::new(), commands, outcome }
            }
        })
    }

    /// Makes the content durable and visible under the final name, in one step.
    pub fn publish(self, when: Condition) -> Result<Published, Error> {
        match self.0 {
            Inner::Local(upload) => upload.publish(when),
            Inner::Failed(at) => Err(failed_before(&at)),
            Inner::S3 { at, mut piece, commands, mut outcome } => {
                if !piece.is_empty() {
                    let rest = Command::Write(piece.split().freeze());
                    send(&at, &commands, &mut outcome, rest)?;
                }
                send(&at, &commands, &mut outcome, Command::Publish(when))?;
                told(&at, &mut outcome)
            }
        }
    }

    /// Throws the content away.
    pub fn abort(self) {
        drop(self);
    }
}

/// Carries out the commands. When the other side goes away without publishing, the upload is
/// aborted here, where there is time to wait for it.
async fn serve(
    mut upload: S3Upload,
    mut commands: mpsc::Receiver<Command>,
    outcome: mpsc::Sender<Result<Published, Error>>,
) {
    while let Some(command) = commands.recv().await {
        match command {
            Command::Write(bytes) => {
                if let Err(error) = upload.write(bytes).await {
                    let _ = outcome.send(Err(error)).await;
                    return upload.abort().await;
                }
            }
            Command::Publish(when) => {
                let _ = outcome.send(upload.publish(when).await).await;
                return;
            }
        }
    }
    upload.abort().await;
}

fn send(
    at: &Location,
    commands: &mpsc::Sender<Command>,
    outcome: &mut mpsc::Receiver<Result<Published, Error>>,
    command: Command,
) -> Result<(), Error> {
    match commands.blocking_send(command) {
        Ok(()) => Ok(()),
        // The task has ended, and has said why.
        Err(_) => told(at, outcome).map(|_| ()),
    }
}

fn told(
    at: &Location,
    outcome: &mut mpsc::Receiver<Result<Published, Error>>,
) -> Result<Published, Error> {
    outcome
        .blocking_recv()
        .unwrap_or_else(|| Err(Error::ShuttingDown { action: Action::Write, at: at.clone() }))
}

impl Write for BlockingUpload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = match &mut self.0 {
            Inner::Local(upload) => upload.write(bytes),
            Inner::Failed(at) => Err(failed_before(at)),
            Inner::S3 { at, piece, commands, outcome } => {
                piece.extend_from_slice(bytes);
                if piece.len() < PIECE {
                    return Ok(bytes.len());
                }
                let full = Command::Write(piece.split().freeze());
                send(at, commands, outcome, full)
            }
        };
        match result {
            Ok(()) => Ok(bytes.len()),
            Err(error) => {
                let at = match &self.0 {
                    Inner::Local(upload) => upload.location().clone(),
                    Inner::S3 { at, .. } | Inner::Failed(at) => at.clone(),
                };
                self.0 = Inner::Failed(at);
                Err(error.into())
            }
        }
    }

    /// Does nothing: only publishing makes anything visible or durable.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Debug for BlockingUpload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockingUpload").finish_non_exhaustive()
    }
}
