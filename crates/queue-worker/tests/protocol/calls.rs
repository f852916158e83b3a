//! Calls that come twice, late, or into a queue that is not the one that was seen.

use super::*;

#[test]
fn a_step_sent_twice_is_taken_once() {
    let server = Server::start();
    let (queue, mut connection) = (server.queue("q"), server.connection());
    push(&mut connection, &[b"a", b"b", b"c"]);
    block_on(async {
        let mut lane = Caller::new("n", 0);
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
        let mut lane = Caller::new("n", 0);
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
fn a_batch_of_a_named_push_is_added_where_the_push_stands_and_nowhere_else() {
    let server = Server::start();
    let queue = server.queue("q");
    let reached = |tasks, digest: &str| Reached { tasks, digest: digest.to_owned() };
    let span = |from, after: &str| Span { from, after: after.to_owned() };
    block_on(async {
        let (mut one, mut other) = (Pusher::named("n", "night"), Pusher::named("m", "night"));
        let first = one.at(span(reached(0, ""), "aa")).push(queue.keys(), &["1", "2"]);
        for _ in 0..2 {
            assert_eq!(queue.pushed(&mut one, &first).await.unwrap(), Pushed::Added(2));
            assert_eq!(*one.reached(), reached(2, "aa"));
        }
        for (from, is_there) in [
            (reached(0, ""), false),
            (reached(2, "bb"), false),
            (reached(1, "aa"), false),
            (reached(2, "aa"), true),
        ] {
            let batch = other.at(span(from, "cc")).push(queue.keys(), &["3"]);
            let answer = queue.pushed(&mut other, &batch).await.unwrap();
            let expected =
                if is_there { Pushed::Added(1) } else { Pushed::Elsewhere(reached(2, "aa")) };
            assert_eq!(answer, expected);
        }
        let unnamed = Pusher::new("o").push(queue.keys(), &["4"]);
        assert_eq!(
            queue.pushed(&mut Pusher::new("o"), &unnamed).await.unwrap(),
            Pushed::Added(1),
            "a push without a name stands nowhere"
        );
        let pending = snapshot::read(&mut server.connection(), "q").pending;
        assert_eq!(pending, ["1", "2", "3", "4"].map(|task| task.as_bytes()));
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
fn a_vanished_queue_is_not_a_drained_one() {
    let server = Server::start();
    let (queue, mut connection) = (server.queue("q"), server.connection());
    push(&mut connection, &[b"a", b"b"]);
    block_on(async {
        let (mut lane, mut other) = (Caller::new("n", 0), Caller::new("o", 0));
        let seen = step(&queue, &mut lane, &terms(), None, 1).await;
        let claim = seen.claim.unwrap();
        let () = redis::cmd("FLUSHALL").query(&mut connection).unwrap();
        let settle = all_done(&claim);
        let after =
            queue.advance(&mut lane, &terms(), Some(&seen.epoch), Some(&settle), 1).await.unwrap();
        assert_eq!(after, Step::Vanished);
        let renewed = queue.renew(&seen.epoch, &terms(), &[&claim.id]).await.unwrap();
        assert_eq!(renewed, queue_worker::brokers::redis::Renewed::Vanished);
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
            let answer = queue
                .advance(&mut Caller::new("n", want), &terms(), None, None, want)
                .await
                .unwrap();
            assert_eq!(answer, Step::Absent);
        }
        assert!(everything(&mut connection).is_empty(), "a look makes nothing");
        assert!(!queue.status(0).await.unwrap().exists());
        // An empty push is a queue with nothing in it.
        let mut pusher = Pusher::new("n");
        assert_eq!(queue.push::<&[u8]>(&mut pusher, &[]).await.unwrap(), Pushed::Added(0));
        assert!(step(&queue, &mut Caller::new("m", 0), &terms(), None, 1).await.is_drained());
        assert!(queue.status(0).await.unwrap().exists());
        // So are the tasks of a producer that knows no epoch, also when the list is gone as the
        // last is done.
        let () = redis::cmd("FLUSHALL").query(&mut connection).unwrap();
        push(&mut connection, &[b"a"]);
        let mut lane = Caller::new("o", 0);
        let claim = take(&queue, &mut lane, 1).await;
        step(&queue, &mut lane, &terms(), Some(&all_done(&claim)), 0).await;
        assert!(step(&queue, &mut Caller::new("late", 0), &terms(), None, 1).await.is_drained());
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
        let (mut pusher, mut lane) = (Pusher::new("n"), Caller::new("n", 0));
        let unique = pusher.push_unique(queue.keys(), Duration::ZERO, &[("k", "a"), ("l", "b")]);
        queue.pushed(&mut pusher, &unique).await.unwrap();
        let claim = step(&queue, &mut lane, &forgetful, None, 2).await.claim.unwrap();
        assert!(expiring().iter().all(|expires| !expires), "in hand");
        let settle =
            Settle { failures: vec![dead_at(1)], results: vec![b"A".to_vec()], ..all_done(&claim) };
        step(&queue, &mut lane, &forgetful, Some(&settle), 1).await;
        // Epoch, counts, results, dead letters, their records, unique keys and their field.
        assert_eq!(expiring(), [true; 7], "drained");
        assert!(queue.status(0).await.unwrap().forgotten_in_ms.is_some_and(|ms| ms <= 1_000_000));
        // Whatever begins it anew: a push, a dead letter, a producer that knows no epoch.
        queue.push(&mut pusher, &[b"c"]).await.unwrap();
        assert_eq!(expiring(), [false; 7], "pushed");
        let claim = step(&queue, &mut lane, &forgetful, None, 1).await.claim.unwrap();
        step(&queue, &mut lane, &forgetful, Some(&all_done(&claim)), 1).await;
        assert_eq!(expiring(), [true; 7]);
        let dead = queue.dead_ids(0, 1).await.unwrap();
        queue.dead_retry(&dead).await.unwrap();
        assert_eq!(expiring(), [false; 5], "a dead letter begun anew, and no other is left");
        let claim = step(&queue, &mut lane, &forgetful, None, 1).await.claim.unwrap();
        step(&queue, &mut lane, &forgetful, Some(&all_done(&claim)), 1).await;
        let () = redis::cmd("RPUSH").arg(&["q", "d"]).query(&mut server.connection()).unwrap();
        assert_eq!(expiring(), [true; 5], "nobody has seen it yet");
        let claim = step(&queue, &mut lane, &forgetful, None, 1).await.claim.unwrap();
        assert!(expiring().iter().all(|expires| !expires), "in hand again");
        // A worker that does not forget keeps it.
        step(&queue, &mut lane, &forgetful, Some(&all_done(&claim)), 1).await;
        assert_eq!(expiring(), [true; 5]);
        step(&queue, &mut lane, &terms(), None, 1).await;
        assert_eq!(expiring(), [false; 5]);
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
