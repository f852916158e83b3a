//! Handling the tasks of a claim: one at a time, watching for shutdown, lost leases and slow tasks,
//! or a whole claim in one go.

use std::{pin::Pin, time::Instant};

use tokio::time::sleep;
use tracing::{debug, warn};

use super::{
    error::LaneError,
    leases::Held,
    open_claim::OpenClaim,
    shared::Shared,
    steps::{Settled, step},
};
use crate::{
    brokers::redis::Caller,
    handlers::{AtOnce, Awaited, Outcome, StartError},
    queue::{Advanced, Delivery, Task},
};

/// Handles one task of the queue at a place. Returns false if it was broken off because the claim
/// may be lost or the grace period is over: it goes back then, or is gone where tasks may be given
/// out only once.
pub(super) async fn one(
    shared: &Shared,
    caller: &mut Caller,
    handler: &Awaited,
    at: usize,
    claim: &mut OpenClaim,
    held: &Held,
) -> Result<bool, LaneError> {
    let mut caller = Some(caller);
    let Some((task, id)) = claim.next() else { return Ok(false) };
    let task = task.clone();
    let began = Instant::now();
    let mut work = Box::pin(attempt(shared, handler, at, &task, &id));
    let slow = sleep(shared.claim_time);
    tokio::pin!(slow);
    let alone = claim.over() == 0 && claim.left().len() == 1;
    let mut flushed = alone;
    type Flush<'a> = Pin<Box<dyn Future<Output = Result<Option<Advanced>, LaneError>> + Send + 'a>>;
    let mut flush: Option<Flush<'_>> = None;
    let ended = loop {
        tokio::select! {
            biased;
            outcome = &mut work => break Some(outcome),
            () = held.unsure() => {
                warn!(task = id, "the lease may have run out: the task is broken off");
                break None;
            }
            () = shared.grace_over() => break None,
            // A slow task holds up neither the results before it nor the tasks behind it.
            () = &mut slow, if !flushed && flush.is_none() => {
                flushed = true;
                let Some(caller) = caller.take() else { continue };
                let returned = claim.left().len() - 1;
                let over = claim.over();
                let settle = claim.flush();
                flush = Some(Box::pin(async move {
                    debug!(over, returned, "settled in mid-claim behind a slow task");
                    step(shared, caller, at, Some(&Settled { at, settle, returned }), 0).await
                }));
            }
            answer = async { flush.as_mut().expect("guarded").await }, if flush.is_some() => {
                flush = None;
                if answer?.is_some_and(|advanced| !advanced.settled) {
                    break None;
                }
            }
        }
    };
    // Ends the task's process before anything else is awaited.
    drop(work);
    if let Some(flush) = flush {
        flush.await?;
    }
    // What has begun is not given out again where that may be only once.
    let once = shared.terms.delivery == Delivery::AtMostOnce;
    let (outcome, goes_on) = match ended {
        Some(Ok(outcome)) => (Some(outcome), Ok(true)),
        Some(Err(error)) => {
            let has_begun = matches!(error, StartError::Command { .. });
            ((once && has_begun).then(|| Outcome::failed(error.to_string())), Err(error.into()))
        }
        None => {
            let broken_off = "the worker was stopped before the task was over";
            (once.then(|| Outcome::failed(broken_off)), Ok(false))
        }
    };
    if let Some(outcome) = outcome {
        claim.ended(outcome, began.elapsed(), &shared.policy, rand::random());
    }
    goes_on
}

/// Handles the rest of a claim without a single await: its tasks take next to no time each.
pub(super) fn at_once(
    shared: &Shared,
    claim: &mut OpenClaim,
    held: &Held,
    handler: &mut AtOnce,
) -> usize {
    let mut worked = 0;
    let mut before = Instant::now();
    while let Some(task) = claim.left().first() {
        if worked % 64 == 0 && (shared.shutdown.is_requested() || !held.is_sure(before)) {
            break;
        }
        let outcome = if task.payload.len() > shared.max_task_size {
            oversize(task.payload.len(), shared.max_task_size)
        } else {
            handler.handle(&task.payload)
        };
        let now = Instant::now();
        claim.ended(outcome, now - before, &shared.policy, 0.5);
        before = now;
        worked += 1;
    }
    worked
}

fn oversize(size: usize, most: usize) -> Outcome {
    Outcome::hopeless(
        "oversize",
        format!("the task has {size} bytes, more than --max-task-size ({most})"),
    )
}

async fn attempt(
    shared: &Shared,
    handler: &Awaited,
    at: usize,
    task: &Task,
    id: &str,
) -> Result<Outcome, StartError> {
    if task.payload.len() > shared.max_task_size {
        return Ok(oversize(task.payload.len(), shared.max_task_size));
    }
    let served = &shared.queues[at];
    handler.handle(task, id, served.name(), served.cancels.of(id)).await
}
