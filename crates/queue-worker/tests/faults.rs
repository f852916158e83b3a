//! Workers that die, hang and are cut off, and a Redis that restarts, forgets and goes away: every
//! task has one result.

mod support;

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use rustix::process::Signal;
use support::{
    process::{Ended, Worker, until},
    proxy::Proxy,
    server::Server,
};

fn push(server: &Server, tasks: usize) {
    let lines: String = (0..tasks).map(|n| format!("task {n}\n")).collect();
    let pushed = Worker::feed(&server.url(), &["push"], lines.as_bytes()).expect(0);
    assert_eq!(pushed.count("pushed"), tasks as u64);
}

fn ask<T: redis::FromRedisValue>(server: &Server, words: &[&str]) -> T {
    redis::cmd(words[0]).arg(&words[1..]).query(&mut server.connection()).unwrap()
}

fn results(server: &Server) -> u64 {
    ask(server, &["LLEN", "{q}:results"])
}

/// Each of so many tasks has exactly one result, and nothing is left over.
#[track_caller]
fn each_task_has_one_result(server: &Server, tasks: usize) {
    let lines: Vec<String> = ask(server, &["LRANGE", "{q}:results", "0", "-1"]);
    let done: BTreeSet<String> = lines
        .iter()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["task"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    let expected: BTreeSet<String> = (0..tasks).map(|n| format!("task {n}")).collect();
    assert_eq!(expected.difference(&done).count(), 0, "tasks without a result");
    assert_eq!(done, expected);
    assert_eq!(lines.len(), tasks, "tasks with two results");
    let left: Vec<String> = ask(server, &["KEYS", "*"]);
    let left: Vec<&String> = left.iter().filter(|key| !key.contains(":call:")).collect();
    let mut left: Vec<&str> = left.iter().map(|key| key.as_str()).collect();
    left.sort_unstable();
    assert_eq!(left, ["{q}:counts", "{q}:epoch", "{q}:results"]);
}

const MILLISECOND_TASKS: [&str; 9] = [
    "run",
    "--handler",
    "simulate=1ms",
    "--lease",
    "1s",
    "--concurrency",
    "4",
    "--max-crashes",
    "1000",
];

#[test]
fn fifty_sigkills_cost_no_task_and_double_no_result() {
    const TASKS: usize = 20_000;
    let server = Server::start();
    push(&server, TASKS);
    let start = || Worker::start(&server.url(), &MILLISECOND_TASKS);
    let mut workers: Vec<Worker> = (0..5).map(|_| start()).collect();
    let mut last = 0;
    for kill in 0..50 {
        // Killed in the midst of work, not one after the other at the start.
        until("more results", || results(&server) >= (last + 100).min(TASKS as u64));
        last = results(&server);
        let victim = std::mem::replace(&mut workers[(kill * 7 + 3) % 5], start());
        victim.kill();
    }
    let ended: Vec<Ended> = workers.into_iter().map(|worker| worker.end().expect(0)).collect();
    each_task_has_one_result(&server, TASKS);
    let crashed: u64 = ask(&server, &["HGET", "{q}:counts", "crashed"]);
    assert!(crashed >= 50, "{crashed} tasks were in hand at a kill");
    assert!(ended.iter().all(|ended| ended.count("dead") == 0));
}

#[test]
fn a_worker_that_slept_past_its_lease_neither_doubles_nor_loses() {
    let server = Server::start();
    push(&server, 60);
    let arguments = ["run", "--handler", "simulate=20ms", "--lease", "500ms"];
    let mut asleep = Worker::start(&server.url(), &arguments);
    until("a first result", || results(&server) > 0);
    asleep.signal(Signal::STOP);
    let other = Worker::run(&server.url(), &arguments).expect(0);
    assert!(other.count("done") > 0);
    let before = results(&server);
    assert_eq!(before, 60, "the other worker has done what was left");
    assert!(asleep.is_running(), "it is asleep, and not gone");
    // It may find the queue drained and end at once.
    asleep.signal(Signal::CONT);
    asleep.end().expect(0);
    each_task_has_one_result(&server, 60);
}

#[test]
fn results_of_a_worker_that_slept_past_its_lease_are_dropped_and_counted() {
    let server = Server::start();
    push(&server, 20);
    let folder = tempfile::tempdir().unwrap();
    let begun = folder.path().join("begun");
    // One claim of one task, then one of several, of which four are over when the fifth does not
    // end.
    let script =
        format!("read -r w n; echo $n >> {}; [ $n != 5 ] || exec sleep 60", begun.display());
    let arguments = ["run", "--lease", "1s", "--claim-time", "1000s", "--", "sh", "-c", &script];
    let asleep = Worker::start(&server.url(), &arguments);
    let has_begun = |number: &str| {
        std::fs::read_to_string(&begun).unwrap_or_default().lines().any(|line| line == number)
    };
    until("the fifth of a claim runs", || has_begun("5"));
    assert_eq!(results(&server), 1, "the four before it are not told yet");
    asleep.signal(Signal::STOP);
    let other = Worker::run(&server.url(), &["run", "--handler", "simulate=0s"]).expect(0);
    assert_eq!(other.count("done"), 19);
    asleep.signal(Signal::CONT);
    let ended = asleep.end().expect(0);
    assert_eq!((ended.count("done"), ended.count("stale")), (1, 4), "{}", ended.stderr);
    assert!(
        ended.stderr.contains("given back to the queue before its results came"),
        "{}",
        ended.stderr
    );
    assert_eq!(ask::<u64>(&server, &["HGET", "{q}:counts", "stale"]), 4);
    each_task_has_one_result(&server, 20);
}

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
fn an_external_task_is_killed_before_its_lease_has_run_out() {
    let mut server =
        Server::start_with(&["--save", "", "--appendonly", "yes", "--appendfsync", "always"]);
    push(&server, 1);
    let folder = tempfile::tempdir().unwrap();
    let pid_file = folder.path().join("pid");
    let script = format!("echo $$ > {}.new; mv {0}.new {0}; exec sleep 60", pid_file.display());
    let worker = Worker::start(&server.url(), &["run", "--lease", "1s", "--", "sh", "-c", &script]);
    until("the task runs", || pid_file.exists());
    let pid = std::fs::read_to_string(&pid_file).unwrap();
    server.kill();
    until("the task is gone", || !std::path::Path::new(&format!("/proc/{}", pid.trim())).exists());
    assert!(worker.stderr().contains("the lease may have run out"), "{}", worker.stderr());
}

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

#[test]
fn sigterm_hands_back_what_is_not_begun_and_finishes_what_runs() {
    let server = Server::start();
    push(&server, 100);
    let worker = Worker::start(
        &server.url(),
        &["run", "--handler", "simulate=300ms", "--claim-time", "30s"],
    );
    // The second claim has several tasks, since the claim time allows a hundred.
    until("a claim of several", || {
        let in_hand: u64 = 100 - ask::<u64>(&server, &["LLEN", "q"]) - results(&server);
        in_hand >= 3
    });
    worker.signal(Signal::TERM);
    let ended = worker.end().expect(143);
    assert!(ended.count("returned") >= 2, "{ended:?}");
    let pending: Vec<String> = ask(&server, &["LRANGE", "q", "0", "-1"]);
    let done = results(&server) as usize;
    let expected: Vec<String> = (done..100).map(|n| format!("task {n}")).collect();
    assert_eq!(pending, expected, "in their old order, none lost, none counted");
    let keys: Vec<String> = ask(&server, &["KEYS", "{q}:failed"]);
    assert!(keys.is_empty(), "no attempt was counted");
}

#[test]
fn what_at_most_once_hands_back_is_there_once_though_the_answer_was_lost() {
    let server = Server::start();
    push(&server, 100);
    // The last step keeps none of the claim, and takes no other: `0`, `list`, no limits, no name,
    // `0`.
    let last = b"\r\n0\r\n$4\r\nlist\r\n$1\r\n0\r\n$1\r\n0\r\n$0\r\n\r\n$1\r\n0\r\n";
    let proxy = Proxy::losing_the_answer_to(server.port(), last);
    let arguments = [
        "run",
        "--delivery",
        "at-most-once",
        "--handler",
        "simulate=300ms",
        "--claim-time",
        "30s",
        "--redis-timeout",
        "2s",
    ];
    let worker = Worker::start(&proxy.url(), &arguments);
    until("several popped at once", || {
        100 - ask::<u64>(&server, &["LLEN", "q"]) - results(&server) >= 3
    });
    worker.signal(Signal::TERM);
    let ended = worker.end().expect(143);
    assert!(ended.count("returned") >= 2, "{ended:?}");
    // The second time is the one that was sent again.
    assert_eq!(proxy.cuts(), 2, "{}", ended.stderr);
    let pending: Vec<String> = ask(&server, &["LRANGE", "q", "0", "-1"]);
    let expected: Vec<String> =
        (results(&server) as usize..100).map(|n| format!("task {n}")).collect();
    assert_eq!(pending, expected, "in their old order and once");
}

#[test]
fn a_task_that_outlasts_the_grace_period_goes_back_too() {
    let server = Server::start();
    push(&server, 1);
    let arguments = ["run", "--grace-period", "500ms", "--", "sleep", "60"];
    let worker = Worker::start(&server.url(), &arguments);
    until("the task is in hand", || ask::<u64>(&server, &["LLEN", "q"]) == 0);
    worker.signal(Signal::TERM);
    let ended = worker.end().expect(143);
    assert_eq!(ended.count("returned"), 1);
    assert_eq!(ask::<Vec<String>>(&server, &["LRANGE", "q", "0", "-1"]), ["task 0"]);
}

#[test]
fn a_worker_without_work_waits_for_what_others_have_in_hand() {
    let server = Server::start();
    push(&server, 1);
    let dying = Worker::start(&server.url(), &["run", "--lease", "2s", "--", "sleep", "60"]);
    until("the task is in hand", || ask::<u64>(&server, &["LLEN", "q"]) == 0);
    let waiting =
        Worker::start(&server.url(), &["run", "--handler", "simulate=0s", "--lease", "2s"]);
    until("the other looks", || waiting.stderr().contains("taking tasks"));
    dying.kill();
    let ended = waiting.end().expect(0);
    assert_eq!(ended.count("done"), 1, "the only task came back to it");
    each_task_has_one_result(&server, 1);
}

/// Starts a worker, takes its Redis away, and stops it; answers how it ended.
fn stopped_without_redis(arguments: &[&str], is_at_work: impl Fn(&Worker) -> bool) -> Ended {
    let mut server = Server::start();
    push(&server, 1);
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
    let ended =
        stopped_without_redis(&["run", "--backoff", "1h..1h", "--", "false"], failed).expect(143);
    assert!(
        ended.stderr.contains("stopped while redis was not usable; no task was in hand"),
        "{}",
        ended.stderr
    );
    assert!(!ended.stderr.contains("in mid-work"), "{}", ended.stderr);
    let follow = ["run", "--follow", "--handler", "simulate=0s"];
    stopped_without_redis(&follow, idle).expect(0);
    let waiting = ["run", "--queue", "other", "--handler", "simulate=0s"];
    stopped_without_redis(&waiting, |worker| worker.stderr().contains("waiting for it"))
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
