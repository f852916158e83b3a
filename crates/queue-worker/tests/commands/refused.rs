//! What is refused or warned of before it does harm: results of another type, input that is no
//! text, keys that say nothing, a Redis that drops data.

use super::*;

fn warns(ended: &Ended, says: &str) -> bool {
    ended.stderr.lines().any(|line| line.contains("\"WARN\"") && line.contains(says))
}

#[test]
fn results_that_are_kept_in_another_way_are_told_before_a_task_is_taken() {
    let server = Server::start();
    for (first, other) in [("stream", "list"), ("list", "stream")] {
        push(&server, 1);
        let store = |how| ["run", "--handler", "simulate=0s", "--results", how];
        Worker::run(&server.url(), &store(first)).expect(0);
        push(&server, 1);
        let refused = Worker::run(&server.url(), &store(other)).expect(64);
        let says = format!("{{q}}:results is a {first}, and --results {other} keeps results in a");
        assert!(refused.stderr.contains(&says), "{}", refused.stderr);
        assert!(refused.stderr.contains(&format!("say --results {first}")), "{}", refused.stderr);
        let in_hand: u64 = ask(&server, &["EXISTS", "{q}:leases", "{q}:delayed", "{q}:failed"]);
        assert_eq!((ask::<u64>(&server, &["LLEN", "q"]), in_hand), (1, 0));
        Worker::run(&server.url(), &["run", "--handler", "simulate=0s", "--results", "none"])
            .expect(0);
        let () = ask(&server, &["FLUSHALL"]);
    }
    push(&server, 1);
    let () = ask(&server, &["SET", "{q}:results", "somebody else's"]);
    let refused = Worker::run(&server.url(), &["run", "--handler", "simulate=0s"]).expect(64);
    assert!(refused.stderr.contains("is another program's"), "{}", refused.stderr);
}

#[test]
fn results_that_another_worker_keeps_in_another_way_since_then_cost_no_task() {
    for (delivery, left) in [("at-least-once", 3), ("at-most-once", 2)] {
        let server = Server::start();
        push(&server, 3);
        // What a worker with another --results does at the same moment.
        let port = server.port().to_string();
        let other = "cat >/dev/null; redis-cli -p $PORT XADD '{q}:results' '*' by another";
        let run = ["run", "--delivery", delivery, "--max-claim", "3", "--", "sh", "-c", other];
        let ended = Worker::run_with(&server.url(), &run, &[("PORT", &port)]).expect(64);
        assert!(ended.stderr.contains("workers of one queue differ in --results"), "{ended:?}");
        assert_eq!(ask::<u64>(&server, &["LLEN", "q"]), left, "{}", ended.stderr);
        let kept: u64 = ask(&server, &["EXISTS", "{q}:leases", "{q}:delayed", "{q}:failed"]);
        assert_eq!(kept, 0, "nothing waits for a lease, and no crash is counted");
    }
}

#[test]
fn purge_says_what_it_leaves() {
    let server = Server::start();
    push(&server, 2);
    Worker::run(&server.url(), &["run", "--handler", "simulate=0s", "--max-tasks", "1"]).expect(0);
    let purged = Worker::run(&server.url(), &["purge", "--yes"]).expect(0);
    assert_eq!((purged.count("purged"), purged.count("results_left")), (1, 1));
    assert!(purged.stderr.contains("its results stay in {q}:results"), "{}", purged.stderr);
    assert_eq!(ask::<u64>(&server, &["LLEN", "{q}:results"]), 1);
    let purged = Worker::run(&server.url(), &["purge", "--yes", "--results"]).expect(0);
    assert_eq!((purged.count("purged"), purged.count("results_left")), (0, 0));
    assert!(!purged.stderr.contains("results stay"), "{}", purged.stderr);
    assert_eq!(ask::<Vec<String>>(&server, &["KEYS", "{q}:[^c]*"]), ["{q}:epoch"]);
}

#[test]
fn a_key_that_says_nothing_is_refused_with_its_line() {
    let server = Server::start();
    let by = ["push", "--unique-by", "id", "--format", "ndjson"];
    for (tasks, place) in [
        ("{\"id\":1}\n{\"id\":null}\n", "stdin, line 2: the field \\\"id\\\" is null or empty"),
        ("\n\n{\"id\":\" \"}\n", "stdin, line 3: the field \\\"id\\\" is null or empty"),
        ("{\"id\":1}\n{}\n", "stdin, line 2: no JSON object with a field \\\"id\\\""),
    ] {
        let refused = Worker::feed(&server.url(), &by, tasks.as_bytes()).expect(65);
        assert!(refused.stderr.contains(place), "{}", refused.stderr);
    }
    let csv = ["push", "--unique-by", "id", "--format", "csv"];
    let refused = Worker::feed(&server.url(), &csv, b"id,n\n1,2\n,3\n").expect(65);
    assert!(refused.stderr.contains("stdin, record 3: the field"), "{}", refused.stderr);
}

