//! Before the first task: is there such a queue?
//!
//! A list that is drained does not exist in Redis, and neither does one whose name is mistyped or
//! whose data Redis has lost. The epoch tells them apart. Without one, and without tasks, a worker
//! waits for a while, since a producer may be slower to start, and then says so instead of ending
//! with success.

use std::time::{Duration, Instant};

use tokio::time::sleep;
use tracing::{info, warn};

use super::{
    error::LaneError,
    plan::{Bounds, ExitWhen},
    shared::Shared,
    steps, tally,
};
use crate::{backoff::Backoff, brokers::redis::Caller, queue::Step};

/// Waits for the queue and returns its epoch, or `None` if the worker is asked to stop first.
pub(super) async fn find(
    shared: &Shared,
    looker: &mut Caller,
    bounds: &Bounds,
    wait: Duration,
) -> Result<Option<String>, LaneError> {
    let began = Instant::now();
    // A worker that follows a queue may well start before the first task is pushed.
    let patience = if bounds.exit_when == ExitWhen::Never { None } else { Some(wait) };
    let patience = [patience, bounds.max_runtime, bounds.idle_timeout].into_iter().flatten().min();
    let mut backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(1));
    let mut is_told = false;
    loop {
        tally::add(&shared.tally.calls, 1);
        let answer = tokio::select! {
            biased;
            answer = shared.queue.advance(looker, &shared.terms, None, None, 0) => answer?,
            // The call takes no task, so nothing is lost if its answer is not awaited.
            () = shared.shutdown.requested() => return Ok(None),
        };
        match answer {
            Step::Taken(advanced) => {
                steps::noticed(shared, &advanced);
                if is_told {
                    info!(waited_ms = began.elapsed().as_millis() as u64, "the queue is there");
                }
                return Ok(Some(advanced.epoch));
            }
            // Only a late call of our own can have been executed after this one: ask again.
            Step::Superseded => continue,
            Step::Absent | Step::Vanished => {}
        }
        let queue = shared.queue.keys().pending();
        let address = shared.queue.redis().address();
        if patience.is_some_and(|patience| began.elapsed() >= patience) {
            let similar = similar(shared).await;
            let (queue, waited) = (queue.to_owned(), began.elapsed());
            return Err(LaneError::Absent { queue, address, waited, similar });
        }
        if !is_told {
            is_told = true;
            let similar = similar(shared).await;
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
            () = shared.shutdown.requested() => return Ok(None),
        }
    }
}

/// Queues that may have been meant instead, as a sentence.
async fn similar(shared: &Shared) -> String {
    match shared.queue.similar().await {
        // The missing queue is the error to report, not the failed search for similar names.
        Err(_) => String::new(),
        Ok(names) if names.is_empty() => String::new(),
        Ok(names) => format!(" (there are {})", names.join(", ")),
    }
}
