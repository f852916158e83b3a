//! The commands and what they say, run as a user runs them.

mod support;

use std::time::Instant;

use rustix::process::Signal;
use support::{
    process::{Ended, Worker, until},
    server::{Server, free_port},
};

fn ask<T: redis::FromRedisValue>(server: &Server, words: &[&str]) -> T {
    redis::cmd(words[0]).arg(&words[1..]).query(&mut server.connection()).unwrap()
}

fn push(server: &Server, tasks: usize) {
    let lines: String = (0..tasks).map(|n| format!("task {n}\n")).collect();
    Worker::feed(&server.url(), &["push"], lines.as_bytes()).expect(0);
}

const AT_ONCE: [&str; 3] = ["run", "--handler", "simulate=0s"];

fn at_once(server: &Server, more: &[&str]) -> Ended {
    Worker::run(&server.url(), &[&AT_ONCE, more].concat())
}

#[test]
fn push_cuts_lines_json_and_csv_into_tasks() {
    let server = Server::start();
    let url = server.url();
    Worker::feed(&url, &["push"], b"a\n\nb\xff\r\nlast").expect(0);
    Worker::feed(&url, &["push", "--format", "ndjson"], b"{\"n\":1}\n\n[2]\n").expect(0);
    Worker::feed(&url, &["push", "--format", "csv"], b"id,name\n1,\"x \"\"y\"\"\"\n").expect(0);
    let tasks: Vec<Vec<u8>> = ask(&server, &["LRANGE", "q", "0", "-1"]);
    let expected: [&[u8]; 7] =
        [b"a", b"", b"b\xff\r", b"last", b"{\"n\":1}", b"[2]", b"{\"id\":\"1\",\"name\":\"x \\\"y\\\"\"}"];
    assert_eq!(tasks, expected);
}

#[test]
fn push_refuses_what_is_no_task_and_says_where() {
    let server = Server::start();
    let ended = Worker::feed(&server.url(), &["push", "--format", "ndjson"], b"1\n{\n").expect(65);
    assert!(ended.stderr.contains("stdin, line 2: not JSON"), "{}", ended.stderr);
    let ended = Worker::feed(&server.url(), &["push", "--max-task-size", "3"], b"abc\nabcd\n").expect(65);
    assert!(ended.stderr.contains("stdin, line 2: longer than --max-task-size (3 bytes)"), "{}", ended.stderr);
    let ended = Worker::run(&server.url(), &["push", "no-such-file"]).expect(66);
    assert!(ended.stderr.contains("cannot read no-such-file"), "{}", ended.stderr);
}

#[test]
fn push_unique_knows_what_was_pushed_before() {
    let server = Server::start();
    let by = ["push", "--format", "ndjson", "--unique-by", "id"];
    let first = Worker::feed(&server.url(), &by, b"{\"id\":1}\n{\"id\":1,\"again\":true}\n{\"id\":2}\n").expect(0);
    assert_eq!((first.count("pushed"), first.count("skipped")), (2, 1));
    at_once(&server, &[]).expect(0);
    let second = Worker::feed(&server.url(), &by, b"{\"id\":2}\n{\"id\":3}\n").expect(0);
    assert_eq!((second.count("pushed"), second.count("skipped")), (1, 1), "also after it was done");
}

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
        let ended = at_once(&server, &["--max-tasks", "123", "--concurrency", concurrency]).expect(0);
        assert_eq!((ended.count("done"), before - ask::<u64>(&server, &["LLEN", "q"])), (123, 123));
    }
    let rest = at_once(&server, &["--max-tasks", "5000"]).expect(0);
    assert_eq!(rest.count("done"), 1_000 - 2 * 123, "or as many as there are");
}

#[test]
fn a_follower_waits_until_its_idle_time_is_over() {
    let server = Server::start();
    let worker = Worker::start(&server.url(), &[&AT_ONCE[..], &["--follow", "--idle-timeout", "2s"]].concat());
    until("it looks", || ask::<u64>(&server, &["EXISTS", "{q}:epoch"]) == 1);
    push(&server, 10);
    assert_eq!(worker.end().expect(0).count("done"), 10);
}

#[test]
fn an_idle_worker_asks_redis_at_most_twice_a_second() {
    let server = Server::start();
    push(&server, 1);
    let holder = Worker::start(&server.url(), &["run", "--lease", "60s", "--", "sleep", "60"]);
    until("the task is in hand", || ask::<u64>(&server, &["LLEN", "q"]) == 0);
    let arguments = [&AT_ONCE[..], &["--concurrency", "4", "--max-runtime", "20s", "--idle-timeout", "10s"]].concat();
    let began = Instant::now();
    let ended = Worker::run(&server.url(), &arguments).expect(0);
    // The first looks are quick, and each of the lanes has one of its own at the beginning and at the end.
    let allowed = 2 * 4 + 7 + 2 * began.elapsed().as_secs();
    assert!(ended.count("calls") <= allowed, "{} calls", ended.count("calls"));
    drop(holder);
}

