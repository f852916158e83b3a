//! When a worker ends, and with which exit code.

use super::*;

#[test]
fn five_workers_drain_a_queue_together() {
    let server = Server::start();
    push(&server, 5_000);
    let arguments = ["run", "--handler", "simulate=1ms", "--concurrency", "8"];
    let workers: Vec<Worker> = (0..5).map(|_| Worker::start(&server.url(), &arguments)).collect();
    let done: u64 = workers.into_iter().map(|worker| worker.end().expect(0).count("done")).sum();
    assert_eq!((done, ask::<u64>(&server, &["LLEN", "{q}:results"])), (5_000, 5_000));
}

#[test]
fn exactly_max_tasks_are_taken() {
    let server = Server::start();
    push(&server, 1_000);
    for concurrency in ["1", "7"] {
        let before: u64 = ask(&server, &["LLEN", "q"]);
        let ended =
            at_once(&server, &["--max-tasks", "123", "--concurrency", concurrency]).expect(0);
        assert_eq!((ended.count("done"), before - ask::<u64>(&server, &["LLEN", "q"])), (123, 123));
    }
    let rest = at_once(&server, &["--max-tasks", "5000"]).expect(0);
    assert_eq!(rest.count("done"), 1_000 - 2 * 123, "or as many as there are");
}

#[test]
fn a_follower_waits_until_its_idle_time_is_over() {
    let server = Server::start();
    let worker = Worker::start(
        &server.url(),
        &[&AT_ONCE[..], &["--follow", "--idle-timeout", "2s"]].concat(),
    );
    until("it looks", || worker.stderr().contains("there is no such queue yet"));
    push(&server, 10);
    assert_eq!(worker.end().expect(0).count("done"), 10);
}

#[test]
fn an_idle_worker_asks_redis_at_most_twice_a_second() {
    let server = Server::start();
    push(&server, 1);
    let holder = Worker::start(&server.url(), &["run", "--lease", "60s", "--", "sleep", "60"]);
    until("the task is in hand", || ask::<u64>(&server, &["LLEN", "q"]) == 0);
    let arguments =
        [&AT_ONCE[..], &["--concurrency", "4", "--max-runtime", "20s", "--idle-timeout", "10s"]]
            .concat();
    let began = Instant::now();
    let ended = Worker::run(&server.url(), &arguments).expect(75);
    // The first looks are quick, each of the lanes has one of its own at the beginning and at the
    // end, and so has the worker.
    let allowed = 2 * 4 + 2 + 7 + 2 * began.elapsed().as_secs();
    assert!(ended.count("calls") <= allowed, "{} calls", ended.count("calls"));
    drop(holder);
}

#[test]
fn a_queue_that_is_not_there_is_no_success_and_is_told_by_its_name() {
    let server = Server::start();
    Worker::feed(&server.url(), &["push", "--queue", "transactions"], b"1\n").expect(0);
    for delivery in ["at-least-once", "at-most-once"] {
        let more = ["--queue", "transaction", "--wait-for-queue", "200ms", "--delivery", delivery];
        let ended = at_once(&server, &more).expect(66);
        assert!(
            ended.stderr.contains("there is no queue transaction in redis at 127.0.0.1:"),
            "{}",
            ended.stderr
        );
        assert!(ended.stderr.contains("(there are transactions)"), "{}", ended.stderr);
        assert_eq!(
            ended.stderr.matches("\"level\":\"WARN\"").count(),
            1,
            "told once: {}",
            ended.stderr
        );
    }
    for command in
        [&["status"][..], &["summarize"], &["dead", "list"], &["dead", "retry"], &["adopt"]]
    {
        let ended =
            Worker::run(&server.url(), &[command, &["--queue", "high,low"]].concat()).expect(66);
        assert!(
            ended.stderr.contains("there is no queue high,low"),
            "{command:?}: {}",
            ended.stderr
        );
    }
    let status = Worker::run(&server.url(), &["status", "--json", "--queue", "other"]).expect(66);
    assert!(status.stdout.contains("\"exists\":false"), "{}", status.stdout);
}

