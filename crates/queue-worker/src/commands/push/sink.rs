//! Where batches go: one call after the other, so that the list has the order of the input.

use std::time::Duration;

use tokio::sync::mpsc;
use worker_runtime::Progress;

use super::{
    batcher::{BATCH_BYTES, Batch},
    place::{Place, Stuck},
};
use crate::{
    Queue,
    brokers::redis::{Pushed, Pusher},
    commands::error::CommandError,
};

/// Batches that are cut ahead of the one on its way. What is ready by then goes in one call, so
/// that a slow network costs few round trips.
pub(super) const AHEAD: usize = 3;

/// The queue, and what was added to it so far.
pub(super) struct Sink {
    pub(super) queue: Queue,
    pub(super) pusher: Pusher,
    pub(super) unique_ttl: Duration,
    pub(super) progress: Progress,
    pub(super) added: u64,
    /// Where a push with a name stands.
    pub(super) place: Option<Place>,
}

impl Sink {
    pub(super) async fn send_all(
        &mut self,
        mut batches: mpsc::Receiver<Batch>,
    ) -> anyhow::Result<()> {
        while let Some(mut batch) = batches.recv().await {
            while batch.bytes < AHEAD * BATCH_BYTES
                && let Ok(more) = batches.try_recv()
            {
                batch.join(more);
            }
            let count = batch.payloads.len() as u64;
            self.send(batch).await?;
            self.progress.advance(count);
        }
        Ok(())
    }

    /// Pushes a batch, or what of it is not pushed yet.
    async fn send(&mut self, mut batch: Batch) -> anyhow::Result<()> {
        loop {
            if let Some(place) = &mut self.place
                && let Err(stuck) = place.pass_over(&mut batch)
            {
                return Err(self.stuck(stuck).into());
            }
            if batch.payloads.is_empty() {
                return Ok(());
            }
            let before = self.place.clone();
            if let Some(place) = &mut self.place {
                self.pusher.at(place.span(&batch));
            }
            let command = if batch.keys.is_empty() {
                self.pusher.push(self.queue.keys(), &batch.payloads)
            } else {
                let pairs: Vec<_> = batch.keys.iter().zip(&batch.payloads).collect();
                self.pusher.push_unique(self.queue.keys(), self.unique_ttl, &pairs)
            };
            match self.queue.pushed(&mut self.pusher, &command).await? {
                Pushed::Added(added) => {
                    self.added += added;
                    return Ok(());
                }
                // Another push of this name was faster, or Redis has forgotten some.
                Pushed::Elsewhere(reached) => {
                    self.place = before;
                    if let Some(place) = &mut self.place {
                        place.is_at(reached);
                    }
                }
                Pushed::Vanished => {
                    let queue = self.queue.keys().pending().to_owned();
                    return Err(CommandError::PushVanished { queue, pushed: self.added }.into());
                }
            }
        }
    }

    fn stuck(&self, stuck: Stuck) -> CommandError {
        let queue = self.queue.keys().pending().to_owned();
        let pushed = self.place.as_ref().map_or(0, Place::reached);
        match stuck {
            Stuck::OtherInput => CommandError::OtherPush { queue, pushed },
            Stuck::Lost => CommandError::PushForgotten { queue },
        }
    }
}
