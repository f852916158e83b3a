//! What the lanes of a worker share.

use std::{
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use prometheus_client::metrics::gauge::Gauge;
use tokio::time::sleep;
use worker_runtime::{Progress, Shutdown};

use super::{leases::Leases, open_claim::Policy, plan::Plan, tally::Tally};
use crate::{Queue, queue::Terms};

/// What the lanes of a worker share.
pub(super) struct Shared {
    pub(super) queue: Queue,
    pub(super) terms: Terms,
    pub(super) policy: Policy,
    pub(super) leases: Leases,
    pub(super) plan: Mutex<Plan>,
    pub(super) tally: Tally,
    pub(super) epoch: OnceLock<String>,
    pub(super) shutdown: Shutdown,
    pub(super) progress: Progress,
    /// 1 while the queue is paused, for the metrics.
    pub(super) paused: Gauge,
    pub(super) max_task_size: usize,
    pub(super) claim_time: Duration,
    /// Held by the one lane that polls an empty queue, so that an idle worker polls once rather
    /// than once per lane.
    pub(super) idle: Arc<tokio::sync::Mutex<()>>,
}

impl Shared {
    pub(super) fn plan(&self) -> std::sync::MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
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
        while !self.queue.redis().is_down() {
            sleep(LOOK).await;
        }
    }
}
