//! What the lanes of a worker share.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use prometheus_client::metrics::gauge::Gauge;
use tokio::time::sleep;
use worker_runtime::{Progress, Shutdown};

use super::{open_claim::Policy, order::Order, plan::Plan, served::Served, tally::Tally};
use crate::queue::Terms;

/// What the lanes of a worker share.
pub(super) struct Shared {
    /// At least one.
    pub(super) queues: Vec<Served>,
    pub(super) order: Order,
    pub(super) terms: Terms,
    pub(super) policy: Policy,
    pub(super) plan: Mutex<Plan>,
    pub(super) tally: Tally,
    pub(super) shutdown: Shutdown,
    pub(super) progress: Progress,
    /// 1 while a queue is paused, for the metrics.
    pub(super) paused: Gauge,
    pub(super) max_task_size: usize,
    pub(super) claim_time: Duration,
    /// When the worker began, and how long it waits from then for a queue that is not there.
    pub(super) began: Instant,
    pub(super) wait_for_queue: Duration,
    /// Held by the one lane that polls an empty queue, so that an idle worker polls once rather
    /// than once per lane.
    pub(super) idle: Arc<tokio::sync::Mutex<()>>,
}

impl Shared {
    pub(super) fn plan(&self) -> std::sync::MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether Redis did not answer last.
    pub(super) fn is_redis_down(&self) -> bool {
        self.queues[0].queue.redis().is_down()
    }

    /// Tasks that wait in all queues, as they were seen last.
    pub(super) fn left(&self) -> u64 {
        self.queues.iter().map(Served::left).sum()
    }

    /// Completes when what is in hand must go back: early enough before the end of the grace period
    /// for Redis to be told.
    pub(super) async fn grace_over(&self) {
        self.shutdown.requested().await;
        let Some(deadline) = self.shutdown.deadline() else { return };
        let left = deadline.saturating_duration_since(Instant::now());
        let margin = (left / 5).min(Duration::from_secs(3));
        sleep(left - margin).await;
    }

    /// Completes when the worker is asked to stop while Redis does not answer: a lane that has
    /// nothing to tell Redis need not wait for it.
    pub(super) async fn stopped_without_redis(&self) {
        const LOOK: Duration = Duration::from_millis(20);
        self.shutdown.requested().await;
        while !self.is_redis_down() {
            sleep(LOOK).await;
        }
    }
}
