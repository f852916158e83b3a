//! One lane: takes a claim, works through it in order, settles it together with taking the next.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use thiserror::Error;
use tokio::{sync::OwnedMutexGuard, time::sleep};
use tracing::{debug, warn};
use worker_runtime::{Progress, Shutdown};

use super::{
    Left,
    batch::{Batch, Policy},
    leases::{Held, Leases},
    pace::Pace,
    plan::{End, Idle, Plan},
    tally::{self, Tally},
};
use crate::{
    Queue, QueueError,
    handler::{Handler, Outcome, Output, StartError},
    protocol::{Advanced, Claim, Fate, Lane as Caller, Settle, Step, Terms},
};

/// Why a worker cannot go on.
#[derive(Debug, Error)]
pub enum LaneError {
    /// Redis.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The handler's program.
    #[error(transparent)]
    Start(#[from] StartError),
    /// There is no such queue.
    #[error(
        "there is no queue {queue} in redis at {address}: within {:.0} s (--wait-for-queue) nobody has pushed to it, and \
         no worker has ever drained it; is the name right, is it this redis and this database, and has redis kept its \
         data?{similar}", waited.as_secs_f64()
    )]
    Absent {
        /// Its name.
        queue: String,
        /// Where, without user and password.
        address: String,
        /// How long it was waited for.
        waited: Duration,
        /// Queues of a similar name: empty, or a sentence that begins with a blank.
        similar: String,
    },
    /// The queue is not the one that the worker has seen.
    #[error(
        "the queue {queue} vanished: its epoch key is gone or another's, so redis was emptied, \
         restarted without its data, or lost it in a failover; what was in the queue is not done"
    )]
    Vanished {
        /// Its name.
        queue: String,
    },
}

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
    pub(super) max_task_size: usize,
    pub(super) claim_time: Duration,
    /// Held by the lane that looks at an empty queue, so that an idle worker looks once and not
    /// once a lane.
    pub(super) idle: Arc<tokio::sync::Mutex<()>>,
}

impl Shared {
    pub(super) fn plan(&self) -> std::sync::MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When what is in hand must go back: early enough before the grace period ends for Redis to
    /// hear of it.
    async fn grace_over(&self) {
        self.shutdown.requested().await;
        let Some(deadline) = self.shutdown.deadline() else { return };
        let left = deadline.saturating_duration_since(Instant::now());
        let margin = (left / 5).min(Duration::from_secs(3));
        sleep(left - margin).await;
    }

