//! `dead`: what the queue gave up on.

use std::io::{self, Write as _};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::Serialize;
use tracing::{info, warn};
use worker_runtime::Report;

use super::{
    error::CommandError,
    output::{Listener, done, excerpt, moment, print, table},
    push::unique_key::unique_key,
    queue_access::{all_dead, no_queue, open},
};
use crate::{Queue, brokers::redis::Record, cli::DeadCommand};

/// Rows of a table, where nobody has said how many.
const TABLE_ROWS: usize = 100;
/// Ids handled in one call.
const PAGE: usize = 500;

/// A dead letter as JSON.
#[derive(Serialize)]
struct DeadLetter {
    id: String,
    /// The payload, or `task_base64` where it is not UTF-8: then none of its bytes is lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    task_base64: Option<String>,
    task_size_bytes: usize,
    outcome: &'static str,
    reason: String,
    attempts: u32,
    crashes: u32,
    last_error: String,
    first_seen: String,
    died_at: String,
    worker: String,
}

/// What becomes of dead letters.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fate {
    Retried,
    Dropped,
}

impl Fate {
    async fn befalls(self, queue: &Queue, ids: &[String]) -> Result<u64, crate::QueueError> {
        match self {
            Fate::Retried => queue.dead_retry(ids).await,
            Fate::Dropped => drop_with_keys(queue, ids).await,
        }
    }

    fn verb(self) -> &'static str {
        match self {
            Fate::Retried => "retried",
            Fate::Dropped => "dropped",
        }
    }
}

/// Forgets dead letters and the keys by which they were unique: such a task may be pushed again.
async fn drop_with_keys(queue: &Queue, ids: &[String]) -> Result<u64, crate::QueueError> {
    let fields = queue.unique_fields().await?;
    let records = match fields.is_empty() {
        true => vec![None; ids.len()],
        false => queue.records(ids).await?,
    };
    let keys = |record: Option<Record>| match record {
        Some(record) => keys_of(&record.payload, &fields),
        None => Vec::new(),
    };
    let letters: Vec<(&String, Vec<Vec<u8>>)> =
        ids.iter().zip(records).map(|(id, record)| (id, keys(record))).collect();
    queue.dead_drop_keyed(&letters).await
}

/// The keys by which a task may be unique, one for each field that is a key here.
fn keys_of(payload: &[u8], fields: &[String]) -> Vec<Vec<u8>> {
    let key = |field: &String| match field.as_str() {
        "" => Some(payload.to_vec()),
        field => unique_key(payload, field).ok(),
    };
    fields.iter().filter_map(key).collect()
}

impl DeadLetter {
    fn new(id: String, record: &Record) -> DeadLetter {
        let text = str::from_utf8(&record.payload).ok().map(str::to_owned);
        let bytes = text.is_none().then(|| BASE64_STANDARD.encode(&record.payload));
        DeadLetter {
            id,
            task: text,
            task_base64: bytes,
            task_size_bytes: record.payload.len(),
            outcome: "dead",
            reason: record.reason.clone(),
            attempts: record.failures,
            crashes: record.crashes,
            last_error: String::from_utf8_lossy(&record.error).into_owned(),
            first_seen: moment(record.first_seen_ms),
            died_at: moment(record.last_seen_ms),
            worker: record.worker.clone(),
        }
    }
}

pub(super) async fn dead(command: DeadCommand) -> anyhow::Result<Report> {
    match command {
        DeadCommand::List { queue, json, limit } => list(&open(&queue)?, json, limit).await,
        DeadCommand::Show { queue, payload, id } => show(&open(&queue)?, payload, id).await,
        DeadCommand::Retry { queue, ids } => {
            let queue = open(&queue)?;
            let moved = for_each(&queue, ids, Fate::Retried).await?;
            info!(tasks = moved, "dead letters begin anew at the end of the queue");
            Ok(done().count("retried", moved))
        }
        DeadCommand::Drop { all: false, ids, .. } if ids.is_empty() => {
            Err(CommandError::NoIds.into())
        }
        DeadCommand::Drop { queue, all: _, ids } => {
            let queue = open(&queue)?;
            let dropped = for_each(&queue, ids, Fate::Dropped).await?;
            info!(tasks = dropped, "dead letters are forgotten");
            Ok(done().count("dropped", dropped))
        }
    }
}

