//! What became of each task.

use std::collections::{BTreeMap, BTreeSet};

use queue_worker::brokers::redis::Record;
use redis::{Connection, FromRedisValue};

use crate::queue::{process::Worker, server::Server};

/// Sends a command.
pub fn ask<T: FromRedisValue>(connection: &mut Connection, words: &[&str]) -> T {
    redis::cmd(words[0]).arg(&words[1..]).query(connection).unwrap()
}

/// Number of results so far; `None` where Redis does not answer.
pub fn results(server: &Server) -> Option<usize> {
    let mut connection = redis::Client::open(server.url()).unwrap().get_connection().ok()?;
    redis::cmd("LLEN").arg("{q}:results").query(&mut connection).ok()
}

/// The names of so many tasks.
pub fn names(tasks: usize) -> BTreeSet<String> {
    (0..tasks).map(|number| format!("task {number}")).collect()
}

/// Pushes so many tasks with the worker's own command.
pub fn push(url: &str, tasks: usize) {
    let lines: String = (0..tasks).map(|number| format!("task {number}\n")).collect();
    Worker::feed(url, &["push"], lines.as_bytes()).expect(0);
}

/// What became of the tasks of a run.
#[derive(Debug)]
pub struct Audit {
    /// Tasks with exactly one result, or a dead letter that has a reason.
    pub sound: usize,
    /// Tasks with neither.
    pub lost: BTreeSet<String>,
    /// How many tasks have more than one.
    pub doubled: usize,
}

impl Audit {
    /// Looks at a drained queue.
    #[track_caller]
    pub fn of(connection: &mut Connection, expected: &BTreeSet<String>) -> Audit {
        for open in ["q", "{q}:delayed", "{q}:leases", "{q}:owners"] {
            assert!(!ask::<bool>(connection, &["EXISTS", open]), "{open} is not drained");
        }
        let mut ends: BTreeMap<String, usize> = BTreeMap::new();
        let lines: Vec<String> = ask(connection, &["LRANGE", "{q}:results", "0", "-1"]);
        for line in &lines {
            let result: serde_json::Value = serde_json::from_str(line).unwrap();
            *ends.entry(result["task"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        let records: Vec<Vec<u8>> = ask(connection, &["HVALS", "{q}:failed"]);
        for record in &records {
            let record = Record::parse(record).unwrap();
            assert_ne!(record.reason, "-", "a dead letter has a reason");
            *ends.entry(String::from_utf8(record.payload).unwrap()).or_default() += 1;
        }
        let unknown: Vec<&String> = ends.keys().filter(|task| !expected.contains(*task)).collect();
        assert!(unknown.is_empty(), "nobody pushed {unknown:?}");
        Audit {
            sound: ends.values().filter(|times| **times == 1).count(),
            lost: expected.iter().filter(|task| !ends.contains_key(*task)).cloned().collect(),
            doubled: ends.values().filter(|times| **times > 1).count(),
        }
    }
}
