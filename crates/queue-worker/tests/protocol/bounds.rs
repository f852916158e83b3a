//! What is bounded, and what is kept byte for byte.

use super::*;

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
        let mut lane = Caller::new("n", 0);
        let mut settle: Option<Settle> = None;
        for round in 0.. {
            let answer = step(&queue, &mut lane, &terms(), settle.as_ref(), 7).await;
            if answer.is_drained() {
                break;
            }
            let claim = answer.claim.unwrap();
            let renewed = queue.renew(&answer.epoch, &terms(), &[&claim.id]).await.unwrap();
            assert_eq!(
                renewed,
                queue_worker::brokers::redis::Renewed::Held {
                    claims: vec![true],
                    cancelled: Vec::new(),
                }
            );
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

#[test]
fn the_limit_holds_over_all_workers() {
    let server = Server::start();
    let (queue, mut connection) = (server.queue("q"), server.connection());
    push(&mut connection, &[b"x" as &[u8]; 20]);
    block_on(async {
        let limited = Terms { limit: 5, ..terms() };
        let mut lanes = [0, 1, 2].map(|number| Caller::new("n", number));
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
        let mut lane = Caller::new("n", 0);
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
        let mut lane = Caller::new("n", 0);
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
        let mut lane = Caller::new("n", 0);
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
        let stream = Terms { results: queue_worker::queue::ResultStore::Stream, ..terms() };
        let mut lane = Caller::new("n", 0);
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
        let mut lane = Caller::new("n", 0);
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

#[test]
fn a_stream_keeps_exactly_the_newest_results_whatever_its_limit() {
    let server = Server::start();
    for limit in [1, 5, 100] {
        let mut connection = server.connection();
        let () = redis::cmd("FLUSHALL").query(&mut connection).unwrap();
        let tasks: Vec<Vec<u8>> = (0..300).map(|n| format!("{n}").into_bytes()).collect();
        push(&mut connection, &tasks.iter().map(Vec::as_slice).collect::<Vec<_>>());
        block_on(async {
            let queue = server.queue("q");
            let stream = Terms {
                results: queue_worker::queue::ResultStore::Stream,
                results_limit: limit,
                ..terms()
            };
            let mut lane = Caller::new("n", 0);
            for _ in 0..3 {
                let claim = take(&queue, &mut lane, 100).await;
                step(&queue, &mut lane, &stream, Some(&all_done(&claim)), 0).await;
            }
        });
        let length: usize = redis::cmd("XLEN").arg("{q}:results").query(&mut connection).unwrap();
        assert_eq!(length, limit);
    }
}
