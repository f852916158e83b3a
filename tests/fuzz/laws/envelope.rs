//! Any bytes as what Redis answers: as the record of a failed task, and as a reply to each of the
//! queue's calls.

use std::time::Duration;

use queue_worker::{
    brokers::redis::{Caller, Keys, Purged, Record, ResultsPage, advance, dead, renewed},
    queue::{Delivery, ResultStore, Status, Step, Terms},
};
use redis::Value;

/// What `record.lua` writes.
fn written(record: &Record) -> Vec<u8> {
    let Record { failures, crashes, first_seen_ms, last_seen_ms, reason, worker, error, payload } =
        record;
    let length = error.len();
    let line =
        format!("{failures} {crashes} {first_seen_ms} {last_seen_ms} {reason} {worker} {length}\n");
    [line.as_bytes(), error, payload].concat()
}

/// A record is read as it was written or is none; a reply is read or is an error that says
/// something.
pub(crate) fn holds(data: &[u8]) {
    if let Some(record) = Record::parse(data) {
        assert_eq!(Record::parse(&written(&record)), Some(record.clone()));
        assert!(data.ends_with(&[&record.error[..], &record.payload].concat()));
    }
    let Ok(value) = redis::parse_redis_value(data) else { return };
    let terms = Terms {
        worker: "w".to_owned(),
        lease: Duration::from_secs(1),
        limit: 0,
        rate: None,
        max_crashes: 3,
        max_bytes: 1 << 20,
        results: ResultStore::List,
        results_limit: 0,
        results_ttl: Duration::ZERO,
        delivery: Delivery::AtLeastOnce,
        forget_after: Duration::ZERO,
    };
    let keys = Keys::new("q").expect("it is a name");
    let call = advance(&keys, &mut Caller::new("n", 0), &terms, None, None, 10);
    let sent = call.command().args_iter().count();
    assert!(sent > 20);
    match call.read(value.clone()) {
        Ok(Step::Taken(advanced)) => {
            assert!(
                advanced.claim.is_none_or(|claim| claim.id == "n.0.1" && !claim.tasks.is_empty())
            );
        }
        Ok(Step::Vanished | Step::Superseded | Step::Absent) => {}
        Err(error) => assert!(error.to_string().contains("a step")),
    }
    let _ = renewed(value.clone());
    let _ = Status::read(value.clone());
    let _ = Purged::read(value.clone());
    let _ = dead::read_ids(value.clone());
    let _ = dead::read_record(value.clone());
    if let Value::Array(items) = &value {
        for stream in [false, true] {
            let mut page = ResultsPage::first(stream);
            let read = page.read(value.clone());
            assert!(read.is_err() || read.is_ok_and(|results| results.len() == items.len()));
        }
    }
}