async fn list(queue: &Queue, json: bool, limit: Option<usize>) -> anyhow::Result<Report> {
    let total = count(queue).await?;
    let limit = limit.unwrap_or(if json { usize::MAX } else { TABLE_ROWS });
    let mut rows = vec![
        ["id", "died at", "reason", "attempts", "crashes", "worker", "last error", "task"]
            .map(str::to_owned)
            .to_vec(),
    ];
    let mut offset = 0;
    while offset < limit {
        let ids = queue.dead_ids(offset, PAGE.min(limit - offset)).await?;
        if ids.is_empty() {
            break;
        }
        offset += ids.len();
        for id in ids {
            // One that was retried meanwhile is gone.
            let Some(record) = queue.record(&id).await? else { continue };
            if json {
                let line = serde_json::to_string(&DeadLetter::new(id, &record))?;
                if print(&format!("{line}\n"))? == Listener::HasGone {
                    return Ok(done().count("dead", total));
                }
            } else {
                rows.push(vec![
                    id,
                    moment(record.last_seen_ms),
                    record.reason.clone(),
                    record.failures.to_string(),
                    record.crashes.to_string(),
                    record.worker.clone(),
                    excerpt(&record.error, 60),
                    excerpt(&record.payload, 60),
                ]);
            }
        }
    }
    if !json {
        let shown = rows.len() as u64 - 1;
        if shown > 0 {
            print(&table(&rows))?;
        }
        print(&format!("{shown} of {total} dead letters\n"))?;
    } else if total > offset as u64 {
        warn!(shown = offset, dead = total, "--limit leaves the others out");
    }
    Ok(done().count("dead", total))
}

async fn show(queue: &Queue, payload: bool, id: String) -> anyhow::Result<Report> {
    let is_dead = queue.is_dead(&id).await?;
    let Some(record) = queue.record(&id).await?.filter(|_| is_dead) else {
        return Err(no_such(queue, id).await?.into());
    };
    if payload {
        let mut stdout = io::stdout().lock();
        stdout.write_all(&record.payload)?;
        stdout.flush()?;
    } else {
        print(&format!("{}\n", serde_json::to_string_pretty(&DeadLetter::new(id, &record))?))?;
    }
    Ok(done())
}

/// How many dead letters there are, in a queue that is there.
async fn count(queue: &Queue) -> anyhow::Result<u64> {
    let dead = all_dead(queue).await?;
    if dead == 0 && !queue.status(0).await?.exists() {
        return Err(no_queue(queue).await.into());
    }
    Ok(dead)
}

/// What to say of an id that is no dead letter's: a task that failed may wait for its next attempt.
async fn no_such(queue: &Queue, id: String) -> Result<CommandError, crate::QueueError> {
    let where_it_is = match queue.record(&id).await? {
        Some(record) => {
            format!(
                ", but a task of this id, which waits for attempt {} or is in hand",
                record.next_attempt()
            )
        }
        None => String::new(),
    };
    Ok(CommandError::NoSuchDeadLetter { id, where_it_is })
}

/// Handles the ids given, or all that are there now, page by page.
pub(super) async fn for_each(
    queue: &Queue,
    mut ids: Vec<String>,
    fate: Fate,
) -> anyhow::Result<u64> {
    if !ids.is_empty() {
        ids.sort();
        ids.dedup();
        let given = ids.len();
        let (mut acted, mut missing) = (0, Vec::new());
        for page in ids.chunks(PAGE) {
            let mut there = Vec::with_capacity(page.len());
            for id in page {
                if queue.is_dead(id).await? {
                    there.push(id.clone())
                } else {
                    missing.push(id.clone())
                }
            }
            acted += fate.befalls(queue, &there).await?;
        }
        return match missing.len() {
            0 => Ok(acted),
            1 if given == 1 => Err(no_such(queue, missing.remove(0)).await?.into()),
            _ => Err(CommandError::NoSuchDeadLetters {
                ids: missing,
                given,
                verb: fate.verb(),
                acted,
            }
            .into()),
        };
    }
    // What dies again meanwhile is not taken twice: only as many as there were.
    let mut left = usize::try_from(count(queue).await?).unwrap_or(usize::MAX);
    let mut acted = 0;
    while left > 0 {
        let page = queue.dead_ids(0, PAGE.min(left)).await?;
        if page.is_empty() {
            break;
        }
        left = left.saturating_sub(page.len());
        acted += fate.befalls(queue, &page).await?;
    }
    Ok(acted)
}

/// Handles those that had died before a moment of the broker's clock, page by page: what dies
/// meanwhile, or dies again, is left alone.
pub(super) async fn all_before(
    queue: &Queue,
    before_ms: u64,
    fate: Fate,
) -> Result<u64, crate::QueueError> {
    let mut acted = 0;
    loop {
        let page = queue.dead_before(before_ms, PAGE).await?;
        if page.is_empty() {
            return Ok(acted);
        }
        acted += fate.befalls(queue, &page).await?;
    }
}
