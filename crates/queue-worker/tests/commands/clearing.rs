//! `purge` and `adopt`: what is taken out of a queue, and what comes into it from another.

use std::{fs::File, io::Write as _};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

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

#[test]
fn a_user_who_may_not_touch_the_scripts_keys_is_told_all_keys_that_adopt_needs() {
    let server = Server::start();
    let () = ask(&server, &["RPUSH", "q:processing", "lost"]);
    let () = ask(&server, &["ACL", "SETUSER", "own", "on", ">pw", "~q", "~{q}:*", "+@all"]);
    let url = server.url().replace("redis://", "redis://own:pw@");
    let refused = Worker::run(&url, &["adopt"]).expect(77);
    let grant = "ACL SETUSER own ~q ~{q}:* ~q:processing ~q:leased_by_session:*";
    assert!(refused.stderr.contains(grant), "{}", refused.stderr);
    assert_eq!(ask::<u64>(&server, &["LLEN", "q:processing"]), 1);
}

/// A purge of `q` at a terminal on which this is typed once it asks.
fn purge_at_a_terminal(server: &Server, typed: &str) -> (Worker, File) {
    let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&screen).unwrap();
    unlockpt(&screen).unwrap();
    let name = ptsname(&screen, Vec::new()).unwrap().into_string().unwrap();
    let terminal = File::options().read(true).write(true).open(name).unwrap();
    let worker = Worker::start_with(&server.url(), &["purge"], terminal.into());
    until("it asks", || worker.stdout().contains("Type its name, q, to go on"));
    let mut screen = File::from(screen);
    screen.write_all(typed.as_bytes()).unwrap();
    (worker, screen)
}

#[test]
fn a_purge_at_a_terminal_removes_only_what_its_name_was_typed_for() {
    let server = Server::start();
    push(&server, 3);
    for declined in ["\n", "y\n", "Q\n", "\u{4}"] {
        let (worker, _screen) = purge_at_a_terminal(&server, declined);
        let ended = worker.end().expect(64);
        assert!(ended.stdout.contains("Nothing is removed."), "{ended:?}");
        assert_eq!(ask::<u64>(&server, &["LLEN", "q"]), 3, "after {declined:?}");
    }
    let (worker, _screen) = purge_at_a_terminal(&server, "q\n");
    assert_eq!(worker.end().expect(0).count("purged"), 3);
    assert_eq!(ask::<u64>(&server, &["LLEN", "q"]), 0);
}

#[test]
fn a_signal_at_the_question_of_a_purge_ends_it_at_once_and_removes_nothing() {
    let server = Server::start();
    push(&server, 3);
    for signal in [Signal::INT, Signal::TERM] {
        let (worker, _screen) = purge_at_a_terminal(&server, "");
        let began = Instant::now();
        worker.signal(signal);
        worker.end().expect(143);
        assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
        assert_eq!(ask::<u64>(&server, &["LLEN", "q"]), 3);
    }
}

fn sha224(text: &str) -> String {
    let output = std::process::Command::new("sh")
        .args(["-c", &format!("printf %s {text} | sha224sum")])
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()[..56].to_owned()
}
