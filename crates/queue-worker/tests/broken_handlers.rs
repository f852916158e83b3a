//! Handlers that do not work at all: a program that is not there, one that dies at each start, one
//! whose answers do not come.

mod support;

use std::os::unix::fs::PermissionsExt as _;

use support::{
    process::{Ended, Worker, until},
    server::Server,
};

fn ask<T: redis::FromRedisValue>(server: &Server, words: &[&str]) -> T {
    redis::cmd(words[0]).arg(&words[1..]).query(&mut server.connection()).unwrap()
}

fn push(server: &Server, queue: &str, tasks: usize) {
    let lines: String = (0..tasks).map(|n| format!("task {n}\n")).collect();
    Worker::feed(&server.url(), &["push", "--queue", queue], lines.as_bytes()).expect(0);
}

fn pending(server: &Server) -> Vec<String> {
    ask(server, &["LRANGE", "q", "0", "-1"])
}

/// The last line of a log.
fn last(ended: &Ended) -> serde_json::Value {
    serde_json::from_str(ended.stderr.lines().last().unwrap()).unwrap()
}

#[test]
fn a_program_that_is_not_there_ends_the_worker_before_it_takes_a_task() {
    let server = Server::start();
    push(&server, "q", 3);
    for lines in [&[][..], &["--lines"]] {
        for _ in 0..6 {
            let ended =
                Worker::run(&server.url(), &[&["run"], lines, &["--", "./nothere"]].concat())
                    .expect(64);
            assert!(
                ended.stderr.contains("cannot start ./nothere: there is no such file"),
                "{}",
                ended.stderr
            );
        }
        let ended =
            Worker::run(&server.url(), &[&["run"], lines, &["--", "cat -n"]].concat()).expect(64);
        assert!(ended.stderr.contains("give -- sh -c 'cat -n'"), "{}", ended.stderr);
    }
    let claims: u64 =
        ask(&server, &["EXISTS", "{q}:leases", "{q}:owners", "{q}:delayed", "{q}:dead"]);
    assert_eq!((pending(&server).len(), claims), (3, 0));
    let ended = Worker::run(&server.url(), &["run", "--", "cat"]).expect(0);
    assert_eq!(ended.count("done"), 3);
}

#[test]
fn a_program_that_only_its_start_finds_broken_hands_its_tasks_back_without_an_attempt() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("handler");
    std::fs::write(&script, "#!/no/such/interpreter\n").unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let server = Server::start();
    push(&server, "q", 3);
    for flags in
        [&[][..], &["--lines"], &["--lines", "--window", "3"], &["--delivery", "at-most-once"]]
    {
        for _ in 0..6 {
            let arguments =
                [&["run", "--max-crashes", "2"], flags, &["--", script.to_str().unwrap()]].concat();
            let ended = Worker::run(&server.url(), &arguments).expect(64);
            assert!(ended.stderr.contains("cannot start"), "{}", ended.stderr);
            assert!(!ended.stderr.contains("comes back when its lease"), "{}", ended.stderr);
        }
        let claims: u64 =
            ask(&server, &["EXISTS", "{q}:leases", "{q}:owners", "{q}:delayed", "{q}:dead"]);
        let mut tasks = pending(&server);
        tasks.sort();
        assert_eq!(
            (tasks, claims),
            (vec!["task 0".into(), "task 1".into(), "task 2".into()], 0),
            "{flags:?}"
        );
    }
    Worker::run(&server.url(), &["run", "--", "sh", "-c", "echo $TASK_ATTEMPT"]).expect(0);
    let results: Vec<String> = ask(&server, &["LRANGE", "{q}:results", "0", "-1"]);
    assert!(results.iter().all(|result| result.contains(r#""output":"1\n""#)), "{results:?}");
}

#[test]
fn a_handler_whose_first_line_is_wrong_is_told_in_words_what_is_wrong_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("handler");
    let server = Server::start();
    push(&server, "q", 1);
    for (text, says) in [
        ("#!/bin/sh\r\ncat\r\n", "its first line ends in CR LF"),
        ("#!/no/such/interpreter\n", "its interpreter /no/such/interpreter is not in the image"),
        ("\u{feff}#!/bin/sh\ncat\n", "byte order mark before #!"),
    ] {
        std::fs::write(&script, text).unwrap();
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
        for lines in [&[][..], &["--lines"]] {
            let arguments = [&["run"], lines, &["--", script.to_str().unwrap()]].concat();
            let ended = Worker::run(&server.url(), &arguments).expect(64);
            assert!(ended.stderr.contains(says), "{says}: {}", ended.stderr);
        }
    }
    assert_eq!(pending(&server).len(), 1);
}

#[test]
fn a_task_in_hand_goes_back_when_the_program_vanishes_under_the_worker() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("handler");
    std::fs::write(&script, "#!/bin/sh\nrm \"$0\"\n").unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let server = Server::start();
    push(&server, "q", 10);
    Worker::run(&server.url(), &["run", "--", script.to_str().unwrap()]).expect(64);
    let (done, claims): (u64, u64) =
        (ask(&server, &["LLEN", "{q}:results"]), ask(&server, &["EXISTS", "{q}:leases"]));
    assert_eq!((pending(&server).len(), done, claims), (9, 1, 0));
}

