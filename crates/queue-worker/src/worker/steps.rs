//! A step of a lane, sent and counted: what it settled, and what it has found out about the queue.

use std::time::Instant;

use tracing::{info, warn};

use super::{error::LaneError, shared::Shared, summary::Left, tally};
use crate::{
    brokers::redis::Caller,
    queue::{Advanced, Fate, Settle, Step},
};

/// Looks at what is left in the queue without taking anything.
pub(super) async fn look(shared: &Shared, caller: &mut Caller) -> Result<Left, LaneError> {
    let Some(seen) = step(shared, caller, None, 0).await? else {
        // Not known. In doubt the work counts as not done.
        return Ok(Left { is_work: true, ..Left::default() });
    };
    let is_work = shared.plan().leaves_work(&seen);
    let Advanced { pending, delayed, claims, is_paused, .. } = seen;
    Ok(Left { is_work, pending, delayed, claims, is_paused })
}

/// Takes a step and counts what it settled. `None` when a later step of this lane was executed
/// before it.
pub(super) async fn step(
    shared: &Shared,
    caller: &mut Caller,
    settle: Option<&(Settle, usize)>,
    want: usize,
) -> Result<Option<Advanced>, LaneError> {
    tally::add(&shared.tally.calls, 1);
    let (settle, returned) = match settle {
        Some((settle, returned)) => (Some(settle), *returned),
        None => (None, 0),
    };
    let epoch = shared.epoch.get().map(String::as_str);
    let answer = shared.queue.advance(caller, &shared.terms, epoch, settle, want).await?;
    let advanced = match answer {
        // The worker saw the queue before its lanes started, so it is gone now.
        Step::Vanished | Step::Absent => {
            return Err(LaneError::Vanished { queue: shared.queue.keys().pending().to_owned() });
        }
        Step::Superseded => {
            warn!("a step was answered after a later one; its results are left to their lease");
            if let Some(settle) = settle {
                shared.plan().settled(0, settle.over + returned, Instant::now());
            }
            return Ok(None);
        }
        Step::Taken(advanced) => advanced,
    };
    let _ = shared.epoch.set(advanced.epoch.clone());
    noticed(shared, &advanced);
    if let Some(settle) = settle {
        count(shared, settle, returned, advanced.settled);
        let again = settle.failures.iter().filter(|failure| failure.is_retried()).count();
        let over = if advanced.settled { settle.over - again } else { 0 };
        shared.plan().settled(over, settle.over - over + returned, Instant::now());
    }
    Ok(Some(advanced))
}

/// Counts and logs what a step has found out about the queue. What became of a dead worker's tasks
/// is answered only once, to the worker whose step found the expired claim.
pub(super) fn noticed(shared: &Shared, advanced: &Advanced) {
    let tally = &shared.tally;
    tally::set(&tally.queue_dead, advanced.dead);
    shared.plan().saw_dead(advanced.dead);
    tally::set(&tally.missing, advanced.missing);
    if shared.plan().saw_pause(advanced.is_paused, Instant::now()) {
        shared.paused.set(advanced.is_paused.into());
        if advanced.is_paused {
            warn!("the queue is paused: no task is taken until queue-worker resume");
        } else {
            info!("the queue goes on");
        }
    }
    tally::add(&tally.dead, advanced.buried.len());
    for task in &advanced.buried {
        let crashes = shared.terms.max_crashes;
        warn!(
            task,
            reason = "crashes",
            crashes,
            "a task is dead: as many workers crashed, hung or were cut off with it in hand"
        );
    }
    if advanced.gone > 0 {
        tally::add(&tally.gone, advanced.gone as usize);
        warn!(
            tasks = advanced.gone,
            "tasks are gone with the worker that had them in hand when it died, as --delivery \
             at-most-once wants it"
        );
    }
}

fn count(shared: &Shared, settle: &Settle, returned: usize, own: bool) {
    if !own {
        tally::add(&shared.tally.stale, settle.over);
        warn!(
            claim = settle.claim,
            tasks = settle.over,
            "the claim was no longer this worker's when its results came, as its lease had run out \
             or the queue was purged: they are dropped"
        );
        return;
    }
    let over = settle.failures.iter().filter(|failure| !failure.is_retried()).count();
    let failed = settle.failures.len();
    let dead = settle.failures.iter().filter(|failure| failure.fate == Fate::Dead).count();
    tally::add(&shared.tally.done, settle.over - failed);
    tally::add(&shared.tally.failed, failed - dead);
    tally::add(&shared.tally.dead, dead);
    tally::add(&shared.tally.returned, returned);
    for failure in &settle.failures {
        let (task, error) = (&failure.task, &*String::from_utf8_lossy(&failure.error));
        match &failure.fate {
            Fate::Again { after } => warn!(
                task,
                error,
                again_ms = after.as_millis() as u64,
                "a task failed and is tried again"
            ),
            Fate::Dead => warn!(task, reason = failure.reason, error, "a task is dead"),
            Fate::Gone { digest } => warn!(
                task,
                payload = digest,
                error,
                "a task failed and is gone, as --delivery at-most-once wants it"
            ),
        }
    }
    shared.progress.advance((settle.over - failed + over) as u64);
}
