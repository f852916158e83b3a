//! A Redis that restarts, with its data or without.

use super::*;

#[test]
fn a_redis_that_restarts_with_its_log_loses_nothing() {
    const TASKS: usize = 4_000;
    let mut server =
        Server::start_with(&["--save", "", "--appendonly", "yes", "--appendfsync", "always"]);
    push(&server, TASKS);
    let workers: Vec<Worker> =
        (0..3).map(|_| Worker::start(&server.url(), &MILLISECOND_TASKS)).collect();
    for results_before in [300, 1_500] {
        until("some results", || results(&server) >= results_before);
        server.restart();
    }
    for worker in workers {
        // One that was not in mid-call at a restart so short may not even notice it.
        worker.end().expect(0);
    }
    each_task_has_one_result(&server, TASKS);
}

#[test]
fn a_queue_that_vanishes_in_mid_run_is_no_success() {
    let server = Server::start();
    push(&server, 100_000);
    let worker = Worker::start(&server.url(), &MILLISECOND_TASKS);
    until("some results", || results(&server) >= 100);
    let () = ask(&server, &["FLUSHALL"]);
    let ended = worker.end().expect(69);
    assert!(ended.stderr.contains("the queue q vanished"), "{}", ended.stderr);
}

#[test]
fn a_queue_that_vanishes_is_no_success_at_most_once_either() {
    let server = Server::start();
    push(&server, 100_000);
    let arguments = [&MILLISECOND_TASKS[..], &["--delivery", "at-most-once"]].concat();
    let worker = Worker::start(&server.url(), &arguments);
    until("some results", || results(&server) >= 100);
    let () = ask(&server, &["FLUSHALL"]);
    let ended = worker.end().expect(69);
    assert!(ended.stderr.contains("the queue q vanished"), "{}", ended.stderr);
    // One that was emptied on purpose is drained.
    push(&server, 100_000);
    let worker = Worker::start(&server.url(), &arguments);
    until("some results", || results(&server) >= 100);
    let () = ask(&server, &["DEL", "q"]);
    worker.end().expect(0);
}