#[test]
fn status_shows_the_queue_to_people_and_programs() {
    let server = Server::start();
    push(&server, 3);
    let empty = Worker::run(&server.url(), &["status"]).expect(0);
    let expected = "queue q\n  pending           3\n  delayed           0\n  in hand           0  0 claims\n  \
                    done              0  0 results stored\n  dead              0\n  retries           0  0 after a crash\n  \
                    stale             0\n";
    assert_eq!(empty.stdout, expected);
    let holder = Worker::start(&server.url(), &["run", "--", "sleep", "60"]);
    until("a task is in hand", || ask::<u64>(&server, &["ZCARD", "{q}:leases"]) == 1);
    let status = Worker::run(&server.url(), &["status"]).expect(0).stdout;
    assert!(status.contains("  worker  tasks  age"), "{status}");
    assert!(status.contains("  pod-1   1 "), "{status}");
    let json = Worker::run(&server.url(), &["status", "--json"]).expect(0).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&json["pending"], &json["in_hand"], &json["claims"][0]["worker"]),
        (&2.into(), &1.into(), &"pod-1".into())
    );
    drop(holder);
}

#[test]
fn a_watch_looks_again_until_the_queue_is_drained_or_it_is_stopped() {
    let server = Server::start();
    push(&server, 3);
    let watch = || Worker::start(&server.url(), &["status", "--watch", "100ms"]);
    let looks = |worker: &Worker| worker.stdout().matches("queue q\n").count();
    let (stopped, watching) = (watch(), watch());
    until("both have looked again", || looks(&stopped) > 1 && looks(&watching) > 1);
    stopped.signal(Signal::TERM);
    stopped.end().expect(0);
    at_once(&server, &[]).expect(0);
    let told = watching.end().expect(0).stdout;
    let (first, last) = (told.split("\n\n").next().unwrap(), told.rsplit("\n\n").next().unwrap());
    assert!(first.contains("pending           3\n"), "{told}");
    assert!(last.contains("pending           0\n") && last.contains("done              3  3 results"), "{told}");
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
    assert_eq!(words[2..], ["rejected", "1", "0", "pod-1", "exit", "65:", "sorry", "task", "0"]);
    let id = words[0];
    let payload = Worker::run(&server.url(), &["dead", "show", "--payload", id]).expect(0);
    assert_eq!(payload.stdout, "task 0");
    let ended = Worker::run(&server.url(), &["dead", "retry", id]).expect(0);
    assert_eq!(ended.count("retried"), 1);
    assert_eq!(Worker::run(&server.url(), &["dead", "drop", "--all"]).expect(0).count("dropped"), 2);
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
    let ended = Worker::run(&server.url(), &["run", "--max-attempts", "1", "--", "sh", "-c", script]).expect(0);
    let listed = Worker::run(&server.url(), &["dead", "list", "--json"]).expect(0).stdout;
    let id = serde_json::from_str::<serde_json::Value>(&listed).unwrap()["id"].as_str().unwrap().to_owned();
    let lines: Vec<&str> = ended.stderr.lines().filter(|line| line.contains("a task is dead")).collect();
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
fn progress_is_told_of_the_tasks_that_are_known() {
    let server = Server::start();
    push(&server, 1_000);
    for (more, total) in [(&[][..], "\"total\":1000,"), (&["--max-tasks", "700"], "\"total\":700,")] {
        let arguments = ["run", "--handler", "simulate=20ms", "--progress-interval", "100ms", "--lease", "100s"];
        let worker = Worker::start(&server.url(), &[&arguments[..], more].concat());
        until("progress is logged", || {
            worker.stderr().lines().any(|line| line.contains("\"progress\"") && line.contains("total"))
        });
        worker.signal(Signal::TERM);
        let stderr = worker.end().expect(143).stderr;
        assert!(stderr.contains(total), "{stderr}");
        // For the second round, the list is as it was.
        let () = ask(&server, &["DEL", "q", "{q}:results"]);
        push(&server, 1_000);
    }
}

#[test]
fn summarize_adds_up_who_did_what_and_why_not() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let text = r#"{"fields": [{"name": "id", "type": "string"}, {"name": "amount", "type": "number"}]}"#;
    std::fs::write(path("schema.json"), text).unwrap();
    for store in ["list", "stream"] {
        let rows = b"a,1\nb,2\nc,many\nd,more\ne,1,2\n{broken\nf,3\n";
        Worker::feed(&server.url(), &["push"], rows).expect(0);
        let schema = path("schema.json");
        let arguments = ["run", "--handler", "validate", "--schema", &schema, "--max-tasks", "6", "--results", store];
        let ended = Worker::run(&server.url(), &arguments).expect(0);
        std::fs::create_dir_all(path("pods")).unwrap();
        std::fs::write(path("pods/pod-1.json"), r#"{"seconds": 0.5, "counts": {"done": 5}}"#).unwrap();
        assert_eq!((ended.count("done"), ended.count("dead")), (5, 1));
        let (pods, rejected) = (path("pods"), path("rejected.ndjson"));
        let arguments = ["summarize", "--termination-messages", &pods, "--rejected", &rejected, "--top", "3"];
        let told = Worker::run(&server.url(), &arguments).expect(0);
        let expected = "worker  tasks  accepted  rejected  dead  seconds  tasks/s\n\
                        pod-1       6         2         3     1    0.500       12\n\
                        total       6         2         3     1    0.500       12\n\
                        \n\
                        most frequent reasons\n\
                        reason          field   count\n\
                        type-error      amount      2\n\
                        dead: rejected  (task)      1\n\
                        extra-cell      (task)      1\n\
                        \n\
                        not over yet: 1 (see queue-worker status)\n";
        assert_eq!(told.stdout, expected);
        let rejected = std::fs::read_to_string(rejected).unwrap();
        let tasks: Vec<String> = rejected
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["task"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(tasks, ["c,many", "d,more", "e,1,2"]);
        let json: serde_json::Value =
            serde_json::from_str(&Worker::run(&server.url(), &["summarize", "--json"]).expect(0).stdout).unwrap();
        assert_eq!((&json["tasks"], &json["open"]), (&6.into(), &1.into()));
        assert_eq!((&json["workers"][0]["worker"], &json["workers"][0]["rejected"]), (&"pod-1".into(), &3.into()));
        assert_eq!(json["reasons"][0], serde_json::json!({"reason": "type-error", "field": "amount", "count": 2}));
        assert!(json["workers"][0]["busy_seconds"].as_f64().unwrap() > 0.0);
        Worker::run(&server.url(), &["purge", "--yes", "--results"]).expect(0);
    }
    let none = Worker::run(&server.url(), &["summarize"]).expect(0);
    assert_eq!(none.stdout, "worker  tasks  busy s  tasks/s\ntotal       0\n");
    let nowhere = Worker::run(&server.url(), &["summarize", "--rejected", &path("no/folder")]).expect(74);
    assert!(nowhere.stderr.contains("cannot write"), "{}", nowhere.stderr);
}

#[test]
fn purge_asks_first() {
    let server = Server::start();
    push(&server, 3);
    let refused = Worker::run(&server.url(), &["purge"]).expect(64);
    assert!(refused.stderr.contains("purge removes 3 tasks"), "{}", refused.stderr);
    assert_eq!(ask::<u64>(&server, &["LLEN", "q"]), 3);
    assert_eq!(Worker::run(&server.url(), &["purge", "--yes"]).expect(0).count("purged"), 3);
    assert_eq!(ask::<u64>(&server, &["LLEN", "q"]), 0);
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
    let output =
        std::process::Command::new("sh").args(["-c", &format!("printf %s {text} | sha224sum")]).output().unwrap();
    String::from_utf8(output.stdout).unwrap()[..56].to_owned()
}

#[test]
fn what_redis_refuses_is_told_with_its_remedy() {
    let server = Server::start();
    let closed = Server::start_with(&["--save", "", "--requirepass", "right"]);
    let () = ask(&server, &["SET", "q", "a string"]);
    let () = ask(&server, &["ACL", "SETUSER", "lame", "on", ">pw", "~*", "+@all", "-zadd"]);
    let lame = server.url().replace("redis://", "redis://lame:pw@");
    let wrong = closed.url().replace("redis://", "redis://default:wrong-secret@");
    let nobody = format!("redis://127.0.0.1:{}", free_port());
    for (url, flags, code, said) in [
        (server.url(), &[][..], 64, "NAME must be a list"),
        (lame, &["--queue", "other"], 77, "grant it with ACL SETUSER lame "),
        (closed.url(), &[], 77, "wants a password: set REDIS_PASSWORD"),
        (wrong, &[], 77, "refuses the user default with this password"),
        (nobody, &["--redis-down-timeout", "200ms"], 69, "was not usable for 0."),
        ("http://x".to_owned(), &[], 64, "the scheme \"http\" is unknown"),
        (server.url(), &["--queue", "a{b"], 64, "braces that do not make one hash tag"),
    ] {
        if flags.contains(&"other") {
            let () = ask(&server, &["RPUSH", "other", "task"]);
        }
        let ended = Worker::run(&url, &[&AT_ONCE[..], flags].concat()).expect(code);
        assert!(ended.stderr.replace("\\\"", "\"").contains(said), "{said}: {}", ended.stderr);
        assert!(!ended.stderr.contains("wrong-secret"), "{}", ended.stderr);
        assert_eq!(ended.summary["exit_code"], code);
    }
}

#[test]
fn a_redis_that_may_evict_tasks_is_refused() {
    let server = Server::start_with(&["--save", "", "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"]);
    let refused = at_once(&server, &[]).expect(64);
    assert!(refused.stderr.contains("maxmemory-policy allkeys-lru"), "{}", refused.stderr);
    at_once(&server, &["--allow-eviction"]).expect(0);
}

#[test]
fn a_password_may_stand_in_a_file_and_redis_at_a_socket() {
    let server = Server::start_with(&["--save", "", "--requirepass", "right"]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, "right\n").unwrap();
    let socket = format!("unix://{}", server.socket().display());
    for url in [server.url(), socket] {
        Worker::run(&url, &[&AT_ONCE[..], &["--redis-password-file", file.to_str().unwrap()]].concat()).expect(0);
    }
}

#[test]
fn a_redis_that_never_answers_is_a_time_out() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}", silent.local_addr().unwrap());
    let flags = ["--redis-connect-timeout", "200ms", "--redis-timeout", "200ms", "--redis-down-timeout", "1s"];
    let ended = Worker::run(&url, &[&AT_ONCE[..], &flags].concat()).expect(69);
    assert!(ended.stderr.contains("timed out"), "{}", ended.stderr);
}

