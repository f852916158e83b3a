//! `push`: appends tasks, in batches and in the order of the input.

mod arrivals;
mod batcher;
mod csv_quotes;
mod cutter;
mod header;
mod notes;
mod place;
mod sink;
mod text_check;
pub(super) mod unique_key;

use std::time::{Duration, Instant, SystemTime};

use tokio::sync::mpsc;
use tracing::{info, warn};
use worker_runtime::{Outcome, Pod, Report, Shutdown};

use self::{
    cutter::read_all,
    place::Place,
    sink::{AHEAD, Sink},
};
use super::{
    error::CommandError,
    eviction::{self, Eviction},
    output::moment,
    queue_access::open,
};
use crate::{
    Queue, QueueError,
    brokers::redis::{Due, Pusher},
    cli::{PushArgs, UniqueArgs},
};

/// What is kept of the grace period for saying how far the push came.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// What becomes of the tasks that a push has added, when it is tried again.
fn when_tried_again(known: &UniqueArgs) -> &'static str {
    if known.push_id.is_some() {
        "a push that is tried again with the same --push-id goes on behind them"
    } else if !known.unique && known.unique_by.is_none() {
        "a push that is tried again pushes them again, unless it has a --push-id, or --unique or \
         --unique-by says what is the same"
    } else if known.unique_ttl.is_zero() {
        "a push that is tried again skips them, as their keys are known"
    } else {
        "a push that is tried again within --unique-ttl skips them, as their keys are known"
    }
}

pub(super) async fn push(args: PushArgs, pod: Pod) -> anyhow::Result<Report> {
    let queue = open(&args.queue)?;
    let again = when_tried_again(&args.known);
    let began = Instant::now();
    let progress = pod.progress("tasks", None);
    let (sender, receiver) = mpsc::channel(AHEAD);
    let id = args.known.push_id.clone();
    let nonce = format!("{:016x}", rand::random::<u64>());
    let due = args.later.due();
    tell_of_past(due);
    let pusher = Pusher::named(&nonce, id.as_deref().unwrap_or("")).due(due);
    let mut pusher = pusher.unique_by(args.known.unique_by.as_deref().unwrap_or(""));
    // The queue is there from now on, though nothing may come: a night without work is drained, and
    // not missing.
    let make = async {
        queue.push::<&[u8]>(&mut pusher, &[]).await?;
        warn_of_eviction(&queue, !args.known.unique_ttl.is_zero()).await;
        Ok::<(), QueueError>(())
    };
    tokio::select! {
        biased;
        made = make => made?,
        // As when redis is down: nothing was read yet, so that there is nothing to save.
        () = pod.shutdown.requested() => {
            return Ok(Report::new(Outcome::Stopped).message("nothing was pushed"));
        }
    }
    let place = id.is_some().then(|| Place::beginning(pusher.reached().clone()));
    if let Some(place) = place.as_ref().filter(|place| place.reached() > 0) {
        info!(tasks = place.reached(), "a push of this --push-id has pushed these tasks before");
    }
    let unique_ttl = args.known.unique_ttl;
    let mut sink = Sink { queue, pusher, unique_ttl, progress, added: 0, place };
    let reading = read_all(args, sender, pod.shutdown.clone());
    let sent = tokio::select! {
        sent = sink.send_all(receiver) => Some(sent),
        () = nearly_over(&pod.shutdown) => None,
    };
    let added = sink.added;
    let told = |error: anyhow::Error| match added {
        0 => error.context("nothing was pushed"),
        _ => error.context(format!("{added} tasks were pushed before; {again}")),
    };
    match sent {
        Some(Err(error)) if error.is::<CommandError>() => return Err(error),
        Some(Err(error)) => return Err(told(error)),
        Some(Ok(())) => {}
        None => {
            warn!(tasks = added, "redis does not take the last tasks in time: they are not pushed");
            return Ok(stopped(added, again));
        }
    }
    let totals = match reading.await {
        Ok(totals) => totals.map_err(|error| told(error.into()))?,
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    };
    let missing = sink.place.as_ref().map_or(0, Place::missing);
    if missing > 0 && !totals.is_cut {
        let queue = sink.queue.keys().pending().to_owned();
        return Err(told(CommandError::ShorterPush { queue, missing }.into()));
    }
    let before = sink.place.as_ref().map_or(0, |place| place.passed_over);
    let notes = &totals.notes;
    if totals.read == 0 && !totals.is_cut {
        warn!("the input is empty: the queue is there, and nothing was added to it");
    }
    notes.tell();
    let seconds = began.elapsed().as_secs_f64();
    let skipped = totals.read - added - before;
    info!(
        tasks = added,
        skipped,
        pushed_before = before,
        blank = notes.blank,
        elapsed_ms = (seconds * 1000.0) as u64,
        tasks_per_second = (added as f64 / seconds.max(1e-6)) as u64,
        "pushed"
    );
    let report = if totals.is_cut {
        stopped(added, again)
    } else {
        Report::new(Outcome::Done).count("pushed", added)
    };
    let report = report.count("skipped", skipped);
    let report = if before > 0 { report.count("pushed_before", before) } else { report };
    Ok(notes.count(report))
}

/// Says that a moment is over. Only the words are by this machine's clock.
fn tell_of_past(due: Due) {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    if let Due::At(ms) = due
        && u128::from(ms) + 1000 < now.as_millis()
    {
        warn!(at = moment(ms), "the moment of --at is over: the tasks are due at once");
    }
}

/// A queue that Redis may drop is no place for tasks. Where it does not say, a worker will.
async fn warn_of_eviction(queue: &Queue, forgets_keys: bool) {
    if let Ok(Eviction::Policy(policy)) = eviction::policy(queue).await {
        if policy.starts_with("allkeys-") {
            warn!(
                policy,
                "redis may drop the queue and its tasks when its memory is short: set \
                 maxmemory-policy to noeviction"
            );
        } else if forgets_keys {
            warn!(
                policy,
                "redis may drop the keys of --unique before --unique-ttl is over, when its memory \
                 is short, and tasks would be pushed twice: set maxmemory-policy to noeviction"
            );
        }
    }
}

fn stopped(added: u64, again: &str) -> Report {
    let report = Report::new(Outcome::Stopped).count("pushed", added);
    report
        .message(format!("stopped before the end of the input: {added} tasks are pushed; {again}"))
}

/// Ends shortly before the grace period does.
async fn nearly_over(shutdown: &Shutdown) {
    shutdown.requested().await;
    if let Some(deadline) = shutdown.deadline() {
        let left = deadline.saturating_duration_since(Instant::now());
        tokio::time::sleep(left.saturating_sub(LAST_WORDS)).await;
    }
}
