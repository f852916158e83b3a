//! Looks at the queues, never more often than Redis should be asked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::gauges::Gauges;
use super::seen::Seen;
use crate::{
    Queue, QueueError,
    brokers::redis::{Discovery, Keys, connection::Redis},
    dashboard::{Look, Rates},
};

/// A look costs one call a queue; two calls a second are what a page that is open may cost.
const PER_CALL: Duration = Duration::from_millis(500);
/// A page of keys is looked through so often while the walk goes on, and a new walk begins after
/// the second.
const WALK: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(5)];
/// A page waits no longer for Redis.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
/// Claims that are listed at most.
const CLAIMS: usize = 100;
/// The span of a rate, in ms.
const MINUTE: u64 = 60 * 1000;
const HOUR: u64 = 60 * MINUTE;

/// The queues that are shown.
pub(super) struct Watch {
    redis: Redis,
    named: BTreeSet<String>,
    gauges: Gauges,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    discovery: Discovery,
    walked_at: Option<Instant>,
    rates: BTreeMap<String, Rates>,
    seen: Arc<Seen>,
    seen_at: Option<Instant>,
}

impl Watch {
    /// Watches the queues of these names, or all that are found.
    pub(super) fn new(redis: Redis, named: BTreeSet<String>, gauges: Gauges) -> Watch {
        Watch { redis, named, gauges, state: Mutex::default() }
    }

    /// Where Redis is.
    pub(super) fn address(&self) -> String {
        self.redis.address()
    }

    /// The queue of this name; `None` where it is not among those that are shown, or where a queue
    /// cannot be called so.
    pub(super) fn queue(&self, name: &str) -> Option<Queue> {
        if !self.named.is_empty() && !self.named.contains(name) {
            return None;
        }
        Some(Queue::new(self.redis.clone(), Keys::new(name).ok()?))
    }

    /// Whether this queue was named when the page was started.
    pub(super) fn is_named(&self, name: &str) -> bool {
        self.named.contains(name)
    }

    /// The first look. Waits for Redis as every command does.
    ///
    /// # Errors
    ///
    /// When Redis cannot be asked, for good or for too long.
    pub(super) async fn begin(&self) -> Result<(), QueueError> {
        let mut state = self.state.lock().await;
        let looks = self.look_anew(&mut state).await?;
        state.seen = Arc::new(Seen { looks, problem: None });
        state.seen_at = Some(Instant::now());
        self.gauges.set(&state.seen);
        Ok(())
    }

    /// All queues, as they are now or were a moment ago. `anew` after something was changed.
    pub(super) async fn look(&self, anew: bool) -> Arc<Seen> {
        let mut state = self.state.lock().await;
        let calls = state.seen.looks.len().max(1) as u32;
        let is_fresh = state.seen_at.is_some_and(|at| at.elapsed() < PER_CALL * (calls + 1));
        if is_fresh && !anew {
            return Arc::clone(&state.seen);
        }
        let looked = timeout(PATIENCE, self.look_anew(&mut state)).await;
        let problem = match looked {
            Ok(Ok(looks)) => {
                state.seen = Arc::new(Seen { looks, problem: None });
                None
            }
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some(format!(
                "redis at {} has not answered for {} s",
                self.redis.address(),
                PATIENCE.as_secs()
            )),
        };
        if problem.is_some() {
            state.seen = Arc::new(Seen { looks: state.seen.looks.clone(), problem });
        }
        state.seen_at = Some(Instant::now());
        self.gauges.set(&state.seen);
        Arc::clone(&state.seen)
    }

    async fn look_anew(&self, state: &mut State) -> Result<Vec<Look>, QueueError> {
        if self.named.is_empty() {
            self.walk(state).await?;
        }
        let names = if self.named.is_empty() {
            state.discovery.names().clone()
        } else {
            self.named.clone()
        };
        let mut looks = Vec::with_capacity(names.len());
        for name in names {
            let Some(queue) = self.queue(&name) else { continue };
            let status = queue.status(CLAIMS).await?;
            if !status.exists() && self.named.is_empty() {
                state.discovery.forget(&name);
                state.rates.remove(&name);
                continue;
            }
            let count = |what: &str| status.counts.get(what).copied().unwrap_or(0);
            let (now, settled) = (status.now_ms, count("done") + count("dead") + count("gone"));
            let rates = state.rates.entry(name.clone()).or_default();
            rates.note(now, settled);
            looks.push(Look {
                per_second: rates.per_second(now, settled, MINUTE),
                per_second_in_hour: rates.per_second(now, settled, HOUR),
                name,
                status,
            });
        }
        Ok(looks)
    }

    /// Goes on with the walk through the keys. The first one goes to its end at once, since a page
    /// that lacks half of the queues is worse than one that is late.
    async fn walk(&self, state: &mut State) -> Result<(), QueueError> {
        loop {
            let is_first = state.walked_at.is_none();
            let pause = WALK[usize::from(state.discovery.is_at_the_end())];
            if state.walked_at.is_some_and(|at| at.elapsed() < pause) {
                return Ok(());
            }
            state.discovery.step(&self.redis).await?;
            if !is_first || state.discovery.is_at_the_end() {
                state.walked_at = Some(Instant::now());
            }
        }
    }
}
