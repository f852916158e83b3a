//! What the tests share.
#![allow(dead_code, unreachable_pub)] // each test binary uses a part

pub mod cluster;
pub mod model;
pub mod process;
pub mod proxy;
pub mod sentinel;
pub mod server;
pub mod snapshot;
pub mod steering;

use std::time::Duration;

use queue_worker::queue::{Delivery, Failure, Fate, Rest, ResultStore, Settle, Terms};

use model::Ending;

/// Terms whose leases never run out by themselves.
pub fn terms() -> Terms {
    Terms {
        worker: "tester".into(),
        lease: Duration::from_secs(1_000_000),
        limit: 0,
        rate: None,
        max_crashes: 3,
        max_bytes: 4 << 20,
        results: ResultStore::List,
        results_limit: 0,
        results_ttl: Duration::ZERO,
        delivery: Delivery::AtLeastOnce,
        forget_after: Duration::ZERO,
    }
}

/// A failure that is tried again in a million seconds.
pub fn failed_at(place: usize) -> Failure {
    Failure {
        place,
        task: String::new(),
        fate: Fate::Again { after: Duration::from_secs(1_000_000) },
        reason: "failed",
        error: b"no luck".to_vec(),
    }
}

/// A failure that is final.
pub fn dead_at(place: usize) -> Failure {
    Failure {
        place,
        task: String::new(),
        fate: Fate::Dead,
        reason: "rejected",
        error: b"bad \xff input\n".to_vec(),
    }
}

/// What a worker tells of a claim whose first tasks ended so.
pub fn settle(claim: &str, payloads: &[&[u8]], endings: &[Ending], keep: Option<usize>) -> Settle {
    let failed = |(place, ending): (usize, &Ending)| match ending {
        Ending::Done => None,
        Ending::Failed => Some(failed_at(place)),
        Ending::Dead => Some(dead_at(place)),
    };
    let done = payloads.iter().zip(endings).filter(|(_, ending)| **ending == Ending::Done);
    Settle {
        claim: claim.to_owned(),
        held: payloads.len(),
        over: endings.len(),
        failures: endings.iter().enumerate().filter_map(failed).collect(),
        results: done.map(|(payload, _)| model::result_of(payload)).collect(),
        rest: keep.map_or(Rest::Keep, |keep| Rest::Return { keep }),
    }
}

/// Runs a future on a runtime like the worker's.
pub fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}
