//! One lane: takes a claim, works through it in order, settles it together with taking the next.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{sync::OwnedMutexGuard, time::sleep};
use tracing::warn;

use super::{
    attempt::{at_once, one},
    drained::are_all_drained,
    error::LaneError,
    leases::Held,
    open_claim::OpenClaim,
    opening::one_is_absent,
    pace::Pace,
    plan::{End, Idle},
    shared::Shared,
    steps::{Settled, Taken, advance, step},
};
use crate::{
    brokers::redis::Caller,
    handlers::Handler,
    queue::{Claim, Delivery, Settle},
};

/// When several queues are looked at again that were not all drained at one moment.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

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
        let mut settle: Option<Settled> = None;
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
            let answer = if settle.is_some() {
                match advance(&shared, &mut self.caller, &mut settle, asked).await {
                    Ok(answer) => answer,
                    Err(error) => {
                        if let Some(untold) = settle {
                            self.hand_back_unstored(untold, &error).await;
                        }
                        return Err(error);
                    }
                }
            } else {
                // The answer may bring tasks, so it is awaited as long as Redis is there. Tasks in
                // an answer that was lost come back when their lease runs out.
                tokio::select! {
                    biased;
                    answer = advance(&shared, &mut self.caller, &mut settle, asked) => answer?,
                    () = shared.stopped_without_redis() => return Ok(None),
                }
            };
            let Some(Taken { at, mut advanced }) = answer else {
                settle = None;
                shared.plan().answered(asked, 0, Instant::now());
                continue;
            };
            let got = advanced.claim.as_ref().map_or(0, |claim| claim.tasks.len());
            shared.plan().answered(asked, got, Instant::now());
            let left = shared.left();
            // The length of the list is only a snapshot: others take from it and add to it.
            shared.progress.set_total(shared.plan().total(shared.progress.done(), left));
            if let Some(claim) = advanced.claim.take() {
                idle = None;
                misses = 0;
                if shared.plan().has_too_many_dead() {
                    let left = claim.tasks.len();
                    let handed_back = OpenClaim::new(claim).finish();
                    settle = Some(Settled { at, settle: handed_back, returned: left });
                    continue;
                }
                let held = shared.queues[at].leases.hold(&claim.id, sent);
                let (settled, failure) = self.work(at, claim, &held).await;
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
            let now = Instant::now();
            let next = shared.plan().idle(&advanced, misses, now, rand::random());
            let wait = match next {
                Idle::End(end) if self.is_surely(end).await? => return Ok(Some(end)),
                Idle::End(_) => LOOK_AGAIN,
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

    /// Whether an end that one queue alone would be sure of is one for all of several.
    async fn is_surely(&self, end: End) -> Result<bool, LaneError> {
        let shared = &self.shared;
        let is_of_the_queues = matches!(end, End::Drained | End::Empty);
        if shared.queues.len() == 1 || !is_of_the_queues {
            return Ok(true);
        }
        if one_is_absent(shared).await? {
            return Ok(false);
        }
        Ok(end == End::Empty || are_all_drained(shared).await?)
    }

    /// The size of the next claim.
    pub(super) fn size(&self) -> usize {
        self.pace.size()
    }

    /// Returns the unstarted tasks of a claim when the worker ends, so that they lose no attempt: a
    /// missing program is not the fault of the task that it was to handle.
    async fn hand_back(&mut self, settled: Settled, failure: &LaneError) {
        // If Redis itself is the problem, there is no point in telling it.
        if let LaneError::Start(_) = failure
            && let Err(error) = self.tell(settled).await
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
    async fn hand_back_unstored(&mut self, settled: Settled, failure: &LaneError) {
        if !failure.is_wrong_type() {
            return;
        }
        let Settled { at, settle, returned } = settled;
        let (results, tasks) = (settle.results.len(), settle.held);
        let unstored = match self.shared.terms.delivery {
            Delivery::AtLeastOnce => (settle.undone(), tasks),
            Delivery::AtMostOnce => (Settle { results: Vec::new(), ..settle }, returned),
        };
        let (settle, returned) = unstored;
        match self.tell(Settled { at, settle, returned }).await {
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

    /// Tells of a claim and takes none.
    async fn tell(&mut self, settled: Settled) -> Result<(), LaneError> {
        let at = settled.at;
        step(&self.shared, &mut self.caller, at, Some(&settled), 0).await.map(|_| ())
    }

    /// Works through a claim of the queue at a place. Returns what to tell Redis, how many tasks go
    /// back, and, if the worker cannot go on, why.
    pub(super) async fn work(
        &mut self,
        at: usize,
        claim: Claim,
        held: &Held,
    ) -> (Settled, Option<LaneError>) {
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
                    match one(shared, caller, handler, at, &mut claim, held).await {
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
        let returned = claim.left().len();
        (Settled { at, settle: claim.finish(), returned }, failure)
    }
}
