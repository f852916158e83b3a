//! One lane: takes a claim, works through it in order, settles it together with taking the next.

use std::{sync::Arc, time::Instant};

use tokio::{sync::OwnedMutexGuard, time::sleep};
use tracing::warn;

use super::{
    attempt::{at_once, one},
    error::LaneError,
    leases::Held,
    open_claim::OpenClaim,
    pace::Pace,
    plan::{End, Idle},
    shared::Shared,
    steps::step,
};
use crate::{
    brokers::redis::Caller,
    handlers::Handler,
    queue::{Claim, Delivery, Settle},
};

/// One lane.
pub(super) struct Lane {
    pub(super) shared: Arc<Shared>,
    caller: Caller,
    handler: Handler,
    pace: Pace,
}

impl Lane {
    pub(super) fn new(shared: Arc<Shared>, caller: Caller, handler: Handler, pace: Pace) -> Lane {
        Lane { shared, caller, handler, pace }
    }

    /// Works until there is a reason to end and returns it; `None` means a shutdown.
    pub(super) async fn run(mut self) -> Result<Option<End>, LaneError> {
        let shared = Arc::clone(&self.shared);
        let mut settle: Option<(Settle, usize)> = None;
        let mut idle: Option<OwnedMutexGuard<()>> = None;
        let mut misses = 0;
        loop {
            let mut end = None;
            let mut asked = 0;
            if !shared.shutdown.is_requested() {
                match shared.plan().ask(self.size(), Instant::now()) {
                    Ok(size) => asked = size,
                    Err(why) => end = Some(why),
                }
            }
            if asked == 0 && settle.is_none() {
                return Ok(end);
            }
            let sent = Instant::now();
            let answer = if let Some(settled) = settle.take() {
                match step(&shared, &mut self.caller, Some(&settled), asked).await {
                    Ok(answer) => answer,
                    Err(error) => {
                        self.hand_back_unstored(settled, &error).await;
                        return Err(error);
                    }
                }
            } else {
                // The answer may bring tasks, so it is awaited as long as Redis is there. Tasks in
                // an answer that was lost come back when their lease runs out.
                tokio::select! {
                    biased;
                    answer = step(&shared, &mut self.caller, None, asked) => answer?,
                    () = shared.stopped_without_redis() => return Ok(None),
                }
            };
            let Some(mut advanced) = answer else {
                shared.plan().answered(asked, 0, Instant::now());
                continue;
            };
            let got = advanced.claim.as_ref().map_or(0, |claim| claim.tasks.len());
            shared.plan().answered(asked, got, Instant::now());
            let left = advanced.pending + advanced.delayed;
            // The length of the list is only a snapshot: others take from it and add to it.
            shared.progress.set_total(shared.plan().total(shared.progress.done(), left));
            if let Some(claim) = advanced.claim.take() {
                idle = None;
                misses = 0;
                if shared.plan().has_too_many_dead() {
                    let left = claim.tasks.len();
                    settle = Some((OpenClaim::new(claim).finish(), left));
                    continue;
                }
                let held = shared.leases.hold(&claim.id, sent);
                let (settled, failure) = self.work(claim, &held).await;
                if let Some(error) = failure {
                    self.hand_back(settled, &error).await;
                    return Err(error);
                }
                settle = Some(settled);
                continue;
            }
            if asked == 0 {
                // A task just settled may be retried, which leaves room within --max-tasks.
                continue;
            }
            let wait = match shared.plan().idle(&advanced, misses, Instant::now(), rand::random()) {
                Idle::End(end) => return Ok(Some(end)),
                Idle::Wait(wait) => wait,
            };
            misses += 1;
            tokio::select! {
                () = shared.shutdown.requested() => {}
                // Only the lane that holds the lock waits; the others look once when they get it.
                () = async {
                    match idle {
                        Some(_) => sleep(wait).await,
                        None => idle = Some(Arc::clone(&shared.idle).lock_owned().await),
                    }
                } => {}
            }
        }
    }

    /// The size of the next claim.
    pub(super) fn size(&self) -> usize {
        self.pace.size()
    }

    /// Returns the unstarted tasks of a claim when the worker ends, so that they lose no attempt: a
    /// missing program is not the fault of the task that it was to handle.
    async fn hand_back(&mut self, settle: (Settle, usize), failure: &LaneError) {
        // If Redis itself is the problem, there is no point in telling it.
        if let LaneError::Start(_) = failure
            && let Err(error) = step(&self.shared, &mut self.caller, Some(&settle), 0).await
        {
            warn!(
                error = &error as &dyn std::error::Error,
                "what is in hand comes back when its lease has run out"
            );
        }
    }

    /// Returns a claim whose results have nowhere to go, as another worker has begun to keep them
    /// in another way: that is nobody's crash. Where tasks may not be given out twice, those that
    /// were handled are over all the same, and only their results are lost.
    async fn hand_back_unstored(&mut self, settled: (Settle, usize), failure: &LaneError) {
        if !failure.is_wrong_type() {
            return;
        }
        let (settle, returned) = settled;
        let (results, tasks) = (settle.results.len(), settle.held);
        let unstored = match self.shared.terms.delivery {
            Delivery::AtLeastOnce => (settle.undone(), tasks),
            Delivery::AtMostOnce => (Settle { results: Vec::new(), ..settle }, returned),
        };
        match step(&self.shared, &mut self.caller, Some(&unstored), 0).await {
            Ok(_) if self.shared.terms.delivery == Delivery::AtMostOnce => {
                warn!(results, "results cannot be stored and are lost; their tasks are over");
            }
            Ok(_) => warn!(tasks, "tasks go back to the queue, as their results cannot be stored"),
            Err(error) => warn!(
                error = &error as &dyn std::error::Error,
                "what is in hand comes back when its lease has run out"
            ),
        }
    }

    /// Works through a claim. Returns what to tell Redis, how many tasks go back, and, if the
    /// worker cannot go on, why.
    pub(super) async fn work(
        &mut self,
        claim: Claim,
        held: &Held,
    ) -> ((Settle, usize), Option<LaneError>) {
        let began = Instant::now();
        let mut claim = OpenClaim::new(claim);
        let mut worked = 0;
        let mut failure = None;
        let Lane { shared, caller, handler, .. } = self;
        match handler {
            Handler::AtOnce(handler) => worked = at_once(shared, &mut claim, held, handler),
            Handler::Awaited(handler) => {
                while claim.next().is_some()
                    && !shared.shutdown.is_requested()
                    && !shared.plan().has_too_many_dead()
                {
                    match one(shared, caller, handler, &mut claim, held).await {
                        Ok(true) => worked += 1,
                        Ok(false) => break,
                        Err(error) => {
                            failure = Some(error);
                            break;
                        }
                    }
                }
            }
        }
        self.pace.learn(worked, began.elapsed());
        let left = claim.left().len();
        ((claim.finish(), left), failure)
    }
}