#[test]
fn at_most_once_is_plain_lpop_with_the_same_handlers() {
    let server = Server::start();
    push(&server, 1_000);
    let once = ["--delivery", "at-most-once", "--concurrency", "2"];
    let some = at_once(&server, &[&once[..], &["--max-tasks", "100"]].concat()).expect(0);
    assert_eq!((some.count("done"), ask::<u64>(&server, &["LLEN", "q"])), (100, 900));
    let script = "read -r word number; [ $number -lt 995 ] && exit 1; echo \"$number\"";
    let rest = Worker::run(&server.url(), &[&["run"], &once[..], &["--", "sh", "-c", script]].concat()).expect(0);
    assert_eq!((rest.count("done"), rest.count("failed")), (5, 895));
    let results: Vec<String> = ask(&server, &["LRANGE", "{q}:results", "100", "-1"]);
    assert_eq!(results.len(), 5);
    let mut keys: Vec<String> = ask(&server, &["KEYS", "*"]);
    keys.retain(|key| !key.contains(":call:"));
    keys.sort_unstable();
    // The epoch tells an empty list from one that Redis has lost.
    assert_eq!(keys, ["{q}:epoch", "{q}:results"], "no lease, no claim, no dead letter");
    let stream = at_once(&server, &["--delivery", "at-most-once", "--results", "stream"]).expect(64);
    assert!(stream.stderr.contains("say --results list or none"), "{}", stream.stderr);
}

