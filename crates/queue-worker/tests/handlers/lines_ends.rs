//! `--lines`: how a child ends, and what is told of one that does not answer.

use super::*;

#[test]
fn a_child_that_dies_takes_only_its_own_task_down() {
    for window in ["1", "20"] {
        let server = Server::start();
        let tasks: Vec<String> = (0..300)
            .map(|n| if n == 150 { "poison".to_owned() } else { format!("task {n}") })
            .collect();
        let tasks: Vec<&[u8]> = tasks.iter().map(|task| task.as_bytes()).collect();
        push(&server, &tasks);
        let script = lines("[ \"$task\" = poison ] && echo oh >&2 && exit 7; answer \"$task\"");
        let ended = run(&server, &["--lines", "--max-attempts", "2", "--window", window], &script)
            .expect(0);
        assert_eq!((ended.count("done"), ended.count("failed"), ended.count("dead")), (299, 1, 1));
        each_has_its_own_result(&server, 299);
        let dead = dead(&server);
        assert_eq!(
            (&dead[0]["task"], &dead[0]["last_error"]),
            (&"poison".into(), &"the handler's child ended (exit 7); its stderr: oh".into())
        );
    }
}

#[test]
fn a_child_that_falls_silent_is_ended_and_started_again() {
    for window in ["1", "4"] {
        let server = Server::start();
        push(&server, &[b"a", b"hang", b"b", b"c"]);
        let script = lines("[ \"$task\" = hang ] && sleep 1003; answer \"$task\"");
        let flags =
            ["--lines", "--task-timeout", "300ms", "--max-attempts", "1", "--window", window];
        let ended = run(&server, &flags, &script).expect(0);
        assert_eq!((ended.count("done"), ended.count("dead")), (3, 1));
        let error = dead(&server)[0]["last_error"].as_str().unwrap().to_owned();
        assert!(error.starts_with("no answer within --task-timeout (0.3 s), killed"), "{error}");
        assert_eq!(dead(&server)[0]["task"], "hang");
    }
}

#[test]
fn a_child_that_ends_well_between_tasks_costs_no_attempt() {
    let server = Server::start();
    push_many(&server, 20);
    let script = format!("n=0; {}", lines("answer \"$task\"; n=$((n + 1)); [ $n = 5 ] && exit 0"));
    let ended = run(&server, &["--lines", "--max-attempts", "1"], &script).expect(0);
    assert_eq!((ended.count("done"), ended.count("failed"), ended.count("dead")), (20, 0, 0));
    each_has_its_own_result(&server, 20);
}

#[test]
fn a_child_has_time_to_write_what_it_has_buffered() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let program = "
import json, sys
rows = open(sys.argv[1], 'w')
for line in sys.stdin:
    ask = json.loads(line)
    rows.write(ask['task'] + '\\n')
    print(json.dumps({'id': ask['id'], 'result': None}), flush=True)
rows.close()
";
    for (name, flags, is_stopped) in [("drained", &[][..], false), ("stopped", &["--follow"], true)]
    {
        push_many(&server, 300);
        let file = folder.path().join(name);
        let command = ["--lines", "--", "python3", "-c", program, file.to_str().unwrap()];
        let worker = Worker::start(&server.url(), &[&["run"], flags, &command].concat());
        if is_stopped {
            until("all tasks are done", || ask::<u64>(&server, &["LLEN", "{q}:results"]) == 300);
            worker.signal(Signal::TERM);
        }
        worker.end().expect(0);
        assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 300, "{name}");
        let () = ask(&server, &["FLUSHALL"]);
    }
}

#[test]
fn a_child_that_does_not_end_gets_sigterm_and_then_sigkill() {
    let server = Server::start();
    push(&server, &[b"task"]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("told");
    let after = format!(
        "echo eof > {0}; trap 'echo term >> {0}' TERM; echo $$ >> {0}; while :; do sleep 0.05; \
         done",
        file.display()
    );
    let script = format!("{}; {after}", lines("answer ok"));
    let began = Instant::now();
    let ended = run(&server, &["--lines", "--grace-period", "3s"], &script).expect(0);
    let told = std::fs::read_to_string(&file).unwrap();
    let told: Vec<&str> = told.lines().collect();
    assert_eq!((told[0], told[2]), ("eof", "term"), "{told:?}");
    assert!(!is_alive(told[1]), "it lives");
    assert!(
        began.elapsed() > Duration::from_millis(1500),
        "there was time between: {:?}",
        began.elapsed()
    );
    assert!(
        ended.stderr.contains("the handler's child was killed: it ended neither at the end"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_child_that_fails_after_its_last_answer_is_told() {
    let server = Server::start();
    push(&server, &[b"task"]);
    let script = format!("{}; echo 'disk full' >&2; exit 3", lines("answer ok"));
    let ended = run(&server, &["--lines"], &script).expect(0);
    let said = "the handler's child failed after its last answer (exit 3); its stderr: disk full";
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
}

#[test]
fn the_death_of_a_child_is_noticed_although_another_process_holds_its_stdout() {
    let server = Server::start();
    push(&server, &[b"a", b"boom", b"b"]);
    let folder = tempfile::tempdir().unwrap();
    let (once, helper) = (folder.path().join("once"), folder.path().join("helper"));
    let script = format!(
        "setsid sh -c 'echo $$ >> {}; exec sleep 1008' & {}",
        helper.display(),
        lines(&format!(
            "[ $task = boom ] && [ ! -e {0} ] && : > {0} && kill -9 $$; answer $task",
            once.display()
        ))
    );
    let began = Instant::now();
    let ended = run(&server, &["--lines", "--task-timeout", "100s"], &script).expect(0);
    assert_eq!((ended.count("done"), ended.count("failed")), (3, 1));
    assert!(
        ended.stderr.contains("killed by signal 9, in a pod mostly for want of memory"),
        "{}",
        ended.stderr
    );
    assert!(began.elapsed() < Duration::from_secs(50), "{:?}", began.elapsed());
    for pid in std::fs::read_to_string(&helper).unwrap().lines() {
        let pid = rustix::process::Pid::from_raw(pid.parse().unwrap()).unwrap();
        let _ = rustix::process::kill_process(pid, Signal::KILL);
    }
}

#[test]
fn a_child_that_does_not_flush_is_told_to() {
    let server = Server::start();
    push(&server, &[b"a"]);
    let program = "
import json, sys
for line in sys.stdin:
    print(json.dumps({'id': json.loads(line)['id'], 'result': 1}))
";
    python(&server, &["--task-timeout", "1s", "--max-attempts", "1"], program).expect(0);
    let error = dead(&server)[0]["last_error"].as_str().unwrap().to_owned();
    assert!(error.contains("it must flush each answer (print(..., flush=True)"), "{error}");

    push(&server, &[b"b"]);
    let worker = Worker::start(&server.url(), &["run", "--lines", "--", "python3", "-c", program]);
    let said = "no answer has come from the handler's child for 10 s";
    until("the log says so", || worker.stderr().contains(said));
    assert!(worker.stderr().contains("it must flush each answer"), "{}", worker.stderr());
    worker.kill();
}

#[test]
fn a_child_that_writes_no_answers_is_told_how_they_look() {
    let server = Server::start();
    push(&server, &[b"a"]);
    let flags = ["--lines", "--task-timeout", "500ms", "--max-attempts", "1"];
    run(&server, &flags, "while read -r line; do echo done; done").expect(0);
    let error = dead(&server)[0]["last_error"].as_str().unwrap().to_owned();
    assert!(
        error.contains(r#"an answer is one line (jq -c), {"id":ID,"result":RESULT}"#),
        "{error}"
    );
}
