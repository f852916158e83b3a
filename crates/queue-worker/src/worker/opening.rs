//! Before the first task: is there such a queue?
//!
//! A list that is drained does not exist in Redis, and neither does one whose name is mistyped or
//! whose data Redis has lost. The epoch tells them apart. Without one, and without tasks, a worker
//! waits for a while, since a producer may be slower to start, and then says so instead of ending
//! with success.

use std::time::Duration;

use tokio::time::sleep;
use tracing::{info, warn};

use super::{
    error::LaneError,
    plan::{Bounds, ExitWhen},
    served::Served,
    shared::Shared,
    steps, tally,
};
use crate::{backoff::Backoff, brokers::redis::Caller, queue::Step};

/// Waits until one of the queues is there, or returns false if the worker is asked to stop first.
pub(super) async fn find(
    shared: &Shared,
    looker: &mut Caller,
    bounds: &Bounds,
) -> Result<bool, LaneError> {
    let (began, wait) = (shared.began, shared.wait_for_queue);
    // A worker that follows a queue may well start before the first task is pushed.
    let patience = if bounds.exit_when == ExitWhen::Never { None } else { Some(wait) };
    let patience = [patience, bounds.max_runtime, bounds.idle_timeout].into_iter().flatten().min();
    let mut backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(1));
    let mut is_told = false;
    loop {
        let mut is_there = false;
        for (at, served) in shared.queues.iter().enumerate() {
            tally::add(&shared.tally.calls, 1);
            let answer = tokio::select! {
                biased;
                answer = served.queue.advance(looker, &shared.terms, None, None, 0) => answer?,
                // The call takes no task, so nothing is lost if its answer is not awaited.
                () = shared.shutdown.requested() => return Ok(false),
            };
            match answer {
                Step::Taken(advanced) => {
                    steps::noticed(shared, at, &advanced);
                    is_there = true;
                }
                // Only a late call of our own can have been executed after this one: ask again.
                Step::Superseded | Step::Absent | Step::Vanished => {}
            }
        }
        if is_there {
            if is_told {
                info!(waited_ms = began.elapsed().as_millis() as u64, "the queue is there");
            }
            return Ok(true);
        }
        let served = &shared.queues[0];
        let (queue, address) = (served.name(), served.queue.redis().address());
        if patience.is_some_and(|patience| began.elapsed() >= patience) {
            return Err(absent(served, began.elapsed()).await);
        }
        if !is_told {
            is_told = true;
            let similar = similar(served).await;
            let wait_ms = patience.map(|patience| patience.as_millis() as u64);
            warn!(
                queue,
                redis = address,
                wait_ms,
                "there is no such queue yet: waiting for it{similar}"
            );
        }
        let mut delay = backoff.next(rand::random());
        if let Some(patience) = patience {
            delay = delay.min(patience.saturating_sub(began.elapsed()));
        }
        tokio::select! {
            () = sleep(delay) => {}
            () = shared.shutdown.requested() => return Ok(false),
        }
    }
}

/// One of several queues that has not been seen, while all others are worked off. `Err` when it was
/// waited for long enough: its name may be mistyped, and its work elsewhere.
pub(super) async fn one_is_absent(shared: &Shared) -> Result<bool, LaneError> {
    let Some(served) = shared.queues.iter().find(|served| served.epoch().is_none()) else {
        return Ok(false);
    };
    let waited = shared.began.elapsed();
    if waited >= shared.wait_for_queue {
        return Err(absent(served, waited).await);
    }
    Ok(true)
}

async fn absent(served: &Served, waited: Duration) -> LaneError {
    let similar = similar(served).await;
    let (queue, address) = (served.name().to_owned(), served.queue.redis().address());
    LaneError::Absent { queue, address, waited, similar }
}

/// Queues that may have been meant instead, as a sentence.
async fn similar(served: &Served) -> String {
    match served.queue.similar().await {
        // The missing queue is the error to report, not the failed search for similar names.
        Err(_) => String::new(),
        Ok(names) if names.is_empty() => String::new(),
        Ok(names) => format!(" (there are {})", names.join(", ")),
    }
}
