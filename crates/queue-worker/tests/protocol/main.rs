//! The protocol's invariants, one by one, on a real Redis.

mod at_most_once;
mod bounds;
mod calls;
mod claims;
mod later;
mod permissions;
#[path = "../support/mod.rs"]
mod support;

use std::{collections::BTreeSet, time::Duration};

use queue_worker::{
    Queue,
    brokers::redis::{Caller, Pushed, Pusher, Reached, Record, Span},
    queue::{Advanced, Claim, Delivery, Rest, Settle, Step, Terms},
};
use support::{
    block_on, dead_at, failed_at,
    server::{Server, is_modern, queue_at},
    snapshot::{self, expire},
    terms,
};

fn push(connection: &mut redis::Connection, payloads: &[&[u8]]) {
    let () = redis::cmd("RPUSH").arg("q").arg(payloads).query(connection).unwrap();
}

async fn step(
    queue: &Queue,
    lane: &mut Caller,
    terms: &Terms,
    settle: Option<&Settle>,
    want: usize,
) -> Advanced {
    match queue.advance(lane, terms, None, settle, want).await.unwrap() {
        Step::Taken(advanced) => advanced,
        other => panic!("{other:?}"),
    }
}

async fn take(queue: &Queue, lane: &mut Caller, want: usize) -> Claim {
    step(queue, lane, &terms(), None, want).await.claim.expect("there are tasks")
}

fn payloads(claim: &Claim) -> Vec<&[u8]> {
    claim.tasks.iter().map(|task| task.payload.as_slice()).collect()
}

/// The whole claim is done.
fn all_done(claim: &Claim) -> Settle {
    Settle {
        claim: claim.id.clone(),
        held: claim.tasks.len(),
        over: claim.tasks.len(),
        failures: Vec::new(),
        results: claim.tasks.iter().map(|task| task.payload.clone()).collect(),
        rest: Rest::Keep,
    }
}

/// Nothing is done.
fn hand_back(claim: &Claim) -> Settle {
    Settle { over: 0, results: Vec::new(), rest: Rest::Return { keep: 0 }, ..all_done(claim) }
}

/// Every key with the bytes that it holds.
fn everything(connection: &mut redis::Connection) -> BTreeSet<(Vec<u8>, Vec<u8>)> {
    let keys: Vec<Vec<u8>> = redis::cmd("KEYS").arg("*").query(connection).unwrap();
    let mut dump = |key: Vec<u8>| {
        let bytes = redis::cmd("DUMP").arg(&key).query(connection).unwrap();
        (key, bytes)
    };
    keys.into_iter().map(&mut dump).collect()
}
