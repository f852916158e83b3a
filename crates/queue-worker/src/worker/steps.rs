//! A step of a lane, sent and counted: what it settled, and what it has found out about the queue.

use std::time::Instant;

use tracing::{info, warn};

use super::{error::LaneError, served::Served, shared::Shared, summary::Left, tally};
use crate::{
    brokers::redis::Caller,
    queue::{Advanced, Fate, Settle, Step},
};

/// What a lane tells of a claim.
#[derive(Debug)]
pub(super) struct Settled {
    /// The place of its queue.
    pub(super) at: usize,
    pub(super) settle: Settle,
    /// Tasks that go back.
    pub(super) returned: usize,
}

/// A step was taken.
pub(super) struct Taken {
    /// The place of the queue whose claim is in it.
    pub(super) at: usize,
    /// What it has seen, of all queues that were asked.
    pub(super) advanced: Advanced,
}

/// Looks at what is left in the queues without taking anything.
pub(super) async fn look(shared: &Shared, caller: &mut Caller) -> Result<Left, LaneError> {
    let mut seen = Advanced::default();
    for at in 0..shared.queues.len() {
        let Some(one) = step(shared, caller, at, None, 0).await? else {
            // Not known. In doubt the work counts as not done.
            return Ok(Left { is_work: true, ..Left::default() });
        };
        seen = seen.and(one);
    }
    let is_work = shared.plan().leaves_work(&seen);
    let Advanced { pending, delayed, claims, is_paused, .. } = seen;
    Ok(Left { is_work, pending, delayed, claims, is_paused })
}

/// Tells what was settled, and asks the queues in their order until one gives tasks: in one round
/// trip where the queue that is asked first is the one whose tasks were settled. What was told is
/// taken out of `settled`. `None` when a later step of this lane was executed before it.
pub(super) async fn advance(
    shared: &Shared,
    caller: &mut Caller,
    settled: &mut Option<Settled>,
    want: usize,
) -> Result<Option<Taken>, LaneError> {
    let order = match want {
        0 => Vec::new(),
        _ => shared.order.of(shared.queues.len(), rand::random),
    };
    let mut seen = None;
    if let Some(told) = settled.as_ref()
        && order.first() != Some(&told.at)
    {
        let at = told.at;
        let Some(advanced) = step(shared, caller, at, settled.as_ref(), 0).await? else {
            return Ok(None);
        };
        *settled = None;
        if order.is_empty() {
            return Ok(Some(Taken { at, advanced }));
        }
    }
    for at in order {
        let answer = step(shared, caller, at, settled.as_ref(), want).await?;
        *settled = None;
        let Some(advanced) = answer else { return Ok(None) };
        let is_given = advanced.claim.is_some();
        let advanced = match seen.take() {
            Some(before) => Advanced::and(before, advanced),
            None => advanced,
        };
        if is_given {
            return Ok(Some(Taken { at, advanced }));
        }
        seen = Some(advanced);
    }
    Ok(seen.map(|advanced| Taken { at: 0, advanced }))
}

/// Takes a step in the queue at a place and counts what it settled. `None` when a later step of
/// this lane was executed before it.
pub(super) async fn step(
    shared: &Shared,
    caller: &mut Caller,
    at: usize,
    settled: Option<&Settled>,
    want: usize,
) -> Result<Option<Advanced>, LaneError> {
    tally::add(&shared.tally.calls, 1);
    let settle = settled.map(|settled| &settled.settle);
    let returned = settled.map_or(0, |settled| settled.returned);
    let served = &shared.queues[at];
    let epoch = served.epoch();
    let answer = served.queue.advance(caller, &shared.terms, epoch, settle, want).await?;
    let advanced = match answer {
        // One of several that was not there at the beginning either.
        Step::Absent if epoch.is_none() => return Ok(Some(Advanced::default())),
        // The worker has seen the queue, so it is gone now.
        Step::Vanished | Step::Absent => {
            return Err(LaneError::Vanished { queue: served.name().to_owned() });
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
    noticed(shared, at, &advanced);
    if let Some(settle) = settle {
        count(shared, settle, returned, advanced.settled);
        let again = settle.failures.iter().filter(|failure| failure.is_retried()).count();
        let over = if advanced.settled { settle.over - again } else { 0 };
        shared.plan().settled(over, settle.over - over + returned, Instant::now());
    }
    Ok(Some(advanced))
}

/// Counts and logs what a step has found out about a queue. What became of a dead worker's tasks
/// is answered only once, to the worker whose step found the expired claim.
pub(super) fn noticed(shared: &Shared, at: usize, advanced: &Advanced) {
    let (tally, queues, served) = (&shared.tally, &shared.queues, &shared.queues[at]);
    let has_changed = served.saw(advanced);
    tally::set(&tally.queue_dead, queues.iter().map(Served::dead).sum());
    tally::set(&tally.missing, queues.iter().map(Served::missing).sum());
    // Each queue has its own limit: the one with the most decides.
    shared.plan().saw_dead(queues.iter().map(Served::dead).max().unwrap_or(0));
    let is_paused = queues.iter().any(Served::is_paused);
    shared.plan().saw_pause(is_paused, Instant::now());
    if has_changed {
        shared.paused.set(is_paused.into());
        let queue = served.name();
        if advanced.is_paused {
            warn!(queue, "the queue is paused: no task is taken until queue-worker resume");
        } else {
            info!(queue, "the queue goes on");
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
