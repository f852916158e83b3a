//! `push --delay` and `--at`: tasks for later.

use std::time::{Duration, SystemTime};

use super::*;

#[test]
fn tasks_with_a_delay_are_delayed_and_done_after_it_and_a_worker_waits_for_them() {
    let server = Server::start();
    let began = Instant::now();
    let pushed = Worker::feed(&server.url(), &["push", "--delay", "1s"], b"a\nb\nc\n").expect(0);
    assert_eq!(pushed.count("pushed"), 3);
    let status = Worker::run(&server.url(), &["status", "--json"]).expect(0).stdout;
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    assert_eq!((&status["pending"], &status["delayed"]), (&0.into(), &3.into()));
    Worker::run(&server.url(), &["run", "--exit-when", "empty", "--handler", "simulate=0s"])
        .expect(0);
    let done = at_once(&server, &[]).expect(0);
    assert_eq!((done.count("done"), done.count("dead")), (3, 0));
    assert!(began.elapsed() >= Duration::from_secs(1), "{:?}", began.elapsed());
    let results: Vec<String> = ask(&server, &["LRANGE", "{q}:results", "0", "-1"]);
    for (result, task) in results.iter().zip(["a", "b", "c"]) {
        let start = format!("{{\"task\":\"{task}\",\"id\":\"");
        assert!(result.starts_with(&start) && result.contains("\"attempt\":1"), "{result}");
    }
}

#[test]
fn a_moment_is_said_with_its_zone_and_one_that_is_over_is_told() {
    let server = Server::start();
    let url = server.url();
    let over = ["push", "--at", "2020-05-10T06:00:00+02:00"];
    let ended = Worker::feed(&url, &over, b"a\n").expect(0);
    assert!(ended.stderr.contains("the moment of --at is over"), "{}", ended.stderr);
    assert_eq!(at_once(&server, &[]).expect(0).count("done"), 1);
    let future = SystemTime::now() + Duration::from_secs(3600);
    let future = humantime::format_rfc3339_seconds(future).to_string();
    let ended = Worker::feed(&url, &["push", "--at", &future], b"b\n").expect(0);
    assert!(!ended.stderr.contains("is over"), "{}", ended.stderr);
    assert_eq!(at_once(&server, &["--max-runtime", "100ms"]).expect(75).count("done"), 0);
    let wrong = Worker::feed(&url, &["push", "--at", "06:00"], b"c\n").expect(64);
    assert!(wrong.stderr.contains("write date, time and zone"), "{}", wrong.stderr);
    let both = ["push", "--at", &future, "--delay", "1s"];
    Worker::feed(&url, &both, b"c\n").expect(64);
    assert_eq!(ask::<u64>(&server, &["ZCARD", "{q}:delayed"]), 1);
}

#[test]
fn a_name_and_unique_keys_hold_for_tasks_for_later_too() {
    let server = Server::start();
    let feed = |input: &[u8]| {
        let flags = ["push", "--delay", "1h", "--push-id", "night", "--unique"];
        Worker::feed(&server.url(), &flags, input).expect(0)
    };
    assert_eq!(feed(b"a\nb\na\n").count("pushed"), 2);
    let again = feed(b"a\nb\na\nc\nb\n");
    assert_eq!((again.count("pushed"), again.count("skipped")), (1, 1));
    assert_eq!(ask::<u64>(&server, &["ZCARD", "{q}:delayed"]), 3);
    assert_eq!(Worker::run(&server.url(), &["purge", "--yes"]).expect(0).count("purged"), 3);
    assert_eq!(ask::<u64>(&server, &["EXISTS", "{q}:failed", "{q}:delayed"]), 0);
}
