//! The protocol's invariants, one by one, on a real Redis.

mod support;

use std::{collections::BTreeSet, time::Duration};

use queue_worker::{
    Queue,
    protocol::{
        Advanced, Claim, Delivery, Lane, Pushed, Pusher, Record, Rest, Settle, Step, Terms,
    },
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
    lane: &mut Lane,
    terms: &Terms,
    settle: Option<&Settle>,
    want: usize,
) -> Advanced {
    match queue.advance(lane, terms, None, settle, want).await.unwrap() {
        Step::Taken(advanced) => advanced,
        other => panic!("{other:?}"),
    }
}

async fn take(queue: &Queue, lane: &mut Lane, want: usize) -> Claim {
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

#[test]
fn an_expired_claim_is_given_back_with_a_counted_crash() {
    let server = Server::start();
    let (queue, mut connection) = (server.queue("q"), server.connection());
    push(&mut connection, &[b"a", b"b"]);
    block_on(async {
        let (mut dying, mut living) = (Lane::new("dying", 0), Lane::new("living", 0));
        let lost = take(&queue, &mut dying, 2).await;
        assert!(
            step(&queue, &mut living, &terms(), None, 2).await.claim.is_none(),
            "the lease holds"
        );
        expire(&mut connection, "q", &lost.id, 1);
        let claim = take(&queue, &mut living, 2).await;
        assert_eq!(payloads(&claim), [b"a"]);
        let past = claim.tasks[0].past.as_ref().unwrap();
        assert_eq!((past.id.as_str(), past.failures, past.crashes), ("dying.0.1-0", 0, 1));
        assert_eq!(claim.tasks[0].attempt(), 2);
    });
}

#[test]
fn a_suspect_is_taken_alone() {
    let server = Server::start();
    let (queue, mut connection) = (server.queue("q"), server.connection());
    push(&mut connection, &[b"good 1", b"poison", b"good 2"]);
    block_on(async {
        let mut lane = Lane::new("n", 0);
        let mut crashes_of_poison = 0;
        let mut done = Vec::new();
        // Every worker that has the poison task in hand dies.
        loop {
            let answer = step(&queue, &mut lane, &terms(), None, 3).await;
            let Some(claim) = answer.claim else { break };
            if payloads(&claim).contains(&&b"poison"[..]) {
                crashes_of_poison += 1;
                expire(&mut connection, "q", &claim.id, 1);
            } else {
                done.extend(claim.tasks.iter().map(|task| task.payload.clone()));
                step(&queue, &mut lane, &terms(), Some(&all_done(&claim)), 0).await;
            }
        }
        assert_eq!(crashes_of_poison, terms().max_crashes, "dead after exactly the maximum");
        assert_eq!(done, [b"good 1", b"good 2"], "its neighbours are not blamed");
        let id = queue.dead_ids(0, 10).await.unwrap().remove(0);
        let record = queue.record(&id).await.unwrap().unwrap();
        assert_eq!((record.reason.as_str(), record.crashes, record.failures), ("crashes", 3, 0));
        assert_eq!(record.payload, b"poison");
    });
}

#[test]
fn a_stale_claim_changes_nothing() {
    let server = Server::start();
    let (queue, mut connection) = (server.queue("q"), server.connection());
    push(&mut connection, &[b"a"]);
    block_on(async {
        let (mut stopped, mut other) = (Lane::new("stopped", 0), Lane::new("other", 0));
        let stale = take(&queue, &mut stopped, 1).await;
        expire(&mut connection, "q", &stale.id, 1);
        let claim = take(&queue, &mut other, 1).await;
        let before = snapshot::read(&mut connection, "q");
        for settle in [
            all_done(&stale),
            hand_back(&stale),
            Settle { failures: vec![dead_at(0)], results: Vec::new(), ..all_done(&stale) },
        ] {
            assert!(!step(&queue, &mut stopped, &terms(), Some(&settle), 0).await.settled);
            let mut after = snapshot::read(&mut connection, "q");
            after.counts.remove("stale");
            assert_eq!(after, before);
        }
        assert!(step(&queue, &mut other, &terms(), Some(&all_done(&claim)), 0).await.settled);
        assert_eq!(snapshot::read(&mut connection, "q").results, [b"a"]);
    });
}

/// Every key of the server with what `DUMP` says of it.
fn dump(connection: &mut redis::Connection) -> Vec<(String, Vec<u8>)> {
    let keys: Vec<String> = redis::cmd("KEYS").arg("*").query(connection).unwrap();
    keys.into_iter()
        .map(|key| {
            let value: Vec<u8> = redis::cmd("DUMP").arg(&key).query(connection).unwrap();
            (key, value)
        })
        .collect()
}

#[test]
fn a_claim_whose_last_step_redis_has_forgotten_is_not_settled_by_the_wrong_places() {
    let server = Server::start();
    let (queue, mut connection) = (server.queue("q"), server.connection());
    push(&mut connection, &[b"a", b"b", b"c", b"d"]);
    block_on(async {
        let mut lane = Lane::new("n", 0);
        let claim = take(&queue, &mut lane, 4).await;
        let before = dump(&mut connection);
        // The first two are over, the third goes on, the fourth goes back.
        let rest = Rest::Return { keep: 1 };
        let settle = Settle {
            over: 2,
            results: vec![b"A".to_vec(), b"B".to_vec()],
            rest,
            ..all_done(&claim)
        };
        assert!(step(&queue, &mut lane, &terms(), Some(&settle), 0).await.settled);
        // As a Redis that lost its power before that was on its disk.
        let () = redis::cmd("FLUSHALL").query(&mut connection).unwrap();
        for (key, value) in &before {
            let () =
                redis::cmd("RESTORE").arg(key).arg(0).arg(value).query(&mut connection).unwrap();
        }
        let forgotten = snapshot::read(&mut connection, "q");
        let settle = Settle { held: 1, over: 1, results: vec![b"C".to_vec()], ..all_done(&claim) };
        assert!(!step(&queue, &mut lane, &terms(), Some(&settle), 0).await.settled);
        let mut after = snapshot::read(&mut connection, "q");
        assert_eq!(after.counts.remove("stale"), Some(1));
        assert_eq!(after, forgotten);
    });
}

#[test]
fn a_step_sent_twice_is_taken_once() {
    let server = Server::start();
    let (queue, mut connection) = (server.queue("q"), server.connection());
    push(&mut connection, &[b"a", b"b", b"c"]);
    block_on(async {
        let mut lane = Lane::new("n", 0);
        let first = take(&queue, &mut lane.clone(), 1).await;
        let again = take(&queue, &mut lane, 1).await;
        assert_eq!((&first, payloads(&first)), (&again, vec![&b"a"[..]]));
        let settle = all_done(&first);
        let first = step(&queue, &mut lane.clone(), &terms(), Some(&settle), 1).await;
        let again = step(&queue, &mut lane, &terms(), Some(&settle), 1).await;
        assert_eq!((first.settled, &first.claim), (true, &again.claim));
        assert!(again.settled, "the lost answer is given again, though the claim is gone");
        let state = snapshot::read(&mut connection, "q");
        assert_eq!((state.results, state.pending), (vec![b"a".to_vec()], vec![b"c".to_vec()]));
    });
}

#[test]
fn a_late_step_changes_nothing() {
    let server = Server::start();
    let (queue, mut connection) = (server.queue("q"), server.connection());
    push(&mut connection, &[b"a", b"b"]);
    block_on(async {
        let mut lane = Lane::new("n", 0);
        let mut delayed_on_its_way = lane.clone();
        let claim = take(&queue, &mut lane, 1).await;
        step(&queue, &mut lane, &terms(), Some(&all_done(&claim)), 0).await;
        let before = snapshot::read(&mut connection, "q");
        let answer = queue.advance(&mut delayed_on_its_way, &terms(), None, None, 1).await.unwrap();
        assert_eq!(answer, Step::Superseded);
        assert_eq!(snapshot::read(&mut connection, "q"), before);
    });
}

#[test]
fn a_batch_pushed_twice_is_there_once() {
    let server = Server::start();
    let (queue, mut connection) = (server.queue("q"), server.connection());
    block_on(async {
        let mut pusher = Pusher::new("n");
        let first = pusher.push(queue.keys(), &["a", "a"]);
        let second =
            pusher.push_unique(queue.keys(), Duration::ZERO, &[("k", "b"), ("k", "c"), ("l", "d")]);
        for command in [&first, &first, &second, &second] {
            assert_eq!(queue.pushed(&mut pusher, command).await.unwrap(), Pushed::Added(2));
        }
        assert_eq!(
            queue.pushed(&mut pusher, &first).await.unwrap(),
            Pushed::Added(0),
            "a late one adds nothing"
        );
        let third = pusher.push_unique(queue.keys(), Duration::ZERO, &[("k", "e")]);
        assert_eq!(queue.pushed(&mut pusher, &third).await.unwrap(), Pushed::Added(0));
        assert_eq!(
            snapshot::read(&mut connection, "q").pending,
            ["a", "a", "b", "d"].map(|task| task.as_bytes())
        );
    });
}

#[test]
fn the_keys_of_unique_tasks_are_forgotten_when_it_was_said() {
    let server = Server::start();
    let (queue, mut connection) = (server.queue("q"), server.connection());
    let mut ttl =
        || redis::cmd("PTTL").arg(queue.keys().unique()).query::<i64>(&mut connection).unwrap();
    block_on(async {
        let mut pusher = Pusher::new("n");
        let first = pusher.push_unique(queue.keys(), Duration::from_secs(60), &[("k", "a")]);
        assert_eq!(queue.pushed(&mut pusher, &first).await.unwrap(), Pushed::Added(1));
        assert!((1..=60_000).contains(&ttl()));
        let second = pusher.push_unique(queue.keys(), Duration::ZERO, &[("l", "b")]);
        assert_eq!(queue.pushed(&mut pusher, &second).await.unwrap(), Pushed::Added(1));
        assert_eq!(ttl(), -1, "never");
    });
}

#[test]
fn drained_means_nothing_pending_delayed_or_claimed() {
    let server = Server::start();
    let (queue, mut connection) = (server.queue("q"), server.connection());
    push(&mut connection, &[b"a"]);
    block_on(async {
        let (mut lane, mut looking) = (Lane::new("n", 0), Lane::new("l", 0));
        assert!(!step(&queue, &mut looking, &terms(), None, 0).await.is_drained(), "pending");
        let claim = take(&queue, &mut lane, 1).await;
        assert!(!step(&queue, &mut looking, &terms(), None, 1).await.is_drained(), "claimed");
        let failed =
            Settle { failures: vec![failed_at(0)], results: Vec::new(), ..all_done(&claim) };
        step(&queue, &mut lane, &terms(), Some(&failed), 0).await;
        let delayed = step(&queue, &mut looking, &terms(), None, 1).await;
        assert!(!delayed.is_drained() && delayed.next_due_ms > Some(delayed.now_ms), "delayed");
        snapshot::make_due(&mut connection, "q", "n.0.1-0", 1);
        let claim = take(&queue, &mut lane, 1).await;
        let drained = step(&queue, &mut lane, &terms(), Some(&all_done(&claim)), 1).await;
        assert!(drained.is_drained() && drained.settled);
    });
}

#[test]
fn tasks_handed_back_are_first_and_uncounted() {
    let server = Server::start();
    let (queue, mut connection) = (server.queue("q"), server.connection());
    push(&mut connection, &[b"a", b"b", b"c", b"d"]);
    block_on(async {
        let mut lane = Lane::new("n", 0);
        let claim = take(&queue, &mut lane, 3).await;
        let rest = Rest::Return { keep: 1 };
        let settle = Settle { over: 1, results: vec![b"A".to_vec()], rest, ..all_done(&claim) };
        step(&queue, &mut lane, &terms(), Some(&settle), 0).await;
        let state = snapshot::read(&mut connection, "q");
        assert_eq!(state.pending, [b"c", b"d"]);
        assert_eq!(state.claims[&claim.id].items, [b"b"]);
        step(&queue, &mut lane, &terms(), Some(&Settle { held: 1, ..hand_back(&claim) }), 0).await;
        assert_eq!(snapshot::read(&mut connection, "q").pending, [b"b", b"c", b"d"]);
        let again = take(&queue, &mut lane, 3).await;
        assert!(again.tasks.iter().all(|task| task.attempt() == 1));
    });
}

#[test]
fn a_vanished_queue_is_not_a_drained_one() {
    let server = Server::start();
    let (queue, mut connection) = (server.queue("q"), server.connection());
    push(&mut connection, &[b"a", b"b"]);
    block_on(async {
        let (mut lane, mut other) = (Lane::new("n", 0), Lane::new("o", 0));
        let seen = step(&queue, &mut lane, &terms(), None, 1).await;
        let claim = seen.claim.unwrap();
        let () = redis::cmd("FLUSHALL").query(&mut connection).unwrap();
        let settle = all_done(&claim);
        let after =
            queue.advance(&mut lane, &terms(), Some(&seen.epoch), Some(&settle), 1).await.unwrap();
        assert_eq!(after, Step::Vanished);
        let renewed = queue.renew(&seen.epoch, &terms(), &[&claim.id]).await.unwrap();
        assert_eq!(renewed, queue_worker::protocol::Renewed::Vanished);
        // A new life of the queue is not the old one either.
        push(&mut connection, &[b"c"]);
        step(&queue, &mut other, &terms(), None, 1).await;
        let after =
            queue.advance(&mut lane, &terms(), Some(&seen.epoch), Some(&settle), 1).await.unwrap();
        assert_eq!(after, Step::Vanished);
        assert!(snapshot::read(&mut connection, "q").results.is_empty());
    });
}

#[test]
fn a_queue_that_never_was_is_absent_and_not_drained() {
    let server = Server::start();
    let (queue, mut connection) = (server.queue("q"), server.connection());
    block_on(async {
        for want in [0, 5] {
            let answer =
                queue.advance(&mut Lane::new("n", want), &terms(), None, None, want).await.unwrap();
            assert_eq!(answer, Step::Absent);
        }
        assert!(everything(&mut connection).is_empty(), "a look makes nothing");
        assert!(!queue.status(0).await.unwrap().exists());
        // An empty push is a queue with nothing in it.
        let mut pusher = Pusher::new("n");
        assert_eq!(queue.push::<&[u8]>(&mut pusher, &[]).await.unwrap(), Pushed::Added(0));
        assert!(step(&queue, &mut Lane::new("m", 0), &terms(), None, 1).await.is_drained());
        assert!(queue.status(0).await.unwrap().exists());
        // So are the tasks of a producer that knows no epoch, also when the list is gone as the
        // last is done.
        let () = redis::cmd("FLUSHALL").query(&mut connection).unwrap();
        push(&mut connection, &[b"a"]);
        let mut lane = Lane::new("o", 0);
        let claim = take(&queue, &mut lane, 1).await;
        step(&queue, &mut lane, &terms(), Some(&all_done(&claim)), 0).await;
        assert!(step(&queue, &mut Lane::new("late", 0), &terms(), None, 1).await.is_drained());
    });
}

#[test]
fn a_push_into_a_queue_that_vanished_is_no_success() {
    let server = Server::start();
    let (queue, mut connection) = (server.queue("q"), server.connection());
    block_on(async {
        let mut pusher = Pusher::new("n");
        assert_eq!(queue.push(&mut pusher, &[b"a"]).await.unwrap(), Pushed::Added(1));
        let () = redis::cmd("FLUSHALL").query(&mut connection).unwrap();
        assert_eq!(queue.push(&mut pusher, &[b"b"]).await.unwrap(), Pushed::Vanished);
        // Nor when another producer has begun it anew.
        queue.push(&mut Pusher::new("other"), &[b"c"]).await.unwrap();
        assert_eq!(queue.push(&mut pusher, &[b"d"]).await.unwrap(), Pushed::Vanished);
        assert_eq!(snapshot::read(&mut connection, "q").pending, [b"c"]);
    });
}

#[test]
fn a_drained_queue_is_forgotten_as_a_whole_and_a_living_one_never() {
    let server = Server::start();
    let (queue, mut connection) = (server.queue("q"), server.connection());
    // Which of the keys that outlive the last task expire, those of calls left out.
    let mut expiring = || -> Vec<bool> {
        let mut keys: Vec<String> = redis::cmd("KEYS").arg("{q}:*").query(&mut connection).unwrap();
        keys.retain(|key| !key.contains(":call:") && !key.contains(":claim:"));
        keys.iter()
            .map(|key| redis::cmd("PTTL").arg(key).query::<i64>(&mut connection).unwrap() > 0)
            .collect()
    };
    block_on(async {
        let forgetful = Terms { forget_after: Duration::from_secs(1000), ..terms() };
        let (mut pusher, mut lane) = (Pusher::new("n"), Lane::new("n", 0));
        let unique = pusher.push_unique(queue.keys(), Duration::ZERO, &[("k", "a"), ("l", "b")]);
        queue.pushed(&mut pusher, &unique).await.unwrap();
        let claim = step(&queue, &mut lane, &forgetful, None, 2).await.claim.unwrap();
        assert!(expiring().iter().all(|expires| !expires), "in hand");
        let settle =
            Settle { failures: vec![dead_at(1)], results: vec![b"A".to_vec()], ..all_done(&claim) };
        step(&queue, &mut lane, &forgetful, Some(&settle), 1).await;
        // Epoch, counts, results, dead letters, their records, unique keys.
        assert_eq!(expiring(), [true; 6], "drained");
        assert!(queue.status(0).await.unwrap().forgotten_in_ms.is_some_and(|ms| ms <= 1_000_000));
        // Whatever begins it anew: a push, a dead letter, a producer that knows no epoch.
        queue.push(&mut pusher, &[b"c"]).await.unwrap();
        assert_eq!(expiring(), [false; 6], "pushed");
        let claim = step(&queue, &mut lane, &forgetful, None, 1).await.claim.unwrap();
        step(&queue, &mut lane, &forgetful, Some(&all_done(&claim)), 1).await;
        assert_eq!(expiring(), [true; 6]);
        let dead = queue.dead_ids(0, 1).await.unwrap();
        queue.dead_retry(&dead).await.unwrap();
        assert_eq!(expiring(), [false; 4], "a dead letter begun anew, and no other is left");
        let claim = step(&queue, &mut lane, &forgetful, None, 1).await.claim.unwrap();
        step(&queue, &mut lane, &forgetful, Some(&all_done(&claim)), 1).await;
        let () = redis::cmd("RPUSH").arg(&["q", "d"]).query(&mut server.connection()).unwrap();
        assert_eq!(expiring(), [true; 4], "nobody has seen it yet");
        let claim = step(&queue, &mut lane, &forgetful, None, 1).await.claim.unwrap();
        assert!(expiring().iter().all(|expires| !expires), "in hand again");
        // A worker that does not forget keeps it.
        step(&queue, &mut lane, &forgetful, Some(&all_done(&claim)), 1).await;
        assert_eq!(expiring(), [true; 4]);
        step(&queue, &mut lane, &terms(), None, 1).await;
        assert_eq!(expiring(), [false; 4]);
        // What has a time of its own keeps that.
        let bounded = Terms { results_ttl: Duration::from_secs(50), ..forgetful.clone() };
        queue.push(&mut pusher, &[b"e"]).await.unwrap();
        let claim = step(&queue, &mut lane, &bounded, None, 1).await.claim.unwrap();
        step(&queue, &mut lane, &bounded, Some(&all_done(&claim)), 1).await;
        let ttl: i64 =
            redis::cmd("PTTL").arg("{q}:results").query(&mut server.connection()).unwrap();
        assert!((1..=50_000).contains(&ttl), "{ttl}");
        // It goes all at once.
        step(
            &queue,
            &mut lane,
            &Terms { forget_after: Duration::from_millis(1), ..terms() },
            None,
            1,
        )
        .await;
    });
    support::process::until("all but the results are forgotten", || {
        let mut keys: Vec<String> =
            redis::cmd("KEYS").arg("*").query(&mut server.connection()).unwrap();
        keys.retain(|key| !key.contains(":call:"));
        keys == ["{q}:results"]
    });
}

#[test]
fn the_limit_and_the_bytes_of_a_claim_hold_at_most_once_too() {
    let server = Server::start();
    let (queue, mut connection) = (server.queue("q"), server.connection());
    let huge = vec![b'x'; 400];
    push(&mut connection, &[b"a", &huge, &huge, b"b", b"c", b"d", b"e"]);
    block_on(async {
        let once = Terms { delivery: Delivery::AtMostOnce, limit: 3, max_bytes: 500, ..terms() };
        let mut lanes = [0, 1].map(|number| Lane::new("n", number));
        let first = step(&queue, &mut lanes[0], &once, None, 100).await.claim.unwrap();
        assert_eq!(payloads(&first), [b"a" as &[u8], &huge], "500 bytes are not exceeded");
        let second = step(&queue, &mut lanes[1], &once, None, 100).await.claim.unwrap();
        assert_eq!(second.tasks.len(), 1, "three at most are in hand");
        assert!(step(&queue, &mut Lane::new("m", 0), &once, None, 1).await.claim.is_none());
        // A step that comes twice gives the same tasks, and what is handed back is first in line.
        let again = step(&queue, &mut Lane::new("n", 1), &once, None, 100).await.claim.unwrap();
        assert_eq!(again, second);
        let settle = Settle {
            over: 1,
            results: vec![b"A".to_vec()],
            rest: Rest::Return { keep: 0 },
            ..all_done(&first)
        };
        step(&queue, &mut lanes[0], &once, Some(&settle), 0).await;
        let state = snapshot::read(&mut connection, "q");
        assert_eq!(
            (state.pending[0].as_slice(), state.results),
            (huge.as_slice(), vec![b"A".to_vec()])
        );
    });
}

#[test]
fn at_most_once_a_dead_workers_tasks_are_gone_and_its_late_results_count() {
    let server = Server::start();
    let (queue, mut connection) = (server.queue("q"), server.connection());
    push(&mut connection, &[b"a", b"b"]);
    block_on(async {
        let once = Terms { delivery: Delivery::AtMostOnce, ..terms() };
        let (mut lane, mut other) = (Lane::new("n", 0), Lane::new("o", 0));
        let claim = step(&queue, &mut lane, &once, None, 2).await.claim.unwrap();
        assert!(
            !step(&queue, &mut other, &once, None, 1).await.is_drained(),
            "they may be handed back"
        );
        expire(&mut connection, "q", &claim.id, 1);
        let after = step(&queue, &mut other, &once, None, 1).await;
        assert!(after.claim.is_none() && after.is_drained());
        assert_eq!(snapshot::read(&mut connection, "q").counts["gone"], 2);
        assert!(step(&queue, &mut lane, &once, Some(&all_done(&claim)), 0).await.settled);
        assert_eq!(
            snapshot::read(&mut connection, "q").results,
            [b"a", b"b"],
            "nobody else has done them"
        );
        // What an earlier worker has left for another attempt is taken too.
        push(&mut connection, &[b"c"]);
        let claim = take(&queue, &mut lane, 1).await;
        let failed =
            Settle { failures: vec![failed_at(0)], results: Vec::new(), ..all_done(&claim) };
        step(&queue, &mut lane, &terms(), Some(&failed), 0).await;
        snapshot::make_due(&mut connection, "q", &claim.task_id(0), 1);
        let claim = step(&queue, &mut other, &once, None, 5).await.claim.unwrap();
        assert_eq!(payloads(&claim), [b"c"]);
        let failed = Settle { failures: vec![dead_at(0)], results: Vec::new(), ..all_done(&claim) };
        let last = step(&queue, &mut other, &once, Some(&failed), 5).await;
        assert!(last.is_drained() && last.dead == 0, "a failure is final, and no dead letter");
    });
}

#[test]
fn a_full_redis_still_drains() {
    let server = Server::start();
    let (queue, mut connection) = (server.queue("q"), server.connection());
    let payload = vec![b'x'; 10_000];
    push(&mut connection, &vec![payload.as_slice(); 200]);
    let () = redis::cmd("CONFIG")
        .arg(&["SET", "maxmemory-policy", "noeviction"])
        .query(&mut connection)
        .unwrap();
    let () = redis::cmd("CONFIG").arg(&["SET", "maxmemory", "1mb"]).query(&mut connection).unwrap();
    let refused =
        redis::cmd("RPUSH").arg(&["q", "one more"]).query::<u64>(&mut connection).unwrap_err();
    assert_eq!(refused.code(), Some("OOM"));
    block_on(async {
        let mut lane = Lane::new("n", 0);
        let mut settle: Option<Settle> = None;
        for round in 0.. {
            let answer = step(&queue, &mut lane, &terms(), settle.as_ref(), 7).await;
            if answer.is_drained() {
                break;
            }
            let claim = answer.claim.unwrap();
            let renewed = queue.renew(&answer.epoch, &terms(), &[&claim.id]).await.unwrap();
            assert_eq!(renewed, queue_worker::protocol::Renewed::Held(vec![true]));
            let results = vec![b"ok".to_vec(); claim.tasks.len() - usize::from(round == 3)];
            // A failure and a dead letter can be kept too.
            let failures = if round == 3 { vec![dead_at(0)] } else { Vec::new() };
            settle = Some(Settle { results, failures, ..all_done(&claim) });
        }
        let id = queue.dead_ids(0, 1).await.unwrap().remove(0);
        assert_eq!(queue.dead_retry(&[id]).await.unwrap(), 1, "and a dead letter begun anew");
    });
    let state = snapshot::read(&mut connection, "q");
    assert_eq!((state.results.len(), state.pending), (199, vec![payload]));
}

/// Every payload that is anywhere.
fn anywhere(connection: &mut redis::Connection) -> BTreeSet<Vec<u8>> {
    let mut found = BTreeSet::new();
    let lists: Vec<String> = redis::cmd("KEYS").arg("{q}:claim:*").query(connection).unwrap();
    for list in lists.iter().map(String::as_str).chain(["q", "{q}:results"]) {
        let items: Vec<Vec<u8>> =
            redis::cmd("LRANGE").arg(&[list, "0", "-1"]).query(connection).unwrap();
        found.extend(items);
    }
    let records: Vec<Vec<u8>> = redis::cmd("HVALS").arg("{q}:failed").query(connection).unwrap();
    found.extend(records.iter().map(|record| Record::parse(record).unwrap().payload));
    found
}

#[test]
fn a_missing_permission_loses_nothing() {
    let server = Server::start();
    let mut connection = server.connection();
    let all: BTreeSet<Vec<u8>> =
        ["a", "b", "c", "d", "e"].map(|task| task.as_bytes().to_vec()).into();
    let commands = [
        "get",
        "set",
        "time",
        "llen",
        "lrange",
        "lindex",
        "ltrim",
        "rpush",
        "lpush",
        "del",
        "hget",
        "hset",
        "hdel",
        "hincrby",
        "zadd",
        "zrem",
        "zcard",
        "zrange",
        "zrangebyscore",
        "zscore",
        "pexpire",
        "evalsha",
    ];
    let mut refused = BTreeSet::new();
    block_on(async {
        let whole = server.queue("q");
        for command in commands {
            let () = redis::cmd("ACL")
                .arg(&["SETUSER", "lame", "on", ">secret", "~*", "+@all", &format!("-{command}")])
                .query(&mut connection)
                .unwrap();
            let lame =
                queue_at(&server.url().replace("redis://", "redis://lame:secret@"), "q", &[]);
            // Each step of a task's life in turn is taken by the worker that lacks the permission.
            for at in 0..4 {
                let () = redis::cmd("FLUSHALL").query(&mut connection).unwrap();
                push(&mut connection, &[b"a", b"b", b"c", b"d", b"e"]);
                let queue = |now: usize| if now == at { &lame } else { &whole };
                let mut lanes = [0, 1, 2].map(|number| Lane::new("n", number));
                let mut terms = terms();
                terms.results_ttl = Duration::from_secs(1000);
                let mut step =
                    async |now: usize, lane: &mut Lane, settle: Option<&Settle>, want| {
                        let before = everything(&mut server.connection());
                        let answer = queue(now).advance(lane, &terms, None, settle, want).await;
                        let found = anywhere(&mut server.connection());
                        // A claim of retried tasks lists their ids too.
                        assert!(
                            found.is_superset(&all),
                            "without {command}, at step {now} of {at}: {found:?}"
                        );
                        match answer {
                            Ok(Step::Taken(answer)) => answer.claim,
                            Ok(other) => panic!("{other:?}"),
                            Err(error) => {
                                assert!(
                                    error.to_string().contains("may not do what the queue needs"),
                                    "{error}"
                                );
                                refused.insert(command);
                                let unchanged = everything(&mut server.connection()) == before;
                                assert!(
                                    unchanged || !is_modern(),
                                    "without {command}, step {now} was half taken"
                                );
                                None
                            }
                        }
                    };
                let Some(claim) = step(0, &mut lanes[0], None, 4).await else { continue };
                let settle = Settle {
                    over: 2,
                    failures: vec![failed_at(1)],
                    results: vec![b"a".to_vec()],
                    rest: Rest::Return { keep: 1 },
                    ..all_done(&claim)
                };
                step(1, &mut lanes[0], Some(&settle), 0).await;
                let claims: Vec<String> = redis::cmd("ZRANGE")
                    .arg(&["{q}:leases", "0", "-1"])
                    .query(&mut connection)
                    .unwrap();
                for id in &claims {
                    expire(&mut connection, "q", id, 1);
                }
                if let Some(claim) = step(2, &mut lanes[1], None, 2).await {
                    step(3, &mut lanes[1], Some(&hand_back(&claim)), 0).await;
                }
            }
        }
    });
    // A permission that nothing asks for would make the test idle.
    assert_eq!(refused, commands.into_iter().filter(|command| *command != "zscore").collect());
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

#[test]
fn whatever_else_is_refused_a_command_changes_nothing_either() {
    let server = Server::start();
    let mut connection = server.connection();
    let lame = || queue_at(&server.url().replace("redis://", "redis://lame:secret@"), "q", &[]);
    let mut permit = |rules: &[&str]| {
        let () = redis::cmd("ACL")
            .arg(&["SETUSER", "lame", "reset", "on", ">secret", "+@all"])
            .arg(rules)
            .query(&mut connection)
            .unwrap();
    };
    block_on(async {
        let whole = server.queue("q");
        let mut pusher = Pusher::new("n");
        let count = whole.push(&mut pusher, &[b"a", b"b", b"c"]).await.unwrap();
        assert_eq!(count, Pushed::Added(3));
        let claim = take(&whole, &mut Lane::new("n", 0), 2).await;
        let dead = Settle {
            results: Vec::new(),
            failures: vec![dead_at(0), dead_at(1)],
            ..all_done(&claim)
        };
        step(&whole, &mut Lane::new("n", 1), &terms(), Some(&dead), 0).await;
        let ids = whole.dead_ids(0, 10).await.unwrap();
        let processing = whole.keys().rediswq_processing();
        let () =
            redis::cmd("RPUSH").arg(&[&processing, "x"]).query(&mut server.connection()).unwrap();
        let unique = [(b"k", b"payload")];
        let before = everything(&mut server.connection());
        for (rules, which) in [
            (&["~*", "-set"][..], "push"),
            (&["~*", "-set"], "unique"),
            (&["~*", "-sadd"], "unique"),
            (&["~*", "-pexpire"], "unique"),
            (&["~*", "-hdel"], "retry"),
            (&["~*", "-zrem"], "retry"),
            (&["~*", "-hdel"], "drop"),
            (&["~*", "-lrem"], "adopt"),
            // The keys of claims are not among those that a call names, and so are not checked
            // before it begins.
            (&["~q", "~{q}:[!c]*", "~{q}:counts", "~{q}:call:*"], "take"),
        ] {
            permit(rules);
            let queue = lame();
            let refused = match which {
                "push" => queue.push(&mut pusher, &[b"d"]).await.unwrap_err(),
                "unique" => {
                    let call = pusher.push_unique(queue.keys(), Duration::from_secs(60), &unique);
                    queue.pushed(&mut pusher, &call).await.unwrap_err()
                }
                "retry" => queue.dead_retry(&ids).await.unwrap_err(),
                "drop" => queue.dead_drop(&ids).await.unwrap_err(),
                "adopt" => queue.adopt(b"x").await.unwrap_err(),
                _ => queue
                    .advance(&mut Lane::new("m", 0), &terms(), None, None, 1)
                    .await
                    .unwrap_err(),
            };
            let said = refused.to_string();
            assert!(
                said.contains("may not do what the queue needs"),
                "{which} with {rules:?}: {said}"
            );
            let helps = rules.last().unwrap().replace('-', "+");
            let helps = if which == "take" { "~NAME ~{NAME}:*" } else { &helps };
            // A server that scripts cannot ask has its own words, and has done the half of it.
            if is_modern() {
                assert!(said.ends_with(helps), "{which} with {rules:?}: {said}");
                assert!(
                    everything(&mut server.connection()) == before,
                    "{which} with {rules:?} was half made"
                );
            }
        }
    });
}

#[test]
fn a_claim_that_was_refused_half_made_leaves_nothing_behind() {
    let server = Server::start();
    let mut connection = server.connection();
    for command in ["zadd", "hset", "rpush", "ltrim"] {
        let () = redis::cmd("FLUSHALL").query(&mut connection).unwrap();
        let () = redis::cmd("ACL")
            .arg(&["SETUSER", "lame", "on", ">secret", "~*", "+@all", &format!("-{command}")])
            .query(&mut connection)
            .unwrap();
        let lame = queue_at(&server.url().replace("redis://", "redis://lame:secret@"), "q", &[]);
        push(&mut connection, &[b"a", b"b"]);
        block_on(async {
            lame.advance(&mut Lane::new("lame", 0), &terms(), None, None, 2).await.unwrap_err();
            expire(&mut connection, "q", "lame.0.1", 1);
            step(&server.queue("q"), &mut Lane::new("n", 0), &terms(), None, 0).await;
        });
        let mut keys: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut connection).unwrap();
        keys.retain(|key| !key.contains(":call:"));
        keys.sort();
        let pending: Vec<String> =
            redis::cmd("LRANGE").arg(&["q", "0", "-1"]).query(&mut connection).unwrap();
        assert_eq!(pending, ["a", "b"], "without {command}");
        // Where only their leaving the list was refused they were claimed, and that is a claim like
        // any other. A server that the script can ask is not even begun to be changed.
        let claimed = command == "ltrim" && !is_modern();
        let left: &[&str] = if claimed {
            &["q", "{q}:counts", "{q}:delayed", "{q}:epoch", "{q}:failed"]
        } else {
            &["q", "{q}:epoch"]
        };
        assert_eq!(keys, left, "without {command}");
    }
}

#[test]
fn the_limit_holds_over_all_workers() {
    let server = Server::start();
    let (queue, mut connection) = (server.queue("q"), server.connection());
    push(&mut connection, &[b"x" as &[u8]; 20]);
    block_on(async {
        let limited = Terms { limit: 5, ..terms() };
        let mut lanes = [0, 1, 2].map(|number| Lane::new("n", number));
        let mut sizes = Vec::new();
        let mut claims = Vec::new();
        for lane in &mut lanes {
            let claim = step(&queue, lane, &limited, None, 3).await.claim;
            sizes.push(claim.as_ref().map_or(0, |claim| claim.tasks.len()));
            claims.push(claim);
        }
        assert_eq!(sizes, [3, 2, 0]);
        let done = all_done(claims[0].as_ref().unwrap());
        let next = step(&queue, &mut lanes[0], &limited, Some(&done), 10).await;
        assert_eq!(
            next.claim.unwrap().tasks.len(),
            3,
            "what is acknowledged makes room in the same step"
        );
    });
}

#[test]
fn payloads_are_kept_byte_for_byte() {
    let server = Server::start();
    let (queue, mut connection) = (server.queue("q"), server.connection());
    let huge: Vec<u8> = (0..5_000_000u32).map(|n| (n % 251) as u8).collect();
    let all: Vec<Vec<u8>> = vec![
        b"".to_vec(),
        b"same".to_vec(),
        b"same".to_vec(),
        (0..=255).collect(),
        b"\r\n*1\r\n$4\r\nPING\r\n".to_vec(),
        huge,
        b"-1".to_vec(),
        b"".to_vec(),
    ];
    block_on(async {
        let mut pusher = Pusher::new("p");
        queue.push(&mut pusher, &all).await.unwrap();
        // Through a claim, a failure, a retry, a death and a new life.
        let mut lane = Lane::new("n", 0);
        let mut seen = Vec::new();
        let mut settle = None;
        while seen.len() < all.len() {
            let claim =
                step(&queue, &mut lane, &terms(), settle.as_ref(), 100).await.claim.unwrap();
            seen.extend(claim.tasks.iter().map(|task| task.payload.clone()));
            let failures = (0..claim.tasks.len()).map(failed_at).collect();
            settle = Some(Settle { failures, results: Vec::new(), ..all_done(&claim) });
        }
        assert_eq!(seen, all);
        step(&queue, &mut lane, &terms(), settle.as_ref(), 0).await;
        let delayed: Vec<String> =
            redis::cmd("ZRANGE").arg(&["{q}:delayed", "0", "-1"]).query(&mut connection).unwrap();
        assert_eq!(delayed.len(), all.len());
        for (order, id) in delayed.iter().enumerate() {
            snapshot::make_due(&mut connection, "q", id, order as u64);
        }
        let mut again = Vec::new();
        let mut settle = None;
        while again.len() < all.len() {
            let claim =
                step(&queue, &mut lane, &terms(), settle.as_ref(), 100).await.claim.unwrap();
            again.extend(claim.tasks.iter().map(|task| task.payload.clone()));
            let failures = (0..claim.tasks.len()).map(dead_at).collect();
            settle = Some(Settle { failures, results: Vec::new(), ..all_done(&claim) });
        }
        step(&queue, &mut lane, &terms(), settle.as_ref(), 0).await;
        let mut expected = all.clone();
        expected.sort();
        again.sort();
        assert_eq!(again, expected);
        let dead = queue.dead_ids(0, 100).await.unwrap();
        assert_eq!(queue.dead_retry(&dead).await.unwrap(), all.len() as u64);
        let mut pending = snapshot::read(&mut connection, "q").pending;
        pending.sort();
        assert_eq!(pending, expected);
    });
}

#[test]
fn a_huge_task_is_not_claimed_with_others() {
    let server = Server::start();
    let (queue, mut connection) = (server.queue("q"), server.connection());
    let huge = vec![b'x'; 600];
    push(&mut connection, &[b"a", &huge, &huge, b"b", b"c"]);
    block_on(async {
        let bounded = Terms { max_bytes: 500, ..terms() };
        let mut lane = Lane::new("n", 0);
        let mut sizes = Vec::new();
        let mut settle = None;
        while let Some(claim) = step(&queue, &mut lane, &bounded, settle.as_ref(), 100).await.claim
        {
            sizes.push(claim.tasks.len());
            settle = Some(all_done(&claim));
        }
        assert_eq!(sizes, [1, 1, 1, 2]);
    });
}

#[test]
fn results_are_bounded_where_it_is_said() {
    let server = Server::start();
    let (queue, mut connection) = (server.queue("q"), server.connection());
    push(&mut connection, &[b"1", b"2", b"3", b"4"]);
    block_on(async {
        let bounded = Terms { results_limit: 3, results_ttl: Duration::from_secs(1000), ..terms() };
        let mut lane = Lane::new("n", 0);
        let claim = take(&queue, &mut lane, 4).await;
        step(&queue, &mut lane, &bounded, Some(&all_done(&claim)), 0).await;
    });
    assert_eq!(snapshot::read(&mut connection, "q").results, [b"2", b"3", b"4"]);
    let ttl: i64 = redis::cmd("TTL").arg("{q}:results").query(&mut connection).unwrap();
    assert!((900..=1000).contains(&ttl), "{ttl}");
}

#[test]
fn a_stream_has_one_entry_a_result() {
    let server = Server::start();
    let (queue, mut connection) = (server.queue("q"), server.connection());
    push(&mut connection, &[b"1", b"2"]);
    block_on(async {
        let stream = Terms { results: queue_worker::protocol::ResultStore::Stream, ..terms() };
        let mut lane = Lane::new("n", 0);
        let claim = take(&queue, &mut lane, 2).await;
        step(&queue, &mut lane, &stream, Some(&all_done(&claim)), 0).await;
        assert_eq!(queue.status(0).await.unwrap().results, 2);
    });
    let entries: Vec<(String, Vec<String>)> =
        redis::cmd("XRANGE").arg(&["{q}:results", "-", "+"]).query(&mut connection).unwrap();
    let fields: Vec<Vec<String>> = entries.into_iter().map(|(_, fields)| fields).collect();
    assert_eq!(fields, [["result", "1"], ["result", "2"]]);
}

#[test]
fn status_tells_every_claim_and_count() {
    let server = Server::start();
    let (queue, mut connection) = (server.queue("q"), server.connection());
    push(&mut connection, &[b"1", b"2", b"3", b"4", b"5"]);
    block_on(async {
        let mut lane = Lane::new("n", 0);
        let claim = take(&queue, &mut lane, 4).await;
        let settle = Settle {
            over: 3,
            failures: vec![failed_at(0), dead_at(1)],
            results: vec![b"r".to_vec()],
            ..all_done(&claim)
        };
        step(&queue, &mut lane, &terms(), Some(&settle), 0).await;
        let status = queue.status(10).await.unwrap();
        let numbers = [
            status.pending,
            status.delayed,
            status.in_hand,
            status.claim_count,
            status.dead,
            status.results,
        ];
        assert_eq!(numbers, [1, 1, 1, 1, 1, 1]);
        let counts: Vec<(&str, u64)> =
            status.counts.iter().map(|(name, count)| (name.as_str(), *count)).collect();
        assert_eq!(counts, [("dead", 1), ("done", 1), ("retried", 1)]);
        let held = &status.claims[0];
        assert_eq!(
            (held.id.as_str(), held.worker.as_str(), held.tasks),
            (claim.id.as_str(), "tester", 1)
        );
        assert!(
            (900_000_000..=1_000_000_000).contains(&held.lease_left_ms),
            "{}",
            held.lease_left_ms
        );
        assert!(held.age_ms < 60_000);
    });
}
