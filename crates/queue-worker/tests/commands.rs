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
    Worker::feed(&url, &["push"], b"\xef\xbb\xbfa\n\nb\xff\r\n \t\r\nlast\r").expect(0);
    Worker::feed(&url, &["push", "--format", "ndjson"], b"{\"n\":1}\n\n[2]\n").expect(0);
    Worker::feed(&url, &["push", "--format", "csv"], b"id,name\n1,\"x \"\"y\"\"\"\n").expect(0);
    let tasks: Vec<Vec<u8>> = ask(&server, &["LRANGE", "q", "0", "-1"]);
    let expected: [&[u8]; 6] =
        [b"a", b"b\xff", b"last", b"{\"n\":1}", b"[2]", b"{\"id\":\"1\",\"name\":\"x \\\"y\\\"\"}"];
    assert_eq!(tasks, expected);
}

#[test]
fn a_text_file_from_windows_is_pushed_without_its_line_ends_and_its_blank_lines_are_counted() {
    let server = Server::start();
    let ended = Worker::feed(&server.url(), &["push"], b"\xef\xbb\xbf1\r\n\r\n2\r\n\r\n").expect(0);
    assert_eq!((ended.count("pushed"), ended.count("blank")), (2, 2));
    assert!(ended.stderr.contains("\"blank\":2"), "{}", ended.stderr);
    let ndjson = Worker::feed(&server.url(), &["push", "--format", "ndjson"], b"{\"n\":1}\r\n\r\n")
        .expect(0);
    assert_eq!((ndjson.count("pushed"), ndjson.count("blank")), (1, 1));
    assert_eq!(ask::<Vec<String>>(&server, &["LRANGE", "q", "0", "-1"]), ["1", "2", "{\"n\":1}"]);
    // What PowerShell's > writes.
    let utf_16 = Worker::feed(&server.url(), &["push"], b"\xff\xfe1\0\r\0\n\0").expect(65);
    assert!(utf_16.stderr.contains("iconv -f UTF-16"), "{}", utf_16.stderr);
    // A line of the largest size keeps its place for both bytes of the line end; half a long line
    // of blanks is no line.
    let most = ["push", "--max-task-size", "3"];
    Worker::feed(&server.url(), &most, b"abc\r\nabc").expect(0);
    Worker::feed(&server.url(), &most, b"abcd\r\n").expect(65);
    Worker::feed(&server.url(), &most, b"         x\n").expect(65);
    // Any other producer's bytes stay what they are.
    let () = ask(&server, &["RPUSH", "q", "raw\r"]);
    assert_eq!(ask::<Vec<String>>(&server, &["LRANGE", "q", "-3", "-1"]), ["abc", "abc", "raw\r"]);
}

