//! Claims: taken, expired, stale, handed back.

use super::*;

#[test]
fn an_expired_claim_is_given_back_with_a_counted_crash() {
    let server = Server::start();
    let (queue, mut connection) = (server.queue("q"), server.connection());
    push(&mut connection, &[b"a", b"b"]);
    block_on(async {
        let (mut dying, mut living) = (Caller::new("dying", 0), Caller::new("living", 0));
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
        let mut lane = Caller::new("n", 0);
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
        let (mut stopped, mut other) = (Caller::new("stopped", 0), Caller::new("other", 0));
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
        let mut lane = Caller::new("n", 0);
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
fn drained_means_nothing_pending_delayed_or_claimed() {
    let server = Server::start();
    let (queue, mut connection) = (server.queue("q"), server.connection());
    push(&mut connection, &[b"a"]);
    block_on(async {
        let (mut lane, mut looking) = (Caller::new("n", 0), Caller::new("l", 0));
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
        let mut lane = Caller::new("n", 0);
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
