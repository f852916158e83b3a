//! A worker: lanes, a heartbeat, and the reasons to end.

mod batch;
mod lane;
mod leases;
mod opening;
mod pace;
mod plan;
mod tally;

use std::{
    sync::{Arc, Mutex, OnceLock},
    time::{Duration, Instant},
};

use tokio::task::JoinSet;
use tracing::{info, warn};
use worker_runtime::Pod;

pub use batch::{Batch, Policy};
pub use lane::LaneError;
pub use leases::{Held, Leases};
pub use pace::Pace;
pub use plan::{Bounds, End, ExitWhen, Idle, Plan};
pub use tally::Tally;

use crate::{
    Queue,
    handler::Handler,
    protocol::{Delivery, Lane as Caller, Renewed, Terms},
};
use lane::{Lane, Shared};

/// All that a worker needs to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What it asks of every claim.
    pub terms: Terms,
    /// How it treats failures.
    pub policy: Policy,
    /// Where it ends.
    pub bounds: Bounds,
    /// Work that a crash may undo.
    pub claim_time: Duration,
    /// How long a queue is waited for that is not there.
    pub wait_for_queue: Duration,
    /// Tasks in a claim at most.
    pub max_claim: usize,
    /// Bytes of a task at most; a larger one is dead.
    pub max_task_size: usize,
    /// Random and this process' own.
    pub nonce: String,
}

/// What a worker did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Why it ended; `None` for SIGTERM.
    pub end: Option<End>,
    /// Tasks of the queue that are left by a worker which a limit has ended: pending, delayed or
    /// in any worker's hand.
    pub left: Left,
    /// Tasks whose result is stored.
    pub done: u64,
    /// Failures that are tried again.
    pub failed: u64,
    /// Tasks that became dead letters.
    pub dead: u64,
    /// Results dropped because the claim was no longer its own.
    pub stale: u64,
    /// Tasks handed back.
    pub returned: u64,
    /// Calls sent to Redis.
    pub calls: u64,
    /// Dead letters of the whole queue.
    pub queue_dead: u64,
    /// Tasks that were in another worker's hand, at most once, when it died.
    pub gone: u64,
    /// Tasks of a drained queue that were pushed and are neither done nor dead.
    pub missing: u64,
    /// How often a task may have been given out; those that failed at most once are gone.
    pub delivery: Option<Delivery>,
    /// Whether Redis did not answer at the end.
    pub is_redis_down: bool,
}

/// What a worker leaves behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// Whether it is work that the worker was to do.
    pub is_work: bool,
    /// Tasks in the list.
    pub pending: u64,
    /// Tasks that wait for their next attempt.
    pub delayed: u64,
    /// Claims of other workers.
    pub claims: u64,
}

/// Works with one lane a handler until there is a reason to end; `keepers` keep the handlers'
/// children, which end then.
///
/// # Errors
///
/// When Redis or the handler's program cannot be used, or the queue vanished. Tasks in hand are
/// handed back where that is still possible, and else left to their lease.
pub async fn run(
    queue: Queue,
    settings: Settings,
    handlers: Vec<Handler>,
    mut keepers: JoinSet<()>,
    pod: &Pod,
) -> Result<Summary, LaneError> {
    let shared = Arc::new(Shared {
        queue,
        leases: Leases::new(settings.terms.lease, settings.terms.delivery),
        plan: Mutex::new(Plan::new(settings.bounds.clone(), Instant::now())),
        tally: Tally::default(),
        epoch: OnceLock::new(),
        shutdown: pod.shutdown.clone(),
        progress: pod.progress("tasks", None),
        max_task_size: settings.max_task_size,
        claim_time: settings.claim_time,
        terms: settings.terms,
        policy: settings.policy,
        idle: Arc::default(),
    });
    let mut looker = Caller::new(&settings.nonce, handlers.len());
    match opening::find(&shared, &mut looker, &settings.bounds, settings.wait_for_queue).await? {
        Some(epoch) => shared.epoch.set(epoch).expect("no lane has begun"),
        None => {
            return Ok(Summary {
                is_redis_down: shared.queue.redis().is_down(),
                ..Summary::default()
            });
        }
    }
    let mut lanes = JoinSet::new();
    for (number, handler) in handlers.into_iter().enumerate() {
        let caller = Caller::new(&settings.nonce, number);
        let pace = Pace::new(settings.claim_time, settings.max_claim);
        lanes.spawn(Lane::new(Arc::clone(&shared), caller, handler, pace).run());
    }
    let mut heart = tokio::spawn(heartbeat(Arc::clone(&shared)));
    let mut failure = None;
    let mut end = None;
    loop {
        let ended = tokio::select! {
            lane = lanes.join_next() => match lane {
                Some(joined) => joined,
                None => break,
            },
            beat = &mut heart, if failure.is_none() => beat.map(Err),
        };
        match ended {
            Ok(Ok(why)) => end = End::strongest(end, why),
            Ok(Err(error)) => {
                // The other lanes hand back what they have, as far as Redis still listens.
                shared.shutdown.request(Duration::from_secs(1));
                failure.get_or_insert(error);
            }
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        }
    }
    heart.abort();
    while let Some(kept) = keepers.join_next().await {
        if let Err(panic) = kept {
            std::panic::resume_unwind(panic.into_panic());
        }
    }
    if let Some(error) = failure {
        return Err(error);
    }
    let left = match end {
        Some(End::MaxRuntime | End::IdleTimeout) => lane::look(&shared, &mut looker).await?,
        _ => Left::default(),
    };
    let tally = &shared.tally;
    let summary = Summary {
        end,
        left,
        done: tally::read(&tally.done),
        failed: tally::read(&tally.failed),
        dead: tally::read(&tally.dead),
        stale: tally::read(&tally.stale),
        returned: tally::read(&tally.returned),
        calls: tally::read(&tally.calls),
        queue_dead: tally::read(&tally.queue_dead),
        gone: tally::read(&tally.gone),
        missing: tally::read(&tally.missing),
        delivery: Some(shared.terms.delivery),
        is_redis_down: shared.queue.redis().is_down(),
    };
    info!(
        end = end.map_or("stopped", End::as_str),
        done = summary.done,
        failed = summary.failed,
        dead = summary.dead,
        "no more tasks are taken"
    );
    Ok(summary)
}

/// Renews all leases every third of one. Ends only when Redis cannot be used.
async fn heartbeat(shared: Arc<Shared>) -> LaneError {
    let mut beat = tokio::time::interval(shared.terms.lease / 3);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        beat.tick().await;
        let claims = shared.leases.ids();
        let Some(epoch) = shared.epoch.get().filter(|_| !claims.is_empty()) else { continue };
        tally::add(&shared.tally.calls, 1);
        let sent = Instant::now();
        match shared.queue.renew(epoch, &shared.terms, &claims).await {
            Err(error) => return error.into(),
            Ok(Renewed::Vanished) => {
                return LaneError::Vanished { queue: shared.queue.keys().pending().to_owned() };
            }
            Ok(Renewed::Held(held)) => {
                for (claim, is_there) in claims.iter().zip(held) {
                    // One that was settled meanwhile is not in hand, and not lost.
                    if shared.leases.heard(claim, is_there, sent) && !is_there {
                        warn!(claim, "a claim was given back to the queue while it was in hand");
                    }
                }
            }
        }
    }
}