#[test]
fn a_queue_that_comes_late_is_waited_for_and_an_empty_push_is_one() {
    let server = Server::start();
    let worker = Worker::start(&server.url(), &AT_ONCE);
    until("it waits", || worker.stderr().contains("there is no such queue yet"));
    push(&server, 3);
    assert_eq!(worker.end().expect(0).count("done"), 3);
    // A worker that starts when all is done finds that it is.
    assert_eq!(at_once(&server, &["--wait-for-queue", "0s"]).expect(0).count("done"), 0);
    let empty = Worker::feed(&server.url(), &["push", "--queue", "empty"], b"").expect(0);
    assert!(empty.stderr.contains("the input is empty"), "{}", empty.stderr);
    at_once(&server, &["--queue", "empty", "--wait-for-queue", "0s"]).expect(0);
    // A worker that waits is stopped as any other.
    let worker = Worker::start(&server.url(), &[&AT_ONCE[..], &["--queue", "none"]].concat());
    until("it waits", || worker.stderr().contains("there is no such queue yet"));
    worker.signal(Signal::TERM);
    worker.end().expect(143);
}

#[test]
fn the_pod_that_replaces_one_whose_redis_came_back_empty_does_not_end_with_success() {
    let mut server = Server::start();
    push(&server, 1_000);
    let worker = Worker::start(&server.url(), &["run", "--handler", "simulate=20ms"]);
    until("some results", || ask::<u64>(&server, &["LLEN", "{q}:results"]) > 2);
    server.restart();
    worker.end().expect(69);
    at_once(&server, &["--wait-for-queue", "300ms"]).expect(66);
}

#[test]
fn what_a_limit_ends_with_work_left_is_not_done() {
    let server = Server::start();
    push(&server, 3);
    let slow = ["run", "--handler", "simulate=300ms", "--max-runtime", "100ms"];
    let ended = Worker::run(&server.url(), &slow).expect(75);
    assert!(
        ended.stderr.contains("--max-runtime was reached with work left: 2 tasks pending"),
        "{}",
        ended.stderr
    );
    assert_eq!((&ended.summary["outcome"], ended.count("done")), (&"stopped".into(), 1));
    at_once(&server, &["--max-runtime", "1h"]).expect(0);
    // Tasks in other hands are work left, too; with nothing left a limit is as good an end as any.
    push(&server, 1);
    let holder = Worker::start(&server.url(), &["run", "--", "sleep", "60"]);
    until("a task is in hand", || ask::<u64>(&server, &["ZCARD", "{q}:leases"]) == 1);
    at_once(&server, &["--idle-timeout", "100ms"]).expect(75);
    at_once(&server, &["--exit-when", "empty", "--idle-timeout", "100ms"]).expect(0);
    holder.signal(Signal::TERM);
    holder.kill();
    Worker::run(&server.url(), &["purge", "--yes"]).expect(0);
    at_once(&server, &["--follow", "--idle-timeout", "100ms"]).expect(0);
}

#[test]
fn max_tasks_counts_what_is_settled_and_not_what_is_tried() {
    let server = Server::start();
    push(&server, 10);
    // Each third task fails at first, and each fifth is hopeless.
    let script = "read -r w n; [ $((n % 5)) != 0 ] || exit 65; [ $((n % 3)) != 0 ] || [ \
                  $TASK_ATTEMPT -gt 1 ]";
    for pod in 0..2 {
        let arguments = ["run", "--max-tasks", "5", "--backoff", "10ms", "--", "sh", "-c", script];
        let ended = Worker::run(&server.url(), &arguments).expect(0);
        assert_eq!(ended.count("done") + ended.count("dead"), 5, "pod {pod}: {ended:?}");
    }
    assert_eq!(
        ask::<u64>(&server, &["LLEN", "{q}:results"]) + ask::<u64>(&server, &["ZCARD", "{q}:dead"]),
        10
    );
}
