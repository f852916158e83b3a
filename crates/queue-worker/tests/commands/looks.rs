//! `status`, `summarize` and the progress of a run: what they say of a queue.

use super::*;

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
