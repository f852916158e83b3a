//! One step of a lane: settle what is in hand and take the next, in one round trip.

use std::{num::NonZeroU64, time::Duration};

use redis::{Cmd, Value};

use crate::{
    brokers::redis::{
        keys::Keys,
        record::Record,
        reply::{Parts, ReplyError},
        script,
    },
    queue::{
        Advanced, Claim, Delivery, Fate, Past, Rate, Rest, ResultStore, Settle, Step, Task, Terms,
    },
};

/// How long Redis remembers a lane's last call, for one that is sent twice.
const CALL_TTL: Duration = Duration::from_secs(3600);
/// A step gives back whole expired claims until it has moved so many tasks.
pub const RECOVER_BUDGET: usize = 256;

/// A caller whose calls are numbered, so that one sent twice is executed once.
#[derive(Clone, Debug)]
pub struct Caller {
    name: String,
    sequence: u64,
}

impl Caller {
    /// `nonce` is random and the process' own; `number` tells its lanes apart.
    #[must_use]
    pub fn new(nonce: &str, number: usize) -> Caller {
        Caller { name: format!("{nonce}.{number}"), sequence: 0 }
    }
}

/// A step that is on its way; it may be sent any number of times.
#[derive(Debug)]
pub struct Call {
    command: Cmd,
    new_claim: String,
}

/// Writes a step's command. `want` 0 takes nothing.
///
/// `epoch` is what an earlier step answered; `None` makes the queue's epoch where there are tasks
/// and none is.
#[must_use]
pub fn advance(
    keys: &Keys,
    caller: &mut Caller,
    terms: &Terms,
    epoch: Option<&str>,
    settle: Option<&Settle>,
    want: usize,
) -> Call {
    caller.sequence += 1;
    let id = format!("{}.{}", caller.name, caller.sequence);
    let new_claim = if want > 0 { id.clone() } else { String::new() };
    let keep = match settle.map(|settle| settle.rest) {
        None | Some(Rest::Keep) => -1,
        Some(Rest::Return { keep }) => i64::try_from(keep).unwrap_or(i64::MAX),
    };
    let (failures, results) =
        settle.map_or((&[][..], &[][..]), |settle| (&settle.failures[..], &settle.results[..]));
    let mut command = script::ADVANCE
        .call_on(keys, &caller.name)
        .named("sequence", caller.sequence)
        .named("worker", &terms.worker)
        .named("expected_epoch", epoch.unwrap_or(""))
        .named("new_epoch", &id)
        .named("old_id", settle.map_or("", |settle| &settle.claim))
        .named("held", settle.map_or(0, |settle| settle.held))
        .named("over", settle.map_or(0, |settle| settle.over))
        .named("keep", keep)
        .named("mode", mode(terms.results))
        .named("result_limit", terms.results_limit)
        .named("result_ttl_ms", millis(terms.results_ttl))
        .named("new_id", &new_claim)
        .named("want", want)
        .named("max_bytes", terms.max_bytes)
        .named("lease_ms", millis(terms.lease))
        .named("limit", terms.limit)
        .named("max_crashes", terms.max_crashes)
        .named("call_ttl_ms", millis(CALL_TTL))
        .named("recover_budget", RECOVER_BUDGET)
        .named("once", if terms.delivery == Delivery::AtMostOnce { "once" } else { "" })
        .named("forget_ms", millis(terms.forget_after))
        .named("interval", terms.rate.map_or(0.0, Rate::interval_us))
        .named("failure_count", failures.len())
        .command();
    for failure in failures {
        command
            .arg(failure.place)
            .arg(match failure.fate {
                Fate::Again { after } => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
                Fate::Dead | Fate::Gone { .. } => -1,
            })
            .arg(failure.reason)
            .arg(&failure.error);
    }
    for result in results {
        command.arg(result);
    }
    Call { command, new_claim }
}

/// The script's word for where results go.
fn mode(results: ResultStore) -> &'static str {
    match results {
        ResultStore::List => "list",
        ResultStore::Stream => "stream",
        ResultStore::None => "none",
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl Call {
    /// What to send.
    #[must_use]
    pub fn command(&self) -> &Cmd {
        &self.command
    }

    /// Reads the answer.
    ///
    /// # Errors
    ///
    /// When it is not one that the script gives.
    pub fn read(self, value: Value) -> Result<Step, ReplyError> {
        let mut parts = Parts::new("a step", value)?;
        match parts.bytes()?.as_slice() {
            b"vanished" => return Ok(Step::Vanished),
            b"absent" => return Ok(Step::Absent),
            b"superseded" => return Ok(Step::Superseded),
            b"ok" => {}
            _ => return Err(parts.wrong("an unknown answer")),
        }
        let settled = parts.number()? == 1;
        let epoch = parts.text()?;
        let now_ms = parts.count()?;
        let pending = parts.count()?;
        let delayed = parts.count()?;
        let claims = parts.count()?;
        let dead = parts.count()?;
        let next_expiry_ms = parts.time()?;
        let next_due_ms = parts.time()?;
        let mut ids = parts.array()?;
        let mut buried = Vec::with_capacity(ids.len());
        while !ids.is_empty() {
            buried.push(ids.text()?);
        }
        let gone = parts.count()?;
        let missing = parts.count()?;
        let is_paused = parts.number()? == 1;
        let next_token_ms = parts.time()?;
        let retried = parts.bytes()? == b"r";
        let items = parts.array()?;
        let tasks = if retried { read_retried(items)? } else { read_fresh(items)? };
        Ok(Step::Taken(Advanced {
            settled,
            epoch,
            now_ms,
            pending,
            delayed,
            claims,
            dead,
            next_expiry_ms,
            next_due_ms,
            next_give_ms: match is_paused {
                true => None,
                false => next_give(pending, next_due_ms, next_token_ms).and_then(NonZeroU64::new),
            },
            buried,
            gone,
            missing,
            is_paused,
            claim: (!tasks.is_empty()).then_some(Claim { id: self.new_claim, tasks }),
        }))
    }
}

/// When a task is given out that was not, by what waits and by the rate.
fn next_give(pending: u64, due_ms: Option<u64>, token_ms: Option<u64>) -> Option<u64> {
    let due = due_ms.map(|due| due.max(token_ms.unwrap_or(0)));
    [due, token_ms.filter(|_| pending > 0)].into_iter().flatten().min()
}

fn read_fresh(mut items: Parts) -> Result<Vec<Task>, ReplyError> {
    let mut tasks = Vec::with_capacity(items.len());
    while !items.is_empty() {
        tasks.push(Task::fresh(items.bytes()?));
    }
    Ok(tasks)
}

fn read_retried(mut items: Parts) -> Result<Vec<Task>, ReplyError> {
    let mut tasks = Vec::with_capacity(items.len() / 2);
    while !items.is_empty() {
        let id = items.text()?;
        let record = Record::parse(&items.bytes()?).ok_or(items.wrong("a damaged record"))?;
        let past = Past { id, failures: record.failures, crashes: record.crashes };
        tasks.push(Task { payload: record.payload, past: Some(Box::new(past)) });
    }
    Ok(tasks)
}
