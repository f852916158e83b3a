//! The whole state of a queue, read from Redis key by key, without the worker's own reading code.

use std::collections::{BTreeMap, BTreeSet};

use redis::Connection;

use super::model::Due;

/// A failed task's record without its times.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Past {
    pub failures: u32,
    pub crashes: u32,
    pub reason: String,
    pub worker: String,
    pub error: Vec<u8>,
    pub payload: Vec<u8>,
}

impl Past {
    /// That of a task for later.
    pub fn untried(payload: Vec<u8>) -> Past {
        let (reason, worker) = ("-".into(), "-".into());
        Past { failures: 0, crashes: 0, reason, worker, error: Vec::new(), payload }
    }

    /// Its bytes as Redis keeps it; a time in ms has 13 digits.
    pub fn record_length(&self) -> usize {
        let Past { failures, crashes, reason, worker, error, payload } = self;
        let line =
            format!("{failures} {crashes} {:013} {:013} {reason} {worker} {}\n", 0, 0, error.len());
        line.len() + error.len() + payload.len()
    }
}

/// One claim.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClaimState {
    pub retried: bool,
    pub size: usize,
    pub worker: String,
    pub items: Vec<Vec<u8>>,
}

/// Everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    pub pending: Vec<Vec<u8>>,
    pub claims: BTreeMap<String, ClaimState>,
    /// Those that are due, in their order.
    pub due: Vec<String>,
    /// Those that are not.
    pub later: BTreeSet<String>,
    pub dead: BTreeSet<String>,
    pub failed: BTreeMap<String, Past>,
    pub results: Vec<Vec<u8>>,
    pub counts: BTreeMap<String, u64>,
    pub is_paused: bool,
    /// Whether the bucket of a rate has been taken from.
    pub has_spent: bool,
    /// Ids of the tasks in hand that were cancelled.
    pub cancelled: BTreeSet<String>,
}

fn ask<T: redis::FromRedisValue>(connection: &mut Connection, words: &[&str]) -> T {
    redis::cmd(words[0]).arg(&words[1..]).query(connection).unwrap()
}

fn past(text: &[u8]) -> Past {
    let end = text.iter().position(|b| *b == b'\n').unwrap();
    let line = str::from_utf8(&text[..end]).unwrap();
    let words: Vec<&str> = line.split(' ').collect();
    let length: usize = words[6].parse().unwrap();
    Past {
        failures: words[0].parse().unwrap(),
        crashes: words[1].parse().unwrap(),
        reason: words[4].into(),
        worker: words[5].into(),
        error: text[end + 1..end + 1 + length].to_vec(),
        payload: text[end + 1 + length..].to_vec(),
    }
}

/// Reads everything of the queue `name`, and fails when a key is there that should not be, or a
/// lease without an owner, an owner without tasks, a failed task in no place or in two.
pub fn read(connection: &mut Connection, name: &str) -> Snapshot {
    let key = |what: &str| format!("{{{name}}}:{what}");
    let leases: Vec<String> = ask(connection, &["ZRANGE", &key("leases"), "0", "-1"]);
    let owners: BTreeMap<String, String> = ask(connection, &["HGETALL", &key("owners")]);
    let mut claims = BTreeMap::new();
    for id in &leases {
        let owner: Vec<&str> = owners[id].split(' ').collect();
        let items: Vec<Vec<u8>> =
            ask(connection, &["LRANGE", &key(&format!("claim:{id}")), "0", "-1"]);
        assert!(!items.is_empty(), "claim {id} is empty");
        claims.insert(
            id.clone(),
            ClaimState {
                retried: owner[0] == "r",
                size: owner[1].parse().unwrap(),
                worker: owner[2].into(),
                items,
            },
        );
    }
    assert_eq!(owners.len(), leases.len(), "an owner without a lease");
    let lists: Vec<String> = ask(connection, &["KEYS", &key("claim:*")]);
    assert_eq!(lists.len(), leases.len(), "a claim's list without a lease");
    let texts: BTreeMap<String, Vec<u8>> = ask(connection, &["HGETALL", &key("failed")]);
    let (seconds, micros): (u64, u64) = ask(connection, &["TIME"]);
    let now = (seconds * 1000 + micros / 1000).to_string();
    let snapshot = Snapshot {
        pending: ask(connection, &["LRANGE", name, "0", "-1"]),
        claims,
        due: ask(connection, &["ZRANGEBYSCORE", &key("delayed"), "-inf", &now]),
        later: ask(connection, &["ZRANGEBYSCORE", &key("delayed"), &format!("({now}"), "+inf"]),
        dead: ask(connection, &["ZRANGE", &key("dead"), "0", "-1"]),
        failed: texts.into_iter().map(|(id, text)| (id, past(&text))).collect(),
        results: ask(connection, &["LRANGE", &key("results"), "0", "-1"]),
        counts: ask(connection, &["HGETALL", &key("counts")]),
        is_paused: ask(connection, &["EXISTS", &key("paused")]),
        cancelled: ask(connection, &["SMEMBERS", &key("cancelled")]),
        has_spent: ask(connection, &["EXISTS", &key("rate")]),
    };
    let mut places: Vec<String> = snapshot.due.clone();
    places.extend(snapshot.later.iter().cloned());
    // What is not ours is a payload, which another producer has put there.
    places.retain(|id| snapshot.failed.contains_key(id) || !is_foreign(id));
    places.extend(snapshot.dead.iter().cloned());
    for claim in snapshot.claims.values().filter(|claim| claim.retried) {
        places.extend(claim.items.iter().map(|id| String::from_utf8(id.clone()).unwrap()));
    }
    places.sort();
    assert_eq!(
        places,
        snapshot.failed.keys().cloned().collect::<Vec<_>>(),
        "a failed task is in no place or in two"
    );
    snapshot
}

/// Whether a member of the delayed tasks is what the tests put there by ZADD alone.
fn is_foreign(member: &str) -> bool {
    member.starts_with("task ") || member.starts_with("foreign ")
}

/// Moves a claim's lease into the past. Earlier numbers expire first.
pub fn expire(connection: &mut Connection, name: &str, claim: &str, order: u64) {
    let () =
        ask(connection, &["ZADD", &format!("{{{name}}}:leases"), "XX", &order.to_string(), claim]);
}

/// Makes a delayed task due. Earlier numbers are due first.
pub fn make_due(connection: &mut Connection, name: &str, task: &str, order: u64) {
    let () =
        ask(connection, &["ZADD", &format!("{{{name}}}:delayed"), "XX", &order.to_string(), task]);
}

/// Gives tasks that became due at one moment the model's numbers, so that their order is not a
/// matter of milliseconds.
pub fn settle_due_times(connection: &mut Connection, name: &str, delayed: &BTreeMap<String, Due>) {
    let pairs: Vec<(String, f64)> =
        ask(connection, &["ZRANGE", &format!("{{{name}}}:delayed"), "0", "-1", "WITHSCORES"]);
    let scores: BTreeMap<String, f64> = pairs.into_iter().collect();
    for (task, due) in delayed {
        if let Due::Past(order) = due
            && scores.get(task).is_some_and(|score| *score > 1e9)
        {
            make_due(connection, name, task, *order);
        }
    }
}
