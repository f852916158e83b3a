//! Workers that are killed, sleep or are asked to stop.

use super::*;

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
        ended.stderr.contains("the claim was no longer this worker's when its results came"),
        "{}",
        ended.stderr
    );
    assert_eq!(ask::<u64>(&server, &["HGET", "{q}:counts", "stale"]), 4);
    each_task_has_one_result(&server, 20);
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