#[test]
fn a_handler_that_dies_at_each_start_is_warned_of_though_the_exit_code_is_zero() {
    let server = Server::start();
    for lines in [&[][..], &["--lines"]] {
        push(&server, "q", 3);
        let flags = ["run", "--backoff", "1ms", "--max-attempts", "2"];
        let arguments = [&flags, lines, &["--", "python3", "missing.py"]].concat();
        let last = last(&Worker::run(&server.url(), &arguments).expect(0));
        assert_eq!((&last["level"], &last["message"]), (&"WARN".into(), &"done".into()));
        let reason = last["reason"].as_str().unwrap();
        assert!(
            reason.starts_with("nothing was done, and ")
                && reason.contains(" tasks are dead letters, 3 of them by this worker"),
            "{reason}"
        );
        assert!(reason.contains("dead list") && reason.contains("--dead-exit-code"), "{reason}");
    }
    push(&server, "q", 1);
    let arguments = ["run", "--max-attempts", "1", "--dead-exit-code", "65", "--", "false"];
    let last = last(&Worker::run(&server.url(), &arguments).expect(65));
    assert!(
        last["reason"].as_str().unwrap().starts_with("7 tasks are dead letters, 1 of them"),
        "{last}"
    );
}

#[test]
fn what_was_done_in_part_and_what_had_nothing_to_do_ends_without_a_warning() {
    let server = Server::start();
    push(&server, "q", 3);
    let script = "read -r task; [ \"$task\" != 'task 1' ]";
    for _ in 0..2 {
        let ended =
            Worker::run(&server.url(), &["run", "--max-attempts", "1", "--", "sh", "-c", script])
                .expect(0);
        assert_eq!(last(&ended)["level"], "INFO");
    }
}

#[test]
fn beyond_max_dead_a_broken_handler_gets_no_more_tasks() {
    let server = Server::start();
    push(&server, "q", 1_000);
    let flags = ["run", "--max-dead", "5", "--concurrency", "4", "--"];
    let broken = [&flags[..], &["sh", "-c", "cat >/dev/null; exit 65"]].concat();
    let ended = Worker::run(&server.url(), &broken).expect(65);
    let dead: u64 = ask(&server, &["ZCARD", "{q}:dead"]);
    // Each of the four has a claim of a handful in hand when the sixth is told.
    assert!((6..200).contains(&dead), "{dead}");
    assert_eq!(pending(&server).len() as u64, 1_000 - dead, "what is left stays");
    let reason = last(&ended)["reason"].as_str().unwrap().to_owned();
    assert!(reason.starts_with(&format!("{dead} tasks are dead letters, more than --max-dead")));
    let mended = [&flags[..], &["sh", "-c", "cat >/dev/null"]].concat();
    let stopped = Worker::run(&server.url(), &mended).expect(65);
    assert_eq!((stopped.count("done"), stopped.count("dead")), (0, 0));
    Worker::run(&server.url(), &["dead", "drop", "--all"]).expect(0);
    let ended = Worker::run(&server.url(), &mended).expect(0);
    assert_eq!(ended.count("done"), 1_000 - dead);
    // Those that end the queue are too many, too.
    push(&server, "q", 3);
    let few = ["run", "--max-dead", "2", "--", "sh", "-c", "cat >/dev/null; exit 65"];
    let ended = Worker::run(&server.url(), &few).expect(65);
    assert_eq!((ended.count("dead"), pending(&server).len()), (3, 0));
    let once = ["run", "--max-dead", "5", "--delivery", "at-most-once", "--", "true"];
    Worker::run(&server.url(), &once).expect(64);
}

