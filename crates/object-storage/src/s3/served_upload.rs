//! An object on its way from a thread that blocks: a task uploads it.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use tokio::sync::mpsc;

use super::network::{Network, PATIENCE, PUBLISHING_PATIENCE};
use super::upload::S3Upload;
use crate::{Action, Condition, Error, Location, Published};

/// Piece that is handed to the uploading task, in bytes.
const PIECE: usize = 256 << 10;

/// The giving end of an upload. Dropping it throws the content away.
#[derive(Debug)]
pub(crate) struct ServedUpload {
    at: Location,
    piece: BytesMut,
    commands: mpsc::Sender<Command>,
    outcome: mpsc::Receiver<Result<Published, Error>>,
    /// The task runs there.
    network: Arc<Network>,
}

#[derive(Debug)]
enum Command {
    Write(Bytes),
    Publish(Condition),
}

impl ServedUpload {
    pub(super) fn new(upload: S3Upload, network: Arc<Network>) -> ServedUpload {
        let at = upload.location().clone();
        let (commands, received) = mpsc::channel(1);
        let (tell, outcome) = mpsc::channel(1);
        let tasks = upload.tasks().clone();
        tasks.spawn_on(serve(upload, received, tell), network.handle());
        ServedUpload { at, piece: BytesMut::new(), commands, outcome, network }
    }

    pub(crate) fn location(&self) -> &Location {
        &self.at
    }

    /// Appends `bytes`. An error is final.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() < PIECE {
            return Ok(());
        }
        let full = Command::Write(self.piece.split().freeze());
        self.send(full)
    }

    /// Makes the content visible under the final name, in one step.
    pub(crate) fn publish(mut self, when: Condition) -> Result<Published, Error> {
        if !self.piece.is_empty() {
            let rest = Command::Write(self.piece.split().freeze());
            self.send(rest)?;
        }
        self.send(Command::Publish(when))?;
        self.told()
    }

    fn send(&mut self, command: Command) -> Result<(), Error> {
        match self.network.block_on_unless_stalled(PATIENCE, self.commands.send(command)) {
            Some(Ok(())) => Ok(()),
            // The task has ended, and has said why.
            Some(Err(_)) => self.told().map(|_| ()),
            None => Err(self.shutting_down()),
        }
    }

    fn told(&mut self) -> Result<Published, Error> {
        let told = self.network.block_on_unless_stalled(PUBLISHING_PATIENCE, self.outcome.recv());
        told.flatten().unwrap_or_else(|| Err(self.shutting_down()))
    }

    fn shutting_down(&self) -> Error {
        Error::ShuttingDown { action: Action::Write, at: self.at.clone() }
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