#[test]
fn a_quote_that_makes_one_task_of_many_rows_is_an_error_that_names_its_line() {
    let server = Server::start();
    let csv = ["push", "--format", "csv"];
    for (rows, says) in [
        ("id,note\n1,ok\n2,\"5 inch\n3,ok\n4,ok\n", "opens a cell on line 3 is never closed"),
        ("id,name,n\n1,\"5 inch,2\n2,abc,3\n3,\"6 inch,4\n", "opened on line 2: a quote"),
        ("id,name\n2,\"abc\"def\n", "text follows the quote"),
        ("\u{feff}\"id\",name\n1,\"a", "opens a cell on line 2"),
    ] {
        let ended = Worker::feed(&server.url(), &csv, rows.as_bytes()).expect(65);
        assert!(ended.stderr.contains(says), "{rows}: {}", ended.stderr);
        // What stands before may be pushed, as before any other error; nothing of the broken row.
        let pushed = ask::<Vec<String>>(&server, &["LRANGE", "q", "0", "-1"]);
        assert!(pushed.iter().all(|task| task == r#"{"id":"1","note":"ok"}"#), "{pushed:?}");
        let () = ask(&server, &["DEL", "q"]);
    }
    let utf_16 = Worker::feed(&server.url(), &csv, b"\xff\xfei\0d\0\n\0").expect(65);
    assert!(utf_16.stderr.contains("iconv -f UTF-16"), "{}", utf_16.stderr);
    Worker::feed(&server.url(), &csv, b"\xef\xbb\xbf\"id\",n\n1,5\" pipe\n2,\"a \"\"b\"\"\nc\"\n")
        .expect(0);
    let tasks = ask::<Vec<String>>(&server, &["LRANGE", "q", "0", "-1"]);
    assert_eq!(tasks, [r#"{"id":"1","n":"5\" pipe"}"#, r#"{"id":"2","n":"a \"b\"\nc"}"#]);
}

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
fn a_command_without_dashes_is_told_where_they_belong() {
    let server = Server::start();
    let json = Worker::run(&server.url(), &["run", "cat"]).expect(64);
    assert!(
        json.stderr.contains("put -- before the command that is to be run: run ... -- cat ..."),
        "{}",
        json.stderr
    );
    let human = Worker::run(&server.url(), &["run", "--lines", "python3", "--log-format", "human"])
        .expect(64);
    assert!(human.stderr.contains("tip: put -- before"), "{}", human.stderr);
    let flag = Worker::run(&server.url(), &["run", "--nothing"]).expect(64);
    assert!(!flag.stderr.contains("put --"), "{}", flag.stderr);
}

#[test]
fn two_workers_of_one_machine_have_a_row_each_in_the_summary() {
    let server = Server::start();
    push(&server, 4);
    let nameless = |more: &[&str]| {
        let arguments = [&["run", "--handler", "simulate=0s", "--max-tasks", "2"], more].concat();
        Worker::run_with(&server.url(), &arguments, &[("POD_NAME", "")]).expect(0)
    };
    nameless(&[]);
    nameless(&[]);
    let summary = Worker::run(&server.url(), &["summarize", "--json"]).expect(0).stdout;
    let summary: serde_json::Value = serde_json::from_str(&summary).unwrap();
    let workers = summary["workers"].as_array().unwrap();
    assert_eq!(
        workers.iter().map(|worker| worker["tasks"].as_u64().unwrap()).collect::<Vec<_>>(),
        [2, 2]
    );
}

#[test]
fn push_refuses_what_is_no_task_and_says_where() {
    let server = Server::start();
    let ended = Worker::feed(&server.url(), &["push", "--format", "ndjson"], b"1\n{\n").expect(65);
    assert!(ended.stderr.contains("stdin, line 2: not JSON"), "{}", ended.stderr);
    let ended =
        Worker::feed(&server.url(), &["push", "--max-task-size", "3"], b"abc\nabcd\n").expect(65);
    assert!(
        ended.stderr.contains("stdin, line 2: longer than --max-task-size (3 bytes)"),
        "{}",
        ended.stderr
    );
    let ended = Worker::run(&server.url(), &["push", "no-such-file"]).expect(66);
    assert!(ended.stderr.contains("cannot read no-such-file"), "{}", ended.stderr);
}

#[test]
fn push_unique_knows_what_was_pushed_before() {
    let server = Server::start();
    let by = ["push", "--format", "ndjson", "--unique-by", "id"];
    let first =
        Worker::feed(&server.url(), &by, b"{\"id\":1}\n{\"id\":1,\"again\":true}\n{\"id\":2}\n")
            .expect(0);
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
        let ended =
            at_once(&server, &["--max-tasks", "123", "--concurrency", concurrency]).expect(0);
        assert_eq!((ended.count("done"), before - ask::<u64>(&server, &["LLEN", "q"])), (123, 123));
    }
    let rest = at_once(&server, &["--max-tasks", "5000"]).expect(0);
    assert_eq!(rest.count("done"), 1_000 - 2 * 123, "or as many as there are");
}

#[test]
fn a_follower_waits_until_its_idle_time_is_over() {
    let server = Server::start();
    let worker = Worker::start(
        &server.url(),
        &[&AT_ONCE[..], &["--follow", "--idle-timeout", "2s"]].concat(),
    );
    until("it looks", || worker.stderr().contains("there is no such queue yet"));
    push(&server, 10);
    assert_eq!(worker.end().expect(0).count("done"), 10);
}

#[test]
fn an_idle_worker_asks_redis_at_most_twice_a_second() {
    let server = Server::start();
    push(&server, 1);
    let holder = Worker::start(&server.url(), &["run", "--lease", "60s", "--", "sleep", "60"]);
    until("the task is in hand", || ask::<u64>(&server, &["LLEN", "q"]) == 0);
    let arguments =
        [&AT_ONCE[..], &["--concurrency", "4", "--max-runtime", "20s", "--idle-timeout", "10s"]]
            .concat();
    let began = Instant::now();
    let ended = Worker::run(&server.url(), &arguments).expect(75);
    // The first looks are quick, each of the lanes has one of its own at the beginning and at the
    // end, and so has the worker.
    let allowed = 2 * 4 + 2 + 7 + 2 * began.elapsed().as_secs();
    assert!(ended.count("calls") <= allowed, "{} calls", ended.count("calls"));
    drop(holder);
}

#[test]
fn status_shows_the_queue_to_people_and_programs() {
    let server = Server::start();
    push(&server, 3);
    let empty = Worker::run(&server.url(), &["status"]).expect(0);
    let expected = "queue q\n  pending           3\n  delayed           0\n  in hand           0  \
                    0 claims\n  done              0  0 results stored\n  dead              0\n  \
                    retries           0  0 after a crash\n  stale             0\n";
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
    assert!(
        last.contains("pending           0\n") && last.contains("done              3  3 results"),
        "{told}"
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
fn progress_is_told_of_the_tasks_that_are_known() {
    let server = Server::start();
    push(&server, 1_000);
    for (more, total) in [(&[][..], "\"total\":1000,"), (&["--max-tasks", "700"], "\"total\":700,")]
    {
        let arguments = [
            "run",
            "--handler",
            "simulate=20ms",
            "--progress-interval",
            "100ms",
            "--lease",
            "100s",
        ];
        let worker = Worker::start(&server.url(), &[&arguments[..], more].concat());
        until("progress is logged", || {
            worker
                .stderr()
                .lines()
                .any(|line| line.contains("\"progress\"") && line.contains("total"))
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
    let text =
        r#"{"fields": [{"name": "id", "type": "string"}, {"name": "amount", "type": "number"}]}"#;
    std::fs::write(path("schema.json"), text).unwrap();
    for store in ["list", "stream"] {
        let rows = b"a,1\nb,2\nc,many\nd,more\ne,1,2\n{broken\nf,3\n";
        Worker::feed(&server.url(), &["push"], rows).expect(0);
        let schema = path("schema.json");
        let arguments = [
            "run",
            "--handler",
            "validate",
            "--schema",
            &schema,
            "--max-tasks",
            "6",
            "--results",
            store,
        ];
        let ended = Worker::run(&server.url(), &arguments).expect(0);
        std::fs::create_dir_all(path("pods")).unwrap();
        std::fs::write(path("pods/pod-1.json"), r#"{"seconds": 0.5, "counts": {"done": 5}}"#)
            .unwrap();
        assert_eq!((ended.count("done"), ended.count("dead")), (5, 1));
        let (pods, rejected) = (path("pods"), path("rejected.ndjson"));
        let arguments =
            ["summarize", "--termination-messages", &pods, "--rejected", &rejected, "--top", "3"];
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
            .map(|line| {
                serde_json::from_str::<serde_json::Value>(line).unwrap()["task"]
                    .as_str()
                    .unwrap()
                    .to_owned()
            })
            .collect();
        assert_eq!(tasks, ["c,many", "d,more", "e,1,2"]);
        let json: serde_json::Value = serde_json::from_str(
            &Worker::run(&server.url(), &["summarize", "--json"]).expect(0).stdout,
        )
        .unwrap();
        assert_eq!((&json["tasks"], &json["open"]), (&6.into(), &1.into()));
        assert_eq!(
            (&json["workers"][0]["worker"], &json["workers"][0]["rejected"]),
            (&"pod-1".into(), &3.into())
        );
        assert_eq!(
            json["reasons"][0],
            serde_json::json!({"reason": "type-error", "field": "amount", "count": 2})
        );
        assert!(json["workers"][0]["busy_seconds"].as_f64().unwrap() > 0.0);
        Worker::run(&server.url(), &["purge", "--yes", "--results"]).expect(0);
    }
    let none = Worker::run(&server.url(), &["summarize"]).expect(0);
    assert_eq!(none.stdout, "worker  tasks  busy s  tasks/s\ntotal       0\n");
    let nowhere =
        Worker::run(&server.url(), &["summarize", "--rejected", &path("no/folder")]).expect(74);
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
    assert_eq!(
        Worker::run(&server.url(), &["purge", "--yes"]).expect(0).count("purged"),
        0,
        "it is there, and empty"
    );
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
    let output = std::process::Command::new("sh")
        .args(["-c", &format!("printf %s {text} | sha224sum")])
        .output()
        .unwrap();
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
    let server = Server::start_with(&[
        "--save",
        "",
        "--maxmemory",
        "100mb",
        "--maxmemory-policy",
        "allkeys-lru",
    ]);
    let refused = at_once(&server, &[]).expect(64);
    assert!(refused.stderr.contains("maxmemory-policy allkeys-lru"), "{}", refused.stderr);
    let () = ask(&server, &["RPUSH", "q", "task"]);
    at_once(&server, &["--allow-eviction"]).expect(0);
}

#[test]
fn a_password_may_stand_in_a_file_and_redis_at_a_socket() {
    let server = Server::start_with(&["--save", "", "--requirepass", "right"]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, "right\n").unwrap();
    let socket = format!("unix://{}", server.socket().display());
    let from_file = ["push", "--redis-password-file", file.to_str().unwrap()];
    Worker::feed(&server.url(), &from_file, b"task\n").expect(0);
    for url in [server.url(), socket] {
        Worker::run(
            &url,
            &[&AT_ONCE[..], &["--redis-password-file", file.to_str().unwrap()]].concat(),
        )
        .expect(0);
    }
}

#[test]
fn a_redis_that_never_answers_is_a_time_out() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}", silent.local_addr().unwrap());
    let flags = [
        "--redis-connect-timeout",
        "200ms",
        "--redis-timeout",
        "200ms",
        "--redis-down-timeout",
        "1s",
    ];
    let ended = Worker::run(&url, &[&AT_ONCE[..], &flags].concat()).expect(69);
    assert!(ended.stderr.contains("timed out"), "{}", ended.stderr);
}

#[test]
fn at_most_once_has_the_same_handlers_and_no_second_attempt() {
    let server = Server::start();
    push(&server, 1_000);
    let once = ["--delivery", "at-most-once", "--concurrency", "2"];
    let some = at_once(&server, &[&once[..], &["--max-tasks", "100"]].concat()).expect(0);
    assert_eq!((some.count("done"), ask::<u64>(&server, &["LLEN", "q"])), (100, 900));
    let script = "read -r word number; [ $number -lt 995 ] && exit 1; echo \"$number\"";
    let rest =
        Worker::run(&server.url(), &[&["run"], &once[..], &["--", "sh", "-c", script]].concat())
            .expect(0);
    assert_eq!((rest.count("done"), rest.count("failed")), (5, 895));
    let results: Vec<String> = ask(&server, &["LRANGE", "{q}:results", "100", "-1"]);
    assert_eq!(results.len(), 5);
    let mut keys: Vec<String> = ask(&server, &["KEYS", "*"]);
    keys.retain(|key| !key.contains(":call:"));
    keys.sort_unstable();
    assert_eq!(
        keys,
        ["{q}:counts", "{q}:epoch", "{q}:results"],
        "no lease, no claim, no dead letter"
    );
    assert_eq!(ask::<u64>(&server, &["HGET", "{q}:counts", "gone"]), 895);
}

#[test]
fn rows_are_accepted_or_rejected_by_a_schema() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let schema = folder.path().join("schema.json");
    let text =
        r#"{"fields": [{"name": "id", "type": "string"}, {"name": "amount", "type": "number"}]}"#;
    std::fs::write(&schema, text).unwrap();
    let rows = b"{\"id\":\"a\",\"amount\":\"1.5\"}\nb,2\nc,many\n{broken\n";
    Worker::feed(&server.url(), &["push"], rows).expect(0);
    let arguments = ["run", "--handler", "validate", "--schema", schema.to_str().unwrap()];
    let ended = Worker::run(&server.url(), &arguments).expect(0);
    assert_eq!((ended.count("done"), ended.count("dead")), (3, 1));
    let results: Vec<String> = ask(&server, &["LRANGE", "{q}:results", "0", "-1"]);
    let outcomes: Vec<serde_json::Value> =
        results.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let outcomes: Vec<(&str, bool)> = outcomes
        .iter()
        .map(|o| (o["outcome"].as_str().unwrap(), o.get("reasons").is_some()))
        .collect();
    assert_eq!(outcomes, [("accepted", false), ("accepted", false), ("rejected", true)]);
    let missing = Worker::run(&server.url(), &["run", "--handler", "validate"]).expect(64);
    assert!(missing.stderr.contains("needs --schema"), "{}", missing.stderr);
}

#[test]
fn a_queue_that_is_not_there_is_no_success_and_is_told_by_its_name() {
    let server = Server::start();
    Worker::feed(&server.url(), &["push", "--queue", "transactions"], b"1\n").expect(0);
    for delivery in ["at-least-once", "at-most-once"] {
        let more = ["--queue", "transaction", "--wait-for-queue", "200ms", "--delivery", delivery];
        let ended = at_once(&server, &more).expect(66);
        assert!(
            ended.stderr.contains("there is no queue transaction in redis at 127.0.0.1:"),
            "{}",
            ended.stderr
        );
        assert!(ended.stderr.contains("(there are transactions)"), "{}", ended.stderr);
        assert_eq!(
            ended.stderr.matches("\"level\":\"WARN\"").count(),
            1,
            "told once: {}",
            ended.stderr
        );
    }
    for command in
        [&["status"][..], &["summarize"], &["dead", "list"], &["dead", "retry"], &["adopt"]]
    {
        let ended =
            Worker::run(&server.url(), &[command, &["--queue", "high,low"]].concat()).expect(66);
        assert!(
            ended.stderr.contains("there is no queue high,low"),
            "{command:?}: {}",
            ended.stderr
        );
    }
    let status = Worker::run(&server.url(), &["status", "--json", "--queue", "other"]).expect(66);
    assert!(status.stdout.contains("\"exists\":false"), "{}", status.stdout);
}

#[test]
fn a_queue_that_comes_late_is_waited_for_and_an_empty_push_is_one() {
    let server = Server::start();
    let worker = Worker::start(&server.url(), &AT_ONCE);
    until("it waits", || worker.stderr().contains("there is no such queue yet"));
    push(&server, 3);
    assert_eq!(worker.end().expect(0).count("done"), 3);
    // A worker that starts when all is done finds that it is.
    assert_eq!(at_once(&server, &["--wait-for-queue", "0s"]).expect(0).count("done"), 0);
    let empty = Worker::feed(&server.url(), &["push", "--queue", "empty"], b"").expect(0);
    assert!(empty.stderr.contains("the input is empty"), "{}", empty.stderr);
    at_once(&server, &["--queue", "empty", "--wait-for-queue", "0s"]).expect(0);
    // A worker that waits is stopped as any other.
    let worker = Worker::start(&server.url(), &[&AT_ONCE[..], &["--queue", "none"]].concat());
    until("it waits", || worker.stderr().contains("there is no such queue yet"));
    worker.signal(Signal::TERM);
    worker.end().expect(143);
}

#[test]
fn the_pod_that_replaces_one_whose_redis_came_back_empty_does_not_end_with_success() {
    let mut server = Server::start();
    push(&server, 1_000);
    let worker = Worker::start(&server.url(), &["run", "--handler", "simulate=20ms"]);
    until("some results", || ask::<u64>(&server, &["LLEN", "{q}:results"]) > 2);
    server.restart();
    worker.end().expect(69);
    at_once(&server, &["--wait-for-queue", "300ms"]).expect(66);
}

#[test]
fn what_a_limit_ends_with_work_left_is_not_done() {
    let server = Server::start();
    push(&server, 3);
    let slow = ["run", "--handler", "simulate=300ms", "--max-runtime", "100ms"];
    let ended = Worker::run(&server.url(), &slow).expect(75);
    assert!(
        ended.stderr.contains("--max-runtime was reached with work left: 2 tasks pending"),
        "{}",
        ended.stderr
    );
    assert_eq!((&ended.summary["outcome"], ended.count("done")), (&"stopped".into(), 1));
    at_once(&server, &["--max-runtime", "1h"]).expect(0);
    // Tasks in other hands are work left, too; with nothing left a limit is as good an end as any.
    push(&server, 1);
    let holder = Worker::start(&server.url(), &["run", "--", "sleep", "60"]);
    until("a task is in hand", || ask::<u64>(&server, &["ZCARD", "{q}:leases"]) == 1);
    at_once(&server, &["--idle-timeout", "100ms"]).expect(75);
    at_once(&server, &["--exit-when", "empty", "--idle-timeout", "100ms"]).expect(0);
    holder.signal(Signal::TERM);
    holder.kill();
    Worker::run(&server.url(), &["purge", "--yes"]).expect(0);
    at_once(&server, &["--follow", "--idle-timeout", "100ms"]).expect(0);
}

#[test]
fn max_tasks_counts_what_is_settled_and_not_what_is_tried() {
    let server = Server::start();
    push(&server, 10);
    // Each third task fails at first, and each fifth is hopeless.
    let script = "read -r w n; [ $((n % 5)) != 0 ] || exit 65; [ $((n % 3)) != 0 ] || [ \
                  $TASK_ATTEMPT -gt 1 ]";
    for pod in 0..2 {
        let arguments = ["run", "--max-tasks", "5", "--backoff", "10ms", "--", "sh", "-c", script];
        let ended = Worker::run(&server.url(), &arguments).expect(0);
        assert_eq!(ended.count("done") + ended.count("dead"), 5, "pod {pod}: {ended:?}");
    }
    assert_eq!(
        ask::<u64>(&server, &["LLEN", "{q}:results"]) + ask::<u64>(&server, &["ZCARD", "{q}:dead"]),
        10
    );
}

#[test]
fn a_slow_producers_tasks_are_in_the_queue_while_it_thinks() {
    let server = Server::start();
    let (read, mut write) = std::io::pipe().unwrap();
    let worker = Worker::start_with(&server.url(), &["push"], read.into());
    std::io::Write::write_all(&mut write, b"one\ntwo\nthr").unwrap();
    until("both are there", || ask::<u64>(&server, &["LLEN", "q"]) == 2);
    std::io::Write::write_all(&mut write, b"ee\nfour\nha").unwrap();
    until("all that are whole are there", || ask::<u64>(&server, &["LLEN", "q"]) == 4);
    // At a stop, what was read is pushed at once, though the producer goes on; half a line is no
    // task.
    std::io::Write::write_all(&mut write, b"lf\nlast\nx").unwrap();
    let began = Instant::now();
    worker.signal(Signal::TERM);
    let ended = worker.end().expect(143);
    assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
    assert_eq!(ended.count("pushed"), 6);
    assert!(
        ended.summary["error"]
            .as_str()
            .unwrap()
            .contains("6 tasks are pushed; a push that is tried again")
    );
    let tasks: Vec<String> = ask(&server, &["LRANGE", "q", "0", "-1"]);
    assert_eq!(tasks, ["one", "two", "three", "four", "half", "last"]);
}

#[test]
fn the_queue_has_the_order_of_the_input() {
    let server = Server::start();
    push(&server, 50_000);
    let tasks: Vec<String> = ask(&server, &["LRANGE", "q", "0", "-1"]);
    assert!(tasks.iter().enumerate().all(|(n, task)| *task == format!("task {n}")));
}

#[test]
fn large_numbers_are_unique_by_all_of_their_digits() {
    let server = Server::start();
    let lines = b"{\"id\":20180814033130818988}\n{\"id\":20180814033130818989}\n{\"id\": 20180814033130818989}\n";
    let pushed =
        Worker::feed(&server.url(), &["push", "--format", "ndjson", "--unique-by", "id"], lines)
            .expect(0);
    assert_eq!((pushed.count("pushed"), pushed.count("skipped")), (2, 1));
}

#[test]
fn a_csv_that_makes_no_good_tasks_is_refused_with_its_remedy() {
    let server = Server::start();
    let csv = |input: &[u8], more: &[&str], code| {
        Worker::feed(&server.url(), &[&["push", "--format", "csv"], more].concat(), input)
            .expect(code)
    };
    for (input, said) in [
        (&b"id,id\n1,2\n"[..], "is there twice"),
        (b"id;name\n1;a\n", "say --delimiter"),
        (b"id,name\n1\n", "1 cells, where the header has 2"),
        (b"id,name\n1,M\xfcller\n", "iconv"),
    ] {
        let refused = csv(input, &[], 65);
        assert!(refused.stderr.contains(said), "{said}: {}", refused.stderr);
    }
    csv(b"\xef\xbb\xbfid;name\r\n1;a\r\n", &["--delimiter", ";"], 0);
    csv(b"", &[], 0);
    assert_eq!(
        ask::<Vec<String>>(&server, &["LRANGE", "q", "0", "-1"]),
        ["{\"id\":\"1\",\"name\":\"a\"}"]
    );
    let json = ["push", "--format", "ndjson"];
    Worker::feed(&server.url(), &json, b"\xef\xbb\xbf{\"a\":1}\n").expect(0);
    let pretty = Worker::feed(&server.url(), &json, b"{\n \"a\": 1\n}\n").expect(65);
    assert!(pretty.stderr.contains("as jq -c writes it"), "{}", pretty.stderr);
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
    assert_eq!(
        ask::<u64>(&server, &["LLEN", "q"]) + ask::<u64>(&server, &["ZCARD", "{q}:leases"]),
        1,
        "it is begun anew"
    );
    waits.kill();
}

#[test]
fn a_watch_ends_when_nobody_reads_it_any_more() {
    let server = Server::start();
    push(&server, 3);
    let (read, write) = std::io::pipe().unwrap();
    let worker = Worker::start_to(&server.url(), &["status", "--watch", "100ms"], write.into());
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(read), &mut line).unwrap();
    assert_eq!(line, "queue q\n");
    worker.end().expect(0);
}

#[test]
fn what_a_server_does_not_have_is_told_by_its_name_before_anything_is_taken() {
    for command in ["LTRIM", "ZADD", "TIME", "HINCRBY", "EVALSHA", "EVAL"] {
        let server = Server::start_with(&["--save", "", "--rename-command", command, ""]);
        let () = ask(&server, &["RPUSH", "q", "task"]);
        let ended = at_once(&server, &[]).expect(64);
        assert!(
            ended.stderr.contains(&format!("does not have {command}, which the queue needs")),
            "{}",
            ended.stderr
        );
        assert_eq!(ask::<Vec<String>>(&server, &["KEYS", "*"]), ["q"], "without {command}");
        let pushed = Worker::feed(&server.url(), &["push", "--queue", "p"], b"1\n");
        assert!([Some(0), Some(64)].contains(&pushed.code), "without {command}: {}", pushed.stderr);
    }
    let server = Server::start_with(&["--save", "", "--rename-command", "INFO", ""]);
    push(&server, 1);
    let ended = at_once(&server, &[]).expect(0);
    assert!(ended.stderr.contains("this redis has no INFO"), "{}", ended.stderr);
    let ended = Worker::run(&format!("{}/99", server.url()), &AT_ONCE).expect(64);
    assert!(ended.stderr.contains("there is no such database"), "{}", ended.stderr);
}

#[test]
fn an_empty_password_is_none_and_a_refused_one_is_told_in_redis_words() {
    let server = Server::start();
    push(&server, 1);
    at_once(&server, &["--redis-password", "", "--redis-user", ""]).expect(0);
    let ended = at_once(&server, &["--redis-password", "some-secret"]).expect(77);
    assert!(ended.stderr.contains("without any password configured"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("some-secret"), "{}", ended.stderr);
}

#[test]
fn a_connection_that_was_closed_while_it_was_idle_is_no_alarm() {
    let server = Server::start_with(&["--save", "", "--timeout", "1"]);
    push(&server, 1);
    let ended =
        Worker::run(&server.url(), &["run", "--lease", "60s", "--", "sleep", "3"]).expect(0);
    assert!(!ended.stderr.contains("redis is not usable"), "{}", ended.stderr);
}

#[test]
fn a_variable_that_is_set_to_nothing_is_not_set() {
    let server = Server::start();
    push(&server, 1);
    let empty = [
        "JOB_WORKER_MAX_TASKS",
        "JOB_WORKER_LIMIT",
        "JOB_WORKER_FOLLOW",
        "REDIS_PASSWORD_FILE",
        "REDIS_TLS_CA",
    ];
    let empty: Vec<(&str, &str)> = empty.into_iter().map(|name| (name, "")).collect();
    let ended = Worker::run_with(&server.url(), &AT_ONCE, &empty).expect(0);
    assert_eq!(ended.count("done"), 1);
    let unnamed = Worker::run_with(&server.url(), &AT_ONCE, &[("QUEUE_NAME", "")]).expect(64);
    assert!(unnamed.stderr.contains("--queue"), "{}", unnamed.stderr);
}