#[test]
fn every_dead_letter_is_listed_as_json_unless_a_limit_says_otherwise() {
    let server = Server::start();
    push(&server, 130);
    Worker::run(&server.url(), &["run", "--max-attempts", "1", "--", "sh", "-c", "exit 65"])
        .expect(0);
    let all = Worker::run(&server.url(), &["dead", "list", "--json"]).expect(0);
    assert_eq!(all.stdout.lines().count(), 130);
    assert!(!warns(&all, "leaves the others out"), "{}", all.stderr);
    let some = Worker::run(&server.url(), &["dead", "list", "--json", "--limit", "7"]).expect(0);
    assert_eq!(some.stdout.lines().count(), 7);
    assert!(warns(&some, "--limit leaves the others out"), "{}", some.stderr);
    let table = Worker::run(&server.url(), &["dead", "list"]).expect(0);
    assert!(table.stdout.ends_with("100 of 130 dead letters\n"), "{}", table.stdout);
}

#[test]
fn push_warns_of_a_redis_that_may_drop_the_queue() {
    let server = Server::start();
    let () = ask(&server, &["CONFIG", "SET", "maxmemory", "100mb"]);
    let policy = |policy: &str| {
        let () = ask(&server, &["CONFIG", "SET", "maxmemory-policy", policy]);
    };
    let feed = |flags: &[&str]| {
        Worker::feed(&server.url(), &[&["push"], flags].concat(), b"task\n").expect(0)
    };
    policy("allkeys-lru");
    assert!(warns(&feed(&[]), "redis may drop the queue and its tasks"));
    policy("volatile-lru");
    assert!(!feed(&[]).stderr.contains("may drop"));
    let unique = feed(&["--unique", "--unique-ttl", "1h"]);
    assert!(warns(&unique, "redis may drop the keys of --unique"));
    let forgetful = ["run", "--handler", "simulate=0s", "--results-ttl", "1h"];
    assert!(warns(&Worker::run(&server.url(), &forgetful).expect(0), "give a time to live"));
    policy("noeviction");
    assert!(!feed(&[]).stderr.contains("may drop"));
    // Who may not ask is not told.
    policy("allkeys-lru");
    let () = ask(
        &server,
        &["ACL", "SETUSER", "pusher", "on", ">secret", "~*", "+@all", "-info", "-config"],
    );
    let url = server.url().replace("redis://", "redis://pusher:secret@");
    let silent = Worker::feed(&url, &["push"], b"task\n").expect(0);
    assert!(!silent.stderr.contains("may drop"), "{}", silent.stderr);
}

#[test]
fn what_is_packed_or_no_text_is_refused_with_its_remedy() {
    let server = Server::start();
    let utf_16 = |text: &str, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    };
    for (input, says) in [
        (b"\x1f\x8b\x08\x00\x00\n\x01".to_vec(), "this is gzip and no text"),
        (b"\x28\xb5\x2f\xfd\x04\x00\x59".to_vec(), "this is zstd and no text"),
        (utf_16("id,n\r\n1,2\r\n", u16::to_le_bytes), "iconv -f UTF-16LE"),
        (utf_16("id,n\r\n1,2\r\n", u16::to_be_bytes), "iconv -f UTF-16BE"),
        (b"id,n\n1,\x00\n".to_vec(), "NUL byte"),
    ] {
        for format in ["lines", "csv"] {
            let push = ["push", "--format", format];
            let refused = Worker::feed(&server.url(), &push, &input).expect(65);
            assert!(refused.stderr.contains(says), "{format}: {says}: {}", refused.stderr);
        }
    }
    let named = Worker::feed(&server.url(), &["push"], b"a\nb\x00\n").expect(65);
    assert!(named.stderr.contains("stdin, line 2: there is a NUL byte"), "{}", named.stderr);
}

#[test]
fn a_first_line_for_excel_is_refused_with_the_flag_that_says_the_same() {
    let server = Server::start();
    for (flags, first) in [(&[][..], "sep=;"), (&["--delimiter", ";"], "sep=;"), (&[], "sep=,")] {
        let push = [&["push", "--format", "csv"], flags].concat();
        let input = format!("{first}\nid;name\n1;x\n");
        let refused = Worker::feed(&server.url(), &push, input.as_bytes()).expect(65);
        let says = format!("say --delimiter '{}'", &first[4..]);
        assert!(refused.stderr.contains(&says), "{first}: {}", refused.stderr);
    }
    assert_eq!(ask::<u64>(&server, &["EXISTS", "q"]), 0);
}

#[test]
fn blanks_around_the_name_of_a_queue_are_refused_and_not_taken_away() {
    let server = Server::start();
    for name in [" q", "q ", "q\n"] {
        let refused = Worker::feed(&server.url(), &["push", "--queue", name], b"a\n").expect(64);
        assert!(refused.stderr.contains("begins or ends with blanks"), "{}", refused.stderr);
    }
    assert_eq!(ask::<u64>(&server, &["DBSIZE"]), 0);
}
