//! Connections that are cut, held up and half-open.

use std::time::Duration;

use crate::{
    audit::{Audit, names, push, results},
    figures::Figures,
    job::Job,
    queue::{process::until, proxy::Proxy, server::Server},
    size::Size,
};

// Claims of a few tasks, so that the number of requests, and with it of faults, does not hang on
// how fast a machine is.
const TASKS: [&str; 13] = [
    "run",
    "--handler",
    "simulate=2ms",
    "--lease",
    "3s",
    "--concurrency",
    "4",
    "--max-claim",
    "8",
    "--redis-timeout",
    "500ms",
    "--max-crashes",
    "1000",
];

fn tell(scenario: &'static str, injected: String, server: &Server, tasks: usize) {
    let audit = Audit::of(&mut server.connection(), &names(tasks));
    Figures {
        scenario,
        injected,
        survived: audit.sound,
        lost: audit.lost.len(),
        doubled: audit.doubled,
    }
    .expect_none_lost_or_doubled();
}

#[test]
fn connections_cut_before_and_after_execution_cost_nothing() {
    let tasks = Size::of_this_run().pick(2_000, 40_000);
    let server = Server::start();
    push(&server.url(), tasks);
    let proxy = Proxy::start(server.port(), 7);
    Job::of(5, &proxy.url(), &TASKS).finish();
    assert!(proxy.cuts() >= 20, "{}", proxy.cuts());
    let injected = format!(
        "{} of {} requests cut, in turn before and after execution",
        proxy.cuts(),
        proxy.requests()
    );
    tell("queue-worker: connections cut", injected, &server, tasks);
}

#[test]
fn requests_that_arrive_after_their_client_has_given_up_cost_nothing() {
    let size = Size::of_this_run();
    let tasks = size.pick(2_000, 40_000);
    let server = Server::start();
    push(&server.url(), tasks);
    // Longer than a client waits, so that it asks again and the old request comes last.
    let proxy = Proxy::delaying(server.port(), 23, Duration::from_millis(800));
    Job::of(5, &proxy.url(), &TASKS).finish();
    assert!(proxy.cuts() >= size.pick(3, 30) as u64, "{}", proxy.cuts());
    let injected =
        format!("{} of {} requests executed 800 ms late", proxy.cuts(), proxy.requests());
    tell("queue-worker: requests delayed", injected, &server, tasks);
}

#[test]
fn connections_that_carry_nothing_any_longer_cost_nothing() {
    let size = Size::of_this_run();
    let (tasks, times) = (size.pick(2_000, 40_000), size.pick(2, 10));
    let server = Server::start();
    push(&server.url(), tasks);
    let proxy = Proxy::honest(server.port());
    let url = proxy.url();
    let job = Job::of(5, &url, &TASKS);
    for time in 0..times {
        let some = (time + 1) * tasks / (times + 2);
        until("some results", || results(&server).is_some_and(|results| results >= some));
        proxy.go_half_open();
    }
    let ended = job.finish();
    assert!(ended.iter().all(|ended| ended.stderr.contains("redis is not usable")));
    let injected = format!("{times} times all connections of 5 workers half-open");
    tell("queue-worker: connections half-open", injected, &server, tasks);
}
