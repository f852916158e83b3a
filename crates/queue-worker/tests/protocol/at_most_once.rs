//! Tasks that are given out at most once.

use super::*;

#[test]
fn the_limit_and_the_bytes_of_a_claim_hold_at_most_once_too() {
    let server = Server::start();
    let (queue, mut connection) = (server.queue("q"), server.connection());
    let huge = vec![b'x'; 400];
    push(&mut connection, &[b"a", &huge, &huge, b"b", b"c", b"d", b"e"]);
    block_on(async {
        let once = Terms { delivery: Delivery::AtMostOnce, limit: 3, max_bytes: 500, ..terms() };
        let mut lanes = [0, 1].map(|number| Caller::new("n", number));
        let first = step(&queue, &mut lanes[0], &once, None, 100).await.claim.unwrap();
        assert_eq!(payloads(&first), [b"a" as &[u8], &huge], "500 bytes are not exceeded");
        let second = step(&queue, &mut lanes[1], &once, None, 100).await.claim.unwrap();
        assert_eq!(second.tasks.len(), 1, "three at most are in hand");
        assert!(step(&queue, &mut Caller::new("m", 0), &once, None, 1).await.claim.is_none());
        // A step that comes twice gives the same tasks, and what is handed back is first in line.
        let again = step(&queue, &mut Caller::new("n", 1), &once, None, 100).await.claim.unwrap();
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
        let (mut lane, mut other) = (Caller::new("n", 0), Caller::new("o", 0));
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
