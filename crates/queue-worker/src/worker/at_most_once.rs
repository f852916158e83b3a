//! Delivery at most once: plain LPOP. What a worker has in hand when it dies is gone, and nothing is tried again.

use std::{sync::Arc, time::Instant};

use tokio::time::sleep;
use tracing::warn;

use super::{
    lane::{Lane, LaneError},
    plan::{End, Idle},
    tally,
};
use crate::{
    handler::digest,
    protocol::{Advanced, Claim, Task},
};

impl Lane {
    /// Works until there is a reason to end, and says which: none for a shutdown.
    pub(super) async fn run_at_most_once(mut self) -> Result<Option<End>, LaneError> {
        let shared = Arc::clone(&self.shared);
        let mut misses = 0;
        let epoch = shared.queue.begin_epoch(&format!("popped-{:016x}", rand::random::<u64>())).await?;
        loop {
            if shared.shutdown.is_requested() {
                return Ok(None);
            }
            let asked = match shared.plan().ask(self.size(), Instant::now()) {
                Ok(size) => size,
                Err(why) => return Ok(Some(why)),
            };
            tally::add(&shared.tally.calls, 1);
            let sent = Instant::now();
            let payloads = shared.queue.pop(asked).await?;
            shared.plan().answered(asked, payloads.len(), Instant::now());
            if payloads.is_empty() {
                // A list that Redis has lost is as empty as one that is done.
                if shared.queue.epoch().await? != epoch {
                    return Err(LaneError::Vanished { queue: shared.queue.keys().pending().to_owned() });
                }
                let wait = match shared.plan().idle(&empty(), misses, Instant::now(), rand::random()) {
                    Idle::End(end) => return Ok(Some(end)),
                    Idle::Wait(wait) => wait,
                };
                misses += 1;
                tokio::select! { () = shared.shutdown.requested() => {}, () = sleep(wait) => {} }
                continue;
            }
            misses = 0;
            let tasks: Vec<Task> = payloads.into_iter().map(Task::fresh).collect();
            let claim = Claim { id: format!("popped-{:016x}", rand::random::<u64>()), tasks: tasks.clone() };
            let held = shared.leases.hold(&claim.id, sent);
            let (settle, left) = self.work(claim, &held).await?;
            for failure in &settle.failures {
                let error = failure.error.escape_ascii().to_string();
                // It has no id that anybody could look up, so its payload is what it can be known by.
                let task = digest(&tasks[failure.place].payload);
                warn!(task, error, "a task failed and is gone, as --delivery at-most-once wants it");
            }
            shared.queue.store(&mut self.pusher, &settle.results, &shared.terms).await?;
            // What was not begun has not been delivered.
            let unbegun: Vec<&[u8]> = tasks[tasks.len() - left..].iter().map(|task| task.payload.as_slice()).collect();
            shared.queue.put_back(&mut self.pusher, &unbegun).await?;
            let failed = settle.failures.len();
            tally::add(&shared.tally.done, settle.over - failed);
            tally::add(&shared.tally.failed, failed);
            tally::add(&shared.tally.returned, left);
            shared.progress.advance((settle.over - failed) as u64);
            shared.plan().settled(settle.over, left, Instant::now());
        }
    }
}

/// All that LPOP says of a queue when it gives nothing.
fn empty() -> Advanced {
    Advanced {
        settled: true,
        epoch: String::new(),
        now_ms: 0,
        pending: 0,
        delayed: 0,
        claims: 0,
        dead: 0,
        next_expiry_ms: None,
        next_due_ms: None,
        claim: None,
    }
}
