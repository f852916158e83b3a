//! `dead`: listed, shown, begun anew, dropped.

use super::*;

#[test]
fn dead_drop_without_ids_asks_for_ids() {
    let server = Server::start();
    push(&server, 1);
    let ended = Worker::run(&server.url(), &["dead", "drop"]).expect(64);
    assert!(
        ended
            .stderr
            .contains("needs the ids of the dead letters to forget, as queue-worker dead list"),
        "{ended:?}"
    );
}

#[test]
fn dead_letters_are_listed_shown_begun_anew_and_dropped() {
    let server = Server::start();
    push(&server, 3);
    Worker::run(&server.url(), &["run", "--", "sh", "-c", "echo sorry >&2; exit 65"]).expect(0);
    let list = Worker::run(&server.url(), &["dead", "list"]).expect(0).stdout;
    let lines: Vec<&str> = list.lines().collect();
    assert_eq!((lines.len(), lines[4]), (5, "3 of 3 dead letters"));
    let words: Vec<&str> = lines[1].split_whitespace().collect();
    assert_eq!(
        words[2..],
        ["rejected", "1", "0", "pod-1", "exit", "65;", "its", "stderr:", "sorry", "task", "0"]
    );
    let id = words[0];
    let payload = Worker::run(&server.url(), &["dead", "show", "--payload", id]).expect(0);
    assert_eq!(payload.stdout, "task 0");
    let ended = Worker::run(&server.url(), &["dead", "retry", id]).expect(0);
    assert_eq!(ended.count("retried"), 1);
    assert_eq!(
        Worker::run(&server.url(), &["dead", "drop", "--all"]).expect(0).count("dropped"),
        2
    );
    assert_eq!(ask::<Vec<String>>(&server, &["LRANGE", "q", "0", "-1"]), ["task 0"]);
    let gone = Worker::run(&server.url(), &["dead", "show", id]).expect(66);
    assert!(gone.stderr.contains("there is no dead letter"), "{}", gone.stderr);
    assert_eq!(at_once(&server, &[]).expect(0).count("done"), 1);
}

#[test]
fn a_dead_task_is_named_in_the_log_as_in_the_list() {
    let server = Server::start();
    push(&server, 3);
    let script = "read -r word number; [ $number != 1 ]";
    let ended =
        Worker::run(&server.url(), &["run", "--max-attempts", "1", "--", "sh", "-c", script])
            .expect(0);
    let listed = Worker::run(&server.url(), &["dead", "list", "--json"]).expect(0).stdout;
    let id = serde_json::from_str::<serde_json::Value>(&listed).unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let lines: Vec<&str> =
        ended.stderr.lines().filter(|line| line.contains("a task is dead")).collect();
    assert_eq!(lines.len(), 1);
    assert!(lines[0].contains(&format!("\"task\":\"{id}\"")), "{id}: {}", lines[0]);
    push(&server, 2);
    let once = ["run", "--delivery", "at-most-once", "--", "sh", "-c", script];
    let ended = Worker::run(&server.url(), &once).expect(0);
    // printf 'task 1' | sha256sum
    let digest = "sha256:9c70423078253913200a3450779974e811b32c547d0ef61297546552d8a6f4bf";
    assert!(ended.stderr.contains(digest), "{}", ended.stderr);
}

#[test]
fn an_id_that_is_no_dead_letters_is_no_success() {
    let server = Server::start();
    push(&server, 2);
    let fails = ["run", "--max-tasks", "1", "--max-attempts", "1", "--", "sh", "-c", "exit 1"];
    Worker::run(&server.url(), &fails).expect(0);
    let waits =
        Worker::start(&server.url(), &["run", "--backoff", "60s", "--", "sh", "-c", "exit 1"]);
    until("the other waits", || ask::<u64>(&server, &["ZCARD", "{q}:delayed"]) == 1);
    let of = |place: &str| ask::<Vec<String>>(&server, &["ZRANGE", place, "0", "-1"]).remove(0);
    let (dead, delayed) = (of("{q}:dead"), of("{q}:delayed"));
    for command in ["show", "retry", "drop"] {
        let refused = Worker::run(&server.url(), &["dead", command, "no-such-id"]).expect(66);
        assert!(
            refused.stderr.contains("there is no dead letter no-such-id"),
            "{}",
            refused.stderr
        );
        let refused = Worker::run(&server.url(), &["dead", command, &delayed]).expect(66);
        assert!(refused.stderr.contains("which waits for attempt 2"), "{}", refused.stderr);
    }
    let some = Worker::run(&server.url(), &["dead", "retry", &dead, "no-such-id"]).expect(66);
    assert!(some.stderr.contains("1 of 2 ids are no dead letters: no-such-id"), "{}", some.stderr);
    // The worker takes it, fails, and lets it wait with the other one.
    until("it is begun anew", || ask::<u64>(&server, &["ZCARD", "{q}:delayed"]) == 2);
    waits.kill();
}

#[test]
fn a_dead_letter_that_is_not_utf_8_keeps_its_bytes_in_json() {
    let server = Server::start();
    let () = redis::cmd("RPUSH")
        .arg("q")
        .arg(&[&b"caf\xe9"[..], "café".as_bytes()])
        .query(&mut server.connection())
        .unwrap();
    Worker::run(&server.url(), &["run", "--", "sh", "-c", "exit 65"]).expect(0);
    let listed = Worker::run(&server.url(), &["dead", "list", "--json"]).expect(0).stdout;
    let mut letters: Vec<serde_json::Value> =
        listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    letters.sort_by_key(|letter| letter["task"].is_null());
    assert_eq!((&letters[0]["task"], &letters[0]["task_base64"]), (&"café".into(), &().into()));
    assert_eq!((&letters[1]["task"], &letters[1]["task_base64"]), (&().into(), &"Y2Fm6Q==".into()));
    let id = letters[1]["id"].as_str().unwrap();
    let shown = Worker::run(&server.url(), &["dead", "show", id]).expect(0).stdout;
    assert!(shown.contains("\"task_base64\": \"Y2Fm6Q==\""), "{shown}");
}

#[test]
fn a_unique_task_may_be_pushed_again_when_it_is_dead_and_dropped_and_not_before() {
    let server = Server::start();
    for (flags, task) in [
        (&["--unique"][..], &b"one\n"[..]),
        (&["--format", "ndjson", "--unique-by", "id"], b"{\"id\": 12, \"of\": \"today\"}\n"),
    ] {
        let push = || Worker::feed(&server.url(), &[&["push"], flags].concat(), task).expect(0);
        assert_eq!(push().count("pushed"), 1);
        Worker::run(&server.url(), &["run", "--max-attempts", "1", "--", "false"]).expect(0);
        assert_eq!(push().count("skipped"), 1, "it is a dead letter");
        Worker::run(&server.url(), &["dead", "retry"]).expect(0);
        assert_eq!(push().count("skipped"), 1, "it begins anew");
        Worker::run(&server.url(), &["run", "--max-attempts", "1", "--", "false"]).expect(0);
        Worker::run(&server.url(), &["dead", "drop", "--all"]).expect(0);
        assert_eq!(push().count("pushed"), 1, "it is forgotten");
        at_once(&server, &[]).expect(0);
        assert_eq!(push().count("skipped"), 1, "it is done");
    }
}
