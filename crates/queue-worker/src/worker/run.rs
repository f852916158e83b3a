//! A worker's life: looks for the queue, works with its lanes, and ends when they do.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use prometheus_client::metrics::gauge::Gauge;
use tokio::task::JoinSet;
use tracing::info;
use worker_runtime::Pod;

use super::{
    error::LaneError,
    heartbeat::heartbeat,
    lane::Lane,
    open_claim::Policy,
    opening,
    order::Order,
    pace::Pace,
    plan::{Bounds, End, Plan},
    served::Served,
    shared::Shared,
    steps,
    summary::{Left, Summary},
    tally::Tally,
};
use crate::{Queue, brokers::redis::Caller, handlers::Handler, queue::Terms};

/// All that a worker needs to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What it asks of every claim.
    pub terms: Terms,
    /// Which of several queues is asked first.
    pub order: Order,
    /// How it treats failures.
    pub policy: Policy,
    /// Where it ends.
    pub bounds: Bounds,
    /// Work that a crash may undo.
    pub claim_time: Duration,
    /// How long to wait for a queue that does not exist yet.
    pub wait_for_queue: Duration,
    /// Tasks in a claim at most.
    pub max_claim: usize,
    /// Bytes of a task at most; a larger one is dead.
    pub max_task_size: usize,
    /// Random and this process' own.
    pub nonce: String,
}

/// Takes from all of `queues` by one lane per handler until there is a reason to end. `keepers` are
/// the tasks that own the handlers' children; they are awaited at the end.
///
/// # Errors
///
/// When Redis or the handler's program cannot be used, or the queue vanished. Tasks in hand are
/// handed back where that is still possible, and else left to their lease.
pub async fn run(
    queues: Vec<Queue>,
    settings: Settings,
    handlers: Vec<Handler>,
    mut keepers: JoinSet<()>,
    pod: &Pod,
) -> Result<Summary, LaneError> {
    let paused = Gauge::default();
    let help = "Whether a queue is paused: 1 while no task of it is taken, else 0";
    pod.metrics.register("queue_paused", help, paused.clone());
    let shared = Arc::new(Shared {
        queues: queues.into_iter().map(|queue| Served::new(queue, &settings.terms)).collect(),
        order: settings.order,
        began: Instant::now(),
        wait_for_queue: settings.wait_for_queue,
        plan: Mutex::new(Plan::new(settings.bounds.clone(), Instant::now())),
        tally: Tally::default(),
        shutdown: pod.shutdown.clone(),
        progress: pod.progress("tasks", None),
        paused,
        max_task_size: settings.max_task_size,
        claim_time: settings.claim_time,
        terms: settings.terms,
        policy: settings.policy,
        idle: Arc::default(),
    });
    let mut looker = Caller::new(&settings.nonce, handlers.len());
    if !opening::find(&shared, &mut looker, &settings.bounds).await? {
        return Ok(Summary { is_redis_down: shared.is_redis_down(), ..Summary::default() });
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
                // The other lanes hand back what they have, if Redis can still be reached.
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
        Some(End::MaxDead | End::MaxRuntime | End::IdleTimeout) => {
            steps::look(&shared, &mut looker).await?
        }
        _ => Left::default(),
    };
    let summary = Summary {
        end,
        left,
        delivery: Some(shared.terms.delivery),
        is_redis_down: shared.is_redis_down(),
        ..Summary::of(&shared.tally)
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
