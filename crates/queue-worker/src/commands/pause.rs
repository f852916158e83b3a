//! `pause` and `resume`: whether the queue gives out tasks.

use tracing::info;
use worker_runtime::Report;

use super::{
    output::{done, span},
    queue_access::{no_queue, open},
};
use crate::{
    brokers::redis::{Before, Wish},
    cli::PauseArgs,
};

pub(super) async fn pause(args: PauseArgs, wish: Wish) -> anyhow::Result<Report> {
    let queue = open(&args.queue)?;
    match (wish, queue.pause(wish).await?) {
        // A mistyped name would leave the queue that was meant as it is.
        (_, Before::Absent) => return Err(no_queue(&queue).await.into()),
        (Wish::Pause, Before::Going) => info!(
            "the queue is paused: no task is taken until queue-worker resume; workers finish what \
             they have in hand and wait, and a Job's deadline goes on"
        ),
        (Wish::Pause, Before::Paused { for_ms }) => {
            info!(paused_ms = for_ms, "the queue is paused already, for {}", span(for_ms));
        }
        (Wish::Resume, Before::Paused { for_ms }) => {
            info!(paused_ms = for_ms, "the queue goes on; it was paused for {}", span(for_ms));
        }
        (Wish::Resume, Before::Going) => info!("the queue was not paused"),
    }
    Ok(done())
}
