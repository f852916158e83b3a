//! `pause` and `resume`.

use std::time::Duration;

use super::*;

fn status(server: &Server) -> serde_json::Value {
    let said = Worker::run(&server.url(), &["status", "--json"]).expect(0).stdout;
    serde_json::from_str(&said).unwrap()
}

#[test]
fn a_worker_finishes_what_it_has_waits_through_a_pause_and_goes_on() {
    let server = Server::start();
    push(&server, 3);
    let folder = tempfile::tempdir().unwrap();
    let go = folder.path().join("go");
    let script = format!("cat; until [ -e {} ]; do sleep 0.01; done", go.display());
    // The time of the pause is no time without a task.
    let flags = ["run", "--max-claim", "1", "--idle-timeout", "1s", "--", "sh", "-c", &script];
    let mut worker = Worker::start(&server.url(), &flags);
    until("a task is in hand", || ask::<u64>(&server, &["ZCARD", "{q}:leases"]) == 1);
    let began = Instant::now();
    Worker::run(&server.url(), &["pause"]).expect(0);
    std::fs::write(&go, "").unwrap();
    until("the worker says so", || worker.stderr().contains("the queue is paused: no task"));
    assert_eq!(ask::<u64>(&server, &["LLEN", "{q}:results"]), 1, "what was in hand is done");
    assert_eq!(ask::<u64>(&server, &["LLEN", "q"]), 2);
    let seen = status(&server);
    assert!(seen["paused_since_ms"].is_u64(), "{seen}");
    let human = Worker::run(&server.url(), &["status"]).expect(0).stdout;
    assert!(human.contains("queue-worker resume lets it go on"), "{human}");
    let again = Worker::run(&server.url(), &["pause"]).expect(0);
    assert!(again.stderr.contains("paused already"), "{}", again.stderr);
    until("longer than --idle-timeout", || began.elapsed() > Duration::from_millis(2500));
    assert!(worker.is_running() && ask::<u64>(&server, &["LLEN", "q"]) == 2);
    Worker::run(&server.url(), &["resume"]).expect(0);
    let ended = worker.end().expect(0);
    assert_eq!(ended.count("done"), 3);
    assert!(ended.stderr.contains("the queue goes on"), "{}", ended.stderr);
    assert!(status(&server)["paused_since_ms"].is_null());
    assert!(Worker::run(&server.url(), &["resume"]).expect(0).stderr.contains("was not paused"));
}

#[test]
fn a_paused_queue_is_not_drained_and_a_deadline_counts_all_the_same() {
    let server = Server::start();
    Worker::feed(&server.url(), &["push"], b"").expect(0);
    Worker::run(&server.url(), &["pause"]).expect(0);
    let limited = at_once(&server, &["--max-runtime", "200ms"]).expect(75);
    assert!(limited.stderr.contains("the queue is paused (queue-worker resume)"));
    push(&server, 2);
    at_once(&server, &["--max-runtime", "200ms"]).expect(75);
    assert_eq!(ask::<u64>(&server, &["LLEN", "q"]), 2);
    // Taken away are the tasks and not what somebody has decided.
    Worker::run(&server.url(), &["purge", "--yes"]).expect(0);
    assert!(status(&server)["paused_since_ms"].is_u64());
    Worker::run(&server.url(), &["resume"]).expect(0);
    at_once(&server, &[]).expect(0);
}

#[test]
fn a_queue_that_is_not_there_cannot_be_paused() {
    let server = Server::start();
    push(&server, 1);
    for command in ["pause", "resume"] {
        let ended = Worker::run(&server.url(), &[command, "--queue", "qq"]).expect(66);
        assert!(ended.stderr.contains("there is no queue qq"), "{}", ended.stderr);
    }
    assert_eq!(ask::<u64>(&server, &["EXISTS", "{qq}:paused"]), 0);
}
