//! Dead letters: looking at them, beginning them anew, forgetting them.

use redis::{Cmd, Value};

use crate::brokers::redis::{
    keys::Keys,
    record::Record,
    reply::{Parts, ReplyError},
    script,
};

/// Asks for the ids of dead letters from `offset`, the oldest first.
#[must_use]
pub fn ids(keys: &Keys, offset: usize, count: usize) -> Cmd {
    let mut command = redis::cmd("ZRANGE");
    command.arg(keys.dead()).arg(offset).arg(offset + count.max(1) - 1);
    command
}

/// Asks for the ids of dead letters that died before a moment in ms, the oldest first.
#[must_use]
pub fn ids_before(keys: &Keys, before_ms: u64, count: usize) -> Cmd {
    let mut command = redis::cmd("ZRANGEBYSCORE");
    command.arg(keys.dead()).arg("-inf").arg(format!("({before_ms}"));
    command.arg("LIMIT").arg(0).arg(count);
    command
}

/// Reads the answer to [`ids`] and [`ids_before`].
///
/// # Errors
///
/// When it is not a list of texts.
pub fn read_ids(value: Value) -> Result<Vec<String>, ReplyError> {
    let mut parts = Parts::new("a look at the dead letters", value)?;
    let mut ids = Vec::with_capacity(parts.len());
    while !parts.is_empty() {
        ids.push(parts.text()?);
    }
    Ok(ids)
}

/// Asks when a task died: nil when it is no dead letter.
#[must_use]
pub fn score(keys: &Keys, id: &str) -> Cmd {
    let mut command = redis::cmd("ZSCORE");
    command.arg(keys.dead()).arg(id);
    command
}

/// Asks for the record of one failed task.
#[must_use]
pub fn record(keys: &Keys, id: &str) -> Cmd {
    let mut command = redis::cmd("HGET");
    command.arg(keys.failed()).arg(id);
    command
}

/// Asks for the records of several failed tasks.
#[must_use]
pub fn records<S: AsRef<str>>(keys: &Keys, ids: &[S]) -> Cmd {
    let mut command = redis::cmd("HMGET");
    command.arg(keys.failed());
    with_ids(command, ids)
}

/// Reads the answer to [`records`], one for each id.
///
/// # Errors
///
/// As [`read_record`].
pub fn read_records(value: Value) -> Result<Vec<Option<Record>>, ReplyError> {
    let Value::Array(records) = value else {
        return Err(ReplyError { script: "a look at dead letters", what: "no list" });
    };
    records.into_iter().map(read_record).collect()
}

/// Reads the answer to [`record`]: `None` when there is no such task.
///
/// # Errors
///
/// When it is not a record.
pub fn read_record(value: Value) -> Result<Option<Record>, ReplyError> {
    let damaged = ReplyError { script: "a look at a dead letter", what: "a damaged record" };
    match value {
        Value::Nil => Ok(None),
        Value::BulkString(text) => Record::parse(&text).map(Some).ok_or(damaged),
        _ => Err(damaged),
    }
}

/// Puts dead letters at the end of the queue, as fresh tasks. Answers an integer: how many.
#[must_use]
pub fn retry<S: AsRef<str>>(keys: &Keys, ids: &[S]) -> Cmd {
    with_ids(script::DEAD_RETRY.call_on(keys, "").command(), ids)
}

/// Forgets dead letters, each with the keys by which it was unique. Answers an integer: how many.
#[must_use]
pub fn drop<S: AsRef<str>>(keys: &Keys, letters: &[(S, Vec<Vec<u8>>)]) -> Cmd {
    let mut command = script::DEAD_DROP.call_on(keys, "").command();
    for (id, its_keys) in letters {
        command.arg(id.as_ref()).arg(its_keys.len());
        for key in its_keys {
            command.arg(key);
        }
    }
    command
}

fn with_ids<S: AsRef<str>>(mut command: Cmd, ids: &[S]) -> Cmd {
    for id in ids {
        command.arg(id.as_ref());
    }
    command
}
