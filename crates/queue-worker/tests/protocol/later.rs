//! Tasks for later, whoever has put them there.

use queue_worker::brokers::redis::Due;

use super::*;

fn now_ms(connection: &mut redis::Connection) -> u64 {
    let (seconds, micros): (u64, u64) = redis::cmd("TIME").query(connection).unwrap();
    seconds * 1000 + micros / 1000
}

fn add(connection: &mut redis::Connection, due: u64, payload: &[u8]) {
    let () = redis::cmd("ZADD").arg("{q}:delayed").arg(due).arg(payload).query(connection).unwrap();
}

#[test]
fn tasks_for_later_are_taken_when_they_are_due_and_in_their_order() {
    let server = Server::start();
    let mut connection = server.connection();
    block_on(async {
        let queue = server.queue("q");
        let at = now_ms(&mut connection) + 300;
        let mut pusher = Pusher::new("n").due(Due::At(at));
        let tasks: Vec<String> = (0..25).map(|n| format!("{n}")).collect();
        for batch in tasks.chunks(12) {
            let added = queue.push(&mut pusher, batch).await.unwrap();
            assert_eq!(added, Pushed::Added(batch.len() as u64));
        }
        add(&mut connection, at + 1, b"other \xff");
        let mut lane = Caller::new("n", 0);
        let mut got = Vec::new();
        while got.len() < 26 {
            let seen = step(&queue, &mut lane, &terms(), None, 100).await;
            assert!(!seen.is_drained() || seen.claim.is_some());
            let Some(claim) = seen.claim else {
                assert!(seen.now_ms <= at + 1, "what is due is taken");
                continue;
            };
            assert!(seen.now_ms >= at, "{} ms too early", at - seen.now_ms);
            assert!(claim.tasks.iter().all(|task| task.attempt() == 1));
            got.extend(claim.tasks.iter().map(|task| task.payload.clone()));
            let settled = step(&queue, &mut lane, &terms(), Some(&all_done(&claim)), 0).await;
            assert!(settled.settled);
        }
        let all: Vec<&[u8]> =
            tasks.iter().map(|task| task.as_bytes()).chain([&b"other \xff"[..]]).collect();
        assert_eq!(got, all);
        let after = step(&queue, &mut lane, &terms(), None, 1).await;
        assert_eq!((after.is_drained(), after.missing), (true, 0));
    });
    let left: Vec<String> = redis::cmd("KEYS").arg("{q}:failed").query(&mut connection).unwrap();
    assert!(left.is_empty(), "a task that is done has no record");
}

#[test]
fn a_due_time_in_seconds_is_no_time_of_1970() {
    let server = Server::start();
    let mut connection = server.connection();
    for delivery in [Delivery::AtLeastOnce, Delivery::AtMostOnce] {
        let now_s = now_ms(&mut connection) / 1000;
        add(&mut connection, now_s + 3600, b"in an hour");
        add(&mut connection, now_s - 1, b"due");
        block_on(async {
            let terms = Terms { delivery, ..terms() };
            let mut lane = Caller::new(&format!("{delivery:?}"), 0);
            let seen = step(&server.queue("q"), &mut lane, &terms, None, 10).await;
            assert_eq!(payloads(&seen.claim.unwrap()), [b"due"]);
            let next = seen.next_due_ms.unwrap();
            assert_eq!(next, (now_s + 3600) * 1000, "it is in ms from now on");
        });
        let () = redis::cmd("FLUSHALL").query(&mut connection).unwrap();
    }
}

#[test]
fn an_id_without_its_record_is_no_payload() {
    let server = Server::start();
    let mut connection = server.connection();
    add(&mut connection, 1, b"0123456789abcdef.push.0000000002-000001");
    add(&mut connection, 2, b"0123456789abcdef.7.12-3");
    block_on(async {
        let seen = step(&server.queue("q"), &mut Caller::new("n", 0), &terms(), None, 10).await;
        assert_eq!((seen.claim, seen.delayed), (None, 0));
    });
}

#[test]
fn a_task_for_later_that_fails_and_crashes_is_like_any_other() {
    let server = Server::start();
    let mut connection = server.connection();
    add(&mut connection, 1, b"task");
    block_on(async {
        let queue = server.queue("q");
        let mut lane = Caller::new("n", 0);
        let claim = take(&queue, &mut lane, 1).await;
        let id = claim.task_id(0);
        step(&queue, &mut lane, &terms(), Some(&hand_back(&claim)), 0).await;
        let again = take(&queue, &mut lane, 1).await;
        assert_eq!((again.task_id(0), again.tasks[0].attempt()), (id.clone(), 1));
        expire(&mut connection, "q", &again.id, 1);
        let third = take(&queue, &mut lane, 1).await;
        assert_eq!((third.task_id(0), third.tasks[0].attempt()), (id.clone(), 2));
        let dead = Settle { results: Vec::new(), failures: vec![dead_at(0)], ..all_done(&third) };
        step(&queue, &mut lane, &terms(), Some(&dead), 0).await;
        assert_eq!(queue.dead_ids(0, 10).await.unwrap(), [id]);
    });
}