#[test]
fn rows_are_accepted_or_rejected_by_a_schema() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let schema = folder.path().join("schema.json");
    let text = r#"{"fields": [{"name": "id", "type": "string"}, {"name": "amount", "type": "number"}]}"#;
    std::fs::write(&schema, text).unwrap();
    let rows = b"{\"id\":\"a\",\"amount\":\"1.5\"}\nb,2\nc,many\n{broken\n";
    Worker::feed(&server.url(), &["push"], rows).expect(0);
    let arguments = ["run", "--handler", "validate", "--schema", schema.to_str().unwrap()];
    let ended = Worker::run(&server.url(), &arguments).expect(0);
    assert_eq!((ended.count("done"), ended.count("dead")), (3, 1));
    let results: Vec<String> = ask(&server, &["LRANGE", "{q}:results", "0", "-1"]);
    let outcomes: Vec<serde_json::Value> = results.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let outcomes: Vec<(&str, bool)> =
        outcomes.iter().map(|o| (o["outcome"].as_str().unwrap(), o.get("reasons").is_some())).collect();
    assert_eq!(outcomes, [("accepted", false), ("accepted", false), ("rejected", true)]);
    let missing = Worker::run(&server.url(), &["run", "--handler", "validate"]).expect(64);
    assert!(missing.stderr.contains("needs --schema"), "{}", missing.stderr);
}
