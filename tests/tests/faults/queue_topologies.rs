//! A failover by Sentinel and a Cluster whose slot moves, in mid-run.

use crate::{
    audit::{Audit, names, push, results},
    figures::Figures,
    job::Job,
    queue::{cluster, process::until, sentinel::Sentinel, server::Server},
    size::Size,
};

const TASKS: [&str; 9] = [
    "run",
    "--handler",
    "simulate=2ms",
    "--lease",
    "2s",
    "--concurrency",
    "4",
    "--max-crashes",
    "1000",
];

#[test]
fn a_failover_in_mid_run_doubles_nothing() {
    let tasks = Size::of_this_run().pick(4_000, 40_000);
    let mut primary = Server::start();
    let port = primary.port().to_string();
    let replica = Server::start_with(&["--save", "", "--replicaof", "127.0.0.1", &port]);
    let sentinel = Sentinel::start(primary.port());
    let url = sentinel.url();
    push(&url, tasks);
    sentinel.await_replica(&replica);
    let job = Job::of(5, &url, &TASKS);
    until("some results at the replica", || {
        results(&replica).is_some_and(|results| results >= tasks / 4)
    });
    primary.kill();
    until("the sentinel names the replica", || sentinel.master() == Some(replica.port()));
    job.finish();
    let audit = Audit::of(&mut replica.connection(), &names(tasks));
    Figures {
        scenario: "queue-worker: Sentinel failover",
        injected: "the primary killed, its replica named by Sentinel, 5 workers at work".to_owned(),
        survived: audit.sound,
        lost: audit.lost.len(),
        doubled: audit.doubled,
    }
    .expect_none_lost_or_doubled();
}

#[test]
fn a_slot_that_moves_back_and_forth_in_mid_run_costs_nothing() {
    let size = Size::of_this_run();
    let (tasks, moves) = (size.pick(4_000, 40_000), size.pick(2, 6));
    let nodes = cluster::start();
    let url = cluster::url(&nodes);
    push(&url, tasks);
    let slot: u16 =
        redis::cmd("CLUSTER").arg(&["KEYSLOT", "q"]).query(&mut nodes[0].connection()).unwrap();
    let owner = || (0..3).find(|node| results(&nodes[*node]).is_some()).unwrap();
    let job = Job::of(5, &url, &TASKS);
    for time in 0..moves {
        let from = owner();
        let some = (time + 1) * tasks / (moves + 2);
        until("some results", || results(&nodes[from]).is_some_and(|results| results >= some));
        cluster::move_slot(&nodes, slot, from, (from + 1) % 3);
    }
    job.finish();
    let audit = Audit::of(&mut nodes[owner()].connection(), &names(tasks));
    Figures {
        scenario: "queue-worker: Cluster slot moves",
        injected: format!("{moves} moves of the queue's slot between 3 nodes, 5 workers at work"),
        survived: audit.sound,
        lost: audit.lost.len(),
        doubled: audit.doubled,
    }
    .expect_none_lost_or_doubled();
}
