//! `purge` and `adopt`: what is taken out of a queue, and what comes into it from another.

use super::*;

#[test]
fn purge_of_a_queue_that_is_not_there_is_no_success_unless_it_is_said() {
    let server = Server::start();
    push(&server, 3);
    let ended = Worker::run(&server.url(), &["purge", "--yes", "--queue", "qq"]).expect(66);
    assert!(ended.stderr.contains("there is no queue qq"), "{}", ended.stderr);
    Worker::run(&server.url(), &["purge", "--yes", "--queue", "qq", "--if-exists"]).expect(0);
    assert_eq!(ask::<u64>(&server, &["LLEN", "q"]), 3);
}

#[test]
fn purge_asks_first() {
    let server = Server::start();
    push(&server, 3);
    let refused = Worker::run(&server.url(), &["purge"]).expect(64);
    assert!(refused.stderr.contains("purge removes 3 tasks"), "{}", refused.stderr);
    assert_eq!(ask::<u64>(&server, &["LLEN", "q"]), 3);
    assert_eq!(Worker::run(&server.url(), &["purge", "--yes"]).expect(0).count("purged"), 3);
    assert_eq!(
        Worker::run(&server.url(), &["purge", "--yes"]).expect(0).count("purged"),
        0,
        "it is there, and empty"
    );
    assert_eq!(ask::<u64>(&server, &["LLEN", "q"]), 0);
}

#[test]
fn a_purge_in_mid_run_is_told_by_the_worker_and_leaves_nothing_for_long() {
    let server = Server::start();
    push(&server, 3);
    let arguments = ["run", "--lease", "300ms", "--max-claim", "1", "--", "sleep", "60"];
    let worker = Worker::start(&server.url(), &arguments);
    until("a task is in hand", || ask::<u64>(&server, &["ZCARD", "{q}:leases"]) == 1);
    // What is remembered of the calls of the push, which has ended, and of the worker.
    let calls = || ask::<Vec<String>>(&server, &["KEYS", "{q}:call:*"]);
    assert!(calls().len() >= 2, "{:?}", calls());
    let () = ask(&server, &["SET", "{other}:call:x", "1", "PX", "3600000"]);
    assert_eq!(Worker::run(&server.url(), &["purge", "--yes"]).expect(0).count("purged"), 3);
    let others = ask::<u64>(&server, &["PTTL", "{other}:call:x"]);
    assert!(others > 3_000_000, "another queue's is not touched: {others}");
    // The worker's next call is remembered as long as any.
    let soon = |key: &String| ask::<i64>(&server, &["PTTL", key]) <= 60_000;
    assert!(calls().iter().any(|key| key.ends_with(".push") && soon(key)), "{:?}", calls());
    let ended = worker.end().expect(0);
    assert!(
        ended.stderr.contains("its lease ran out, or the queue was purged"),
        "{}",
        ended.stderr
    );
    let kept: Vec<String> = ask(&server, &["KEYS", "{q}:*"]);
    let kept: Vec<&String> = kept.iter().filter(|key| !key.contains(":call:")).collect();
    assert_eq!(kept, ["{q}:epoch"]);
}

#[test]
fn what_a_rediswq_script_left_is_adopted_unless_its_lease_lives() {
    let server = Server::start();
    let () = ask(&server, &["RPUSH", "q:processing", "lost", "leased", "lost"]);
    let key = format!("q:leased_by_session:{}", sha224("leased"));
    let () = ask(&server, &["SET", &key, "session"]);
    let ended = Worker::run(&server.url(), &["adopt"]).expect(0);
    assert_eq!((ended.count("adopted"), ended.count("leased")), (2, 1));
    assert_eq!(ask::<Vec<String>>(&server, &["LRANGE", "q", "0", "-1"]), ["lost", "lost"]);
    assert_eq!(ask::<Vec<String>>(&server, &["LRANGE", "q:processing", "0", "-1"]), ["leased"]);
}

fn sha224(text: &str) -> String {
    let output = std::process::Command::new("sh")
        .args(["-c", &format!("printf %s {text} | sha224sum")])
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()[..56].to_owned()
}
