//! Connections that are cut, carry nothing, or lead to a Redis that is not ready.

use super::*;

#[test]
fn a_connection_that_carries_nothing_any_longer_is_given_up() {
    let server = Server::start();
    push(&server, 400);
    let proxy = Proxy::honest(server.port());
    let arguments =
        ["run", "--handler", "simulate=5ms", "--concurrency", "2", "--redis-timeout", "500ms"];
    let worker = Worker::start(&proxy.url(), &arguments);
    for some in [50, 200] {
        until("some results", || results(&server) >= some);
        proxy.go_half_open();
    }
    let ended = worker.end().expect(0);
    assert!(ended.stderr.matches("redis is not usable").count() >= 2, "{}", ended.stderr);
    assert_eq!(ended.count("stale"), 0, "{}", ended.stderr);
    each_task_has_one_result(&server, 400);
}

#[test]
fn a_redis_that_still_loads_its_data_is_waited_for() {
    let mut server = Server::start_with(&["--appendonly", "no"]);
    push(&server, 50);
    let mut keys = redis::pipe();
    for n in 0..3_000 {
        keys.cmd("SET")
            .arg(format!("other {n}"))
            .arg("some value that others keep in the same redis")
            .ignore();
    }
    let () = keys.query(&mut server.connection()).unwrap();
    let () = ask(&server, &["SAVE"]);
    // A ms for each key: it answers LOADING for three seconds.
    server.restart_unready(&[
        "--key-load-delay",
        "1000",
        "--loading-process-events-interval-bytes",
        "1024",
    ]);
    let ended = Worker::run(&server.url(), &["run", "--handler", "simulate=0s"]).expect(0);
    assert!(ended.stderr.contains("LOADING"), "{}", ended.stderr);
    assert_eq!(ended.count("done"), 50);
}

#[test]
fn a_replica_is_waited_for_until_it_is_the_master() {
    let master = Server::start();
    push(&master, 50);
    let port = master.port().to_string();
    let replica = Server::start_with(&[
        "--save",
        "",
        "--replicaof",
        "127.0.0.1",
        &port,
        "--repl-diskless-sync-delay",
        "0",
    ]);
    until("the replica has the tasks", || ask::<u64>(&replica, &["LLEN", "q"]) == 50);
    let worker = Worker::start(&replica.url(), &["run", "--handler", "simulate=0s"]);
    until("the worker is refused", || worker.stderr().contains("READONLY"));
    let () = ask(&replica, &["REPLICAOF", "NO", "ONE"]);
    assert_eq!(worker.end().expect(0).count("done"), 50);
    each_task_has_one_result(&replica, 50);
}

#[test]
fn a_flushed_script_cache_is_not_noticed() {
    const TASKS: usize = 2_000;
    let server = Server::start();
    push(&server, TASKS);
    let worker = Worker::start(&server.url(), &MILLISECOND_TASKS);
    for results_before in [1, 500, 1_000, 1_500] {
        until("some results", || results(&server) >= results_before);
        let () = ask(&server, &["SCRIPT", "FLUSH"]);
    }
    worker.end().expect(0);
    each_task_has_one_result(&server, TASKS);
}

#[test]
fn a_connection_cut_before_or_after_execution_costs_nothing() {
    const TASKS: usize = 400;
    let server = Server::start();
    // A connection needs one request to be made, so each of these periods cuts at other kinds of
    // steps in turn.
    for period in [3, 4, 5, 7] {
        let () = ask(&server, &["FLUSHALL"]);
        push(&server, TASKS);
        let proxy = Proxy::start(server.port(), period);
        let arguments =
            ["run", "--handler", "simulate=0s", "--max-claim", "9", "--redis-timeout", "2s"];
        let ended = Worker::run(&proxy.url(), &arguments).expect(0);
        each_task_has_one_result(&server, TASKS);
        assert_eq!(
            (ended.count("done"), ended.count("stale")),
            (TASKS as u64, 0),
            "the lost answers were given again"
        );
        assert!(proxy.cuts() >= 8, "{} cuts in {} requests", proxy.cuts(), proxy.requests());
    }
}

#[test]
fn pushes_through_cut_connections_are_there_once() {
    let server = Server::start();
    // A call comes as up to 13 pieces and more, and is to get through when it has been cut once.
    let proxy = Proxy::start(server.port(), 41);
    let lines: String = (0..200_000)
        .map(|n| format!("task {n} with some words that fill it up a little\n"))
        .collect();
    Worker::feed(&proxy.url(), &["push"], lines.as_bytes()).expect(0);
    assert!(proxy.cuts() > 2, "{}", proxy.cuts());
    let tasks: Vec<String> = ask(&server, &["LRANGE", "q", "0", "-1"]);
    let distinct: BTreeSet<&String> = tasks.iter().collect();
    assert_eq!((tasks.len(), distinct.len()), (200_000, 200_000));
}

/// Starts a worker with so many tasks, takes its Redis away, and stops it; answers how it ended.
#[track_caller]
fn stopped_without_redis(
    tasks: usize,
    arguments: &[&str],
    is_at_work: impl Fn(&Worker) -> bool,
) -> Ended {
    let mut server = Server::start();
    push(&server, tasks);
    let worker = Worker::start(&server.url(), arguments);
    until("the worker is at work", || is_at_work(&worker));
    server.kill();
    until("it notices", || worker.stderr().contains("redis is not usable"));
    worker.signal(Signal::TERM);
    let began = Instant::now();
    let ended = worker.end();
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "it waits for a redis to which it has nothing to tell"
    );
    ended
}

#[test]
fn a_worker_with_nothing_in_hand_stops_at_once_when_redis_is_away() {
    let idle = |worker: &Worker| worker.stderr().contains("taking tasks");
    let failed = |worker: &Worker| worker.stderr().contains("a task failed and is tried again");
    let ended = stopped_without_redis(1, &["run", "--backoff", "1h..1h", "--", "false"], failed)
        .expect(143);
    assert!(
        ended.stderr.contains("stopped while redis was not usable; no task was in hand"),
        "{}",
        ended.stderr
    );
    assert!(!ended.stderr.contains("in mid-work"), "{}", ended.stderr);
    let follow = ["run", "--follow", "--handler", "simulate=0s"];
    // With a task it could be taken away while the worker has to tell that it is done.
    stopped_without_redis(0, &follow, idle).expect(0);
    let waiting = ["run", "--queue", "other", "--handler", "simulate=0s"];
    stopped_without_redis(0, &waiting, |worker| worker.stderr().contains("waiting for it"))
        .expect(143);
}

#[test]
fn any_command_stops_at_once_when_redis_was_never_there() {
    let mut server = Server::start();
    let url = server.url();
    server.kill();
    for arguments in [
        &["run", "--handler", "simulate=0s"][..],
        &["push"],
        &["status"],
        &["summarize"],
        &["dead", "list"],
        &["dead", "retry"],
        &["purge", "--yes"],
        &["adopt"],
    ] {
        let worker = Worker::start(&url, arguments);
        until("it notices", || worker.stderr().contains("redis is not usable"));
        worker.signal(Signal::TERM);
        let began = Instant::now();
        let ended = worker.end().expect(143);
        assert!(began.elapsed() < Duration::from_secs(10), "{arguments:?}");
        assert!(!ended.stderr.contains("in mid-work"), "{arguments:?}: {}", ended.stderr);
    }
}