    /// Ends when the worker is asked to stop while Redis does not answer: who has nothing to tell
    /// it need not wait for it.
    async fn stopped_without_redis(&self) {
        const LOOK: Duration = Duration::from_millis(20);
        self.shutdown.requested().await;
        while !self.queue.redis().is_down() {
            sleep(LOOK).await;
        }
    }
}

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

    /// Works until there is a reason to end, and says which: none for a shutdown.
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
            let answer = if settle.is_some() {
                step(&shared, &mut self.caller, settle.take(), asked).await?
            } else {
                // The answer is waited for as long as Redis is there, since it may give tasks.
                // Those that were given by an answer that was lost come back with
                // their lease, as they would if Redis came back an hour later.
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
            // The list is known only in this instant: others take from it and add to it.
            shared.progress.set_total(shared.plan().total(shared.progress.done(), left));
            if let Some(claim) = advanced.claim.take() {
                idle = None;
                misses = 0;
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
                // What was just settled may be tried again, which leaves room within --max-tasks.
                continue;
            }
            let wait = match shared.plan().idle(&advanced, misses, Instant::now(), rand::random()) {
                Idle::End(end) => return Ok(Some(end)),
                Idle::Wait(wait) => wait,
            };
            misses += 1;
            tokio::select! {
                () = shared.shutdown.requested() => {}
                // Only the lane that has been let in waits; the others look once when they are.
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

    /// Tells Redis of a claim that ends with the worker, so that what is not begun costs no
    /// attempt: a program that is not there is no fault of the task that was to be given to it.
    async fn hand_back(&mut self, settle: (Settle, usize), failure: &LaneError) {
        // A Redis that cannot be used does not hear of it either.
        if let LaneError::Start(_) = failure
            && let Err(error) = step(&self.shared, &mut self.caller, Some(settle), 0).await
        {
            warn!(
                error = &error as &dyn std::error::Error,
                "what is in hand comes back when its lease has run out"
            );
        }
    }

    /// Works through a claim; answers what to tell Redis, how many tasks go back, and why the
    /// worker cannot go on.
    pub(super) async fn work(
        &mut self,
        claim: Claim,
        held: &Held,
    ) -> ((Settle, usize), Option<LaneError>) {
        let began = Instant::now();
        let mut batch = Batch::new(claim);
        let mut worked = 0;
        let mut failure = None;
        match &mut self.handler {
            Handler::Simulate(simulate) if simulate.is_instant() => {
                worked =
                    at_once(&self.shared, &mut batch, held, |_| Outcome::Done(Output::Nothing));
            }
            Handler::Validate(validate) => {
                worked =
                    at_once(&self.shared, &mut batch, held, |payload| validate.handle(payload));
            }
            Handler::Simulate(_) | Handler::PerTask(_) | Handler::Lines(_) => {
                while batch.next().is_some() && !self.shared.shutdown.is_requested() {
                    match self.one(&mut batch, held).await {
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
        let left = batch.left().len();
        ((batch.finish(), left), failure)
    }

    /// Works on one task; false when it was broken off, because the claim may be lost or the grace
    /// period is over.
    async fn one(&mut self, batch: &mut Batch, held: &Held) -> Result<bool, LaneError> {
        let Lane { shared, caller, handler, .. } = self;
        let shared: &Shared = shared;
        let mut caller = Some(caller);
        let Some((task, id)) = batch.next() else { return Ok(false) };
        let task = task.clone();
        let began = Instant::now();
        let mut work = Box::pin(attempt(shared, handler, &task, &id));
        let slow = sleep(shared.claim_time);
        tokio::pin!(slow);
        let alone = batch.over() == 0 && batch.left().len() == 1;
        let mut flushed = alone;
        type Flush<'a> =
            Pin<Box<dyn Future<Output = Result<Option<Advanced>, LaneError>> + Send + 'a>>;
        let mut flush: Option<Flush<'_>> = None;
        let ended = loop {
            tokio::select! {
                biased;
                outcome = &mut work => break Some(outcome),
                () = held.unsure() => {
                    warn!(task = id, "the lease may have run out: the task is broken off");
                    break None;
                }
                () = shared.grace_over() => break None,
                // A slow task holds up neither the results before it nor the tasks behind it.
                () = &mut slow, if !flushed && flush.is_none() => {
                    flushed = true;
                    let Some(caller) = caller.take() else { continue };
                    let returned = batch.left().len() - 1;
                    let over = batch.over();
                    let settle = batch.flush();
                    flush = Some(Box::pin(async move {
                        debug!(over, returned, "settled in mid-claim behind a slow task");
                        step(shared, caller, Some((settle, returned)), 0).await
                    }));
                }
                answer = async { flush.as_mut().expect("guarded").await }, if flush.is_some() => {
                    flush = None;
                    if answer?.is_some_and(|advanced| !advanced.settled) {
                        break None;
                    }
                }
            }
        };
        // Ends the task's process before anything else is waited for.
        drop(work);
        if let Some(flush) = flush {
            flush.await?;
        }
        let Some(outcome) = ended else { return Ok(false) };
        batch.ended(outcome?, began.elapsed(), &shared.policy, rand::random());
        Ok(true)
    }
}

/// Tasks that take next to no time are over without a single await.
fn at_once(
    shared: &Shared,
    batch: &mut Batch,
    held: &Held,
    mut handle: impl FnMut(&[u8]) -> Outcome,
) -> usize {
    let mut worked = 0;
    let mut before = Instant::now();
    while let Some(task) = batch.left().first() {
        if worked % 64 == 0 && (shared.shutdown.is_requested() || !held.is_sure(before)) {
            break;
        }
        let outcome = if task.payload.len() > shared.max_task_size {
            oversize(task.payload.len(), shared.max_task_size)
        } else {
            handle(&task.payload)
        };
        let now = Instant::now();
        batch.ended(outcome, now - before, &shared.policy, 0.5);
        before = now;
        worked += 1;
    }
    worked
}

fn oversize(size: usize, most: usize) -> Outcome {
    Outcome::hopeless(
        "oversize",
        format!("the task has {size} bytes, more than --max-task-size ({most})"),
    )
}

async fn attempt(
    shared: &Shared,
    handler: &Handler,
    task: &crate::protocol::Task,
    id: &str,
) -> Result<Outcome, StartError> {
    if task.payload.len() > shared.max_task_size {
        return Ok(oversize(task.payload.len(), shared.max_task_size));
    }
    match handler {
        Handler::Simulate(simulate) => Ok(simulate.handle(id).await),
        Handler::PerTask(command) => command.handle(&task.payload, id, task.attempt()).await,
        Handler::Lines(lines) => lines.handle(&task.payload, id, task.attempt()).await,
        Handler::Validate(_) => unreachable!("it is given whole claims"),
    }
}

/// Looks at the queue without taking anything: what is left in it?
pub(super) async fn look(shared: &Shared, caller: &mut Caller) -> Result<Left, LaneError> {
    let Some(seen) = step(shared, caller, None, 0).await? else {
        // Not known: whoever is in doubt has not done his work.
        return Ok(Left { is_work: true, ..Left::default() });
    };
    let is_work = shared.plan().leaves_work(&seen);
    Ok(Left { is_work, pending: seen.pending, delayed: seen.delayed, claims: seen.claims })
}

/// Takes a step and counts what it settled. `None` when a later step of this lane was executed
/// before it.
async fn step(
    shared: &Shared,
    caller: &mut Caller,
    settle: Option<(Settle, usize)>,
    want: usize,
) -> Result<Option<Advanced>, LaneError> {
    tally::add(&shared.tally.calls, 1);
    let (settle, returned) = match &settle {
        Some((settle, returned)) => (Some(settle), *returned),
        None => (None, 0),
    };
    let epoch = shared.epoch.get().map(String::as_str);
    let answer = shared.queue.advance(caller, &shared.terms, epoch, settle, want).await?;
    let advanced = match answer {
        // A worker has seen the queue before its lanes begin.
        Step::Vanished | Step::Absent => {
            return Err(LaneError::Vanished { queue: shared.queue.keys().pending().to_owned() });
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
    let _ = shared.epoch.set(advanced.epoch.clone());
    noticed(shared, &advanced);
    if let Some(settle) = settle {
        count(shared, settle, returned, advanced.settled);
        let again = settle.failures.iter().filter(|failure| failure.is_retried()).count();
        let over = if advanced.settled { settle.over - again } else { 0 };
        shared.plan().settled(over, settle.over - over + returned, Instant::now());
    }
    Ok(Some(advanced))
}

/// Counts and tells what a step has found out about the queue: what became of the tasks of workers
/// that died is told to whoever comes next, and to nobody else.
pub(super) fn noticed(shared: &Shared, advanced: &Advanced) {
    let tally = &shared.tally;
    tally::set(&tally.queue_dead, advanced.dead);
    tally::set(&tally.missing, advanced.missing);
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
            "the claim was given back to the queue before its results came: they are dropped"
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
