//! Where batches go: one call after the other, so that the list has the order of the input.

use std::time::Duration;

use tokio::sync::mpsc;
use worker_runtime::Progress;

use super::batcher::{BATCH_BYTES, Batch};
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
            let command = if batch.keys.is_empty() {
                self.pusher.push(self.queue.keys(), &batch.payloads)
            } else {
                let pairs: Vec<_> = batch.keys.iter().zip(&batch.payloads).collect();
                self.pusher.push_unique(self.queue.keys(), self.unique_ttl, &pairs)
            };
            drop(batch);
            match self.queue.pushed(&mut self.pusher, &command).await? {
                Pushed::Added(added) => self.added += added,
                Pushed::Vanished => {
                    let queue = self.queue.keys().pending().to_owned();
                    return Err(CommandError::PushVanished { queue, pushed: self.added }.into());
                }
            }
            self.progress.advance(count);
        }
        Ok(())
    }
}
