//! The queues as metrics.

use std::sync::atomic::Ordering;

use worker_runtime::Metrics;
use worker_runtime::prometheus_client::encoding::EncodeLabelSet;
use worker_runtime::prometheus_client::metrics::counter::Counter;
use worker_runtime::prometheus_client::metrics::family::Family;
use worker_runtime::prometheus_client::metrics::gauge::Gauge;

use super::seen::Seen;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfQueue {
    queue: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfState {
    queue: String,
    state: &'static str,
}

/// Sums that Redis keeps since the queue was made or purged, and what they are.
const SUMS: [(&str, &str); 6] = [
    ("pushed", "Tasks pushed by queue-worker; other producers are not counted"),
    ("done", "Tasks done, accepted or rejected"),
    ("retried", "Attempts that failed and were followed by another"),
    ("crashed", "Attempts that ended with their worker"),
    ("dead", "Tasks given up, those that were retried or dropped since included"),
    ("stale", "Answers that came too late: the lease had run out"),
];

/// The metrics of all queues. They are those of the last look.
pub(super) struct Gauges {
    tasks: Family<OfState, Gauge>,
    claims: Family<OfQueue, Gauge>,
    oldest_claim: Family<OfQueue, Gauge>,
    paused: Family<OfQueue, Gauge>,
    results: Family<OfQueue, Gauge>,
    sums: [Family<OfQueue, Counter>; SUMS.len()],
    up: Gauge,
    seen: std::sync::Mutex<Vec<String>>,
}

impl Gauges {
    /// Registers them.
    pub(super) fn new(metrics: &Metrics) -> Gauges {
        let gauges = Gauges {
            tasks: Family::default(),
            claims: Family::default(),
            oldest_claim: Family::default(),
            paused: Family::default(),
            results: Family::default(),
            sums: std::array::from_fn(|_| Family::default()),
            up: Gauge::default(),
            seen: std::sync::Mutex::default(),
        };
        metrics.register("queue_tasks", "Tasks by where they are", gauges.tasks.clone());
        metrics.register("queue_claims", "Claims that workers hold", gauges.claims.clone());
        metrics.register(
            "queue_oldest_claim_seconds",
            "How long ago the oldest listed claim was taken",
            gauges.oldest_claim.clone(),
        );
        metrics.register("queue_is_paused", "1 while no task is given out", gauges.paused.clone());
        metrics.register("queue_results", "Results that are stored", gauges.results.clone());
        for ((what, help), family) in SUMS.iter().zip(&gauges.sums) {
            metrics.register(&format!("queue_{what}"), help, family.clone());
        }
        metrics.register("queue_redis_up", "1 if Redis has answered", gauges.up.clone());
        gauges
    }

    /// Shows what was seen.
    pub(super) fn set(&self, seen: &Seen) {
        self.up.set(i64::from(seen.problem.is_none()));
        let mut before = self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let now: Vec<String> = seen.looks.iter().map(|look| look.name.clone()).collect();
        for name in before.iter().filter(|name| !now.contains(name)) {
            self.remove(name);
        }
        *before = now;
        for look in &seen.looks {
            let status = &look.status;
            let of = OfQueue { queue: look.name.clone() };
            for (state, count) in states(look) {
                let label = OfState { queue: look.name.clone(), state };
                self.tasks.get_or_create(&label).set(count as i64);
            }
            self.claims.get_or_create(&of).set(status.claim_count as i64);
            let oldest = status.claims.iter().map(|claim| claim.age_ms / 1000).max();
            self.oldest_claim.get_or_create(&of).set(oldest.unwrap_or(0) as i64);
            self.paused.get_or_create(&of).set(i64::from(status.paused_since_ms.is_some()));
            self.results.get_or_create(&of).set(status.results as i64);
            for ((what, _), family) in SUMS.iter().zip(&self.sums) {
                family.get_or_create(&of).inner().store(look.count(what), Ordering::Relaxed);
            }
        }
    }

    /// Takes a queue away that is not there any more.
    fn remove(&self, name: &str) {
        let of = OfQueue { queue: name.to_owned() };
        for state in STATES {
            self.tasks.remove(&OfState { queue: name.to_owned(), state });
        }
        for family in [&self.claims, &self.oldest_claim, &self.paused, &self.results] {
            family.remove(&of);
        }
        for family in &self.sums {
            family.remove(&of);
        }
    }
}

/// Where a task can be.
const STATES: [&str; 5] = ["pending", "delayed", "in_hand", "dead", "missing"];

fn states(look: &crate::dashboard::Look) -> [(&'static str, u64); STATES.len()] {
    let status = &look.status;
    let counts = [status.pending, status.delayed, status.in_hand, status.dead, status.missing];
    std::array::from_fn(|place| (STATES[place], counts[place]))
}