#[test]
fn at_most_once_tells_that_every_task_is_gone() {
    let server = Server::start();
    push(&server, "q", 3);
    let ended =
        Worker::run(&server.url(), &["run", "--delivery", "at-most-once", "--", "false"]).expect(0);
    let last = last(&ended);
    assert_eq!(last["level"], "WARN");
    assert!(last["reason"].as_str().unwrap().contains("3 tasks are gone"), "{last}");
}

/// A `--lines` handler in Python: answers the first task, and then does this with `answer`, a dict.
fn answers_once_and_then(does: &str) -> String {
    format!(
        "
import json, sys
for n, line in enumerate(sys.stdin):
    ask = json.loads(line)
    answer = {{'id': ask['id'], 'result': n}}
    if n == 0:
        print(json.dumps(answer), flush=True)
    else:
        {does}
"
    )
}

#[test]
fn a_handler_that_falls_silent_after_its_first_answer_is_told_once_what_it_may_have_got_wrong() {
    let server = Server::start();
    // Side by side, since the time after which it is told is ten seconds.
    let handlers = [
        (
            "typo",
            "print(json.dumps({'id': ask['id'] + '?', 'reslut': n}), flush=True)",
            r#"but \"reslut\""#,
        ),
        ("unflushed", "print(json.dumps(answer))", "it must flush each answer"),
        (
            "stderr",
            "print(json.dumps(answer), file=sys.stderr, flush=True)",
            "its answers are on stderr",
        ),
        ("no-id", "print(json.dumps({'result': n}), flush=True)", r#"without the \"id\""#),
        ("words", "print('done', n, flush=True)", "it writes lines that are no answers"),
    ];
    let workers: Vec<Worker> = handlers
        .iter()
        .map(|(queue, does, _)| {
            push(&server, queue, 3);
            let program = answers_once_and_then(does);
            let arguments = [
                "run", "--queue", queue, "--lines", "--window", "2", "--", "python3", "-c",
                &program,
            ];
            Worker::start(&server.url(), &arguments)
        })
        .collect();
    for (worker, (queue, _, hint)) in workers.iter().zip(&handlers) {
        until("the silence is told", || {
            worker.stderr().contains("no answer has come from the handler's child for 10 s")
        });
        let log = worker.stderr();
        let told: Vec<&str> =
            log.lines().filter(|line| line.contains("no answer has come")).collect();
        assert!(
            told.len() == 1 && told[0].contains(hint) && told[0].contains("WARN"),
            "{queue}: {told:#?}"
        );
    }
    workers.into_iter().for_each(Worker::kill);
}

#[test]
fn an_answer_without_a_verdict_or_with_one_twice_fails_its_task_at_once_and_tells_why() {
    let server = Server::start();
    for (prints, says) in [
        (
            r#"{"id":%s,"reslut":1}"#,
            r#"neither \"result\" nor \"error\" nor \"dead\" (but \"reslut\")"#,
        ),
        (r#"{"id":%s}"#, "(it is the id alone; a task that is done and has no result is answered"),
        (r#"{"id":%s,"result":1,"result":2}"#, r#"has the key \"result\" twice"#),
    ] {
        push(&server, "q", 1);
        let program = format!(
            "import json, sys\nfor line in sys.stdin: print('{prints}' % \
             json.dumps(json.loads(line)['id']), flush=True)"
        );
        let flags = ["run", "--lines", "--max-attempts", "1", "--", "python3", "-c", &program];
        let ended = Worker::run(&server.url(), &flags).expect(0);
        assert_eq!(ended.count("dead"), 1);
        assert!(ended.stderr.contains(says), "{says}: {}", ended.stderr);
    }
}

#[test]
fn two_answers_glued_into_one_line_fail_both_tasks_at_once_and_tell_why() {
    let server = Server::start();
    push(&server, "q", 2);
    // What two threads' `print` make of it: text, text, line end, line end.
    let program = "
import json, sys
first, second = (json.loads(sys.stdin.readline())['id'] for _ in range(2))
sys.stdout.write(json.dumps({'id': first, 'result': 1}) + json.dumps({'id': second, 'result': 2}) \
                   + '\\n\\n')
sys.stdout.flush()
for line in sys.stdin: pass
";
    let flags =
        ["run", "--lines", "--window", "2", "--max-attempts", "1", "--", "python3", "-c", program];
    let ended = Worker::run(&server.url(), &flags).expect(0);
    assert_eq!(ended.count("dead"), 2);
    assert_eq!(
        ended.stderr.matches("write an answer and its line end at once").count(),
        2,
        "{}",
        ended.stderr
    );
}
