//! Handlers on their bad days.

mod support;

use std::{
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use rustix::process::Signal;
use support::{
    process::{Ended, Worker, binary, until},
    server::Server,
};

fn ask<T: redis::FromRedisValue>(server: &Server, words: &[&str]) -> T {
    redis::cmd(words[0]).arg(&words[1..]).query(&mut server.connection()).unwrap()
}

fn push(server: &Server, tasks: &[&[u8]]) {
    let () = redis::cmd("RPUSH").arg("q").arg(tasks).query(&mut server.connection()).unwrap();
}

fn run(server: &Server, flags: &[&str], script: &str) -> Ended {
    let mut arguments = vec!["run", "--backoff", "10ms..20ms"];
    arguments.extend(flags);
    arguments.extend(["--", "sh", "-c", script]);
    Worker::run(&server.url(), &arguments)
}

fn results(server: &Server) -> Vec<serde_json::Value> {
    let lines: Vec<String> = ask(server, &["LRANGE", "{q}:results", "0", "-1"]);
    lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Whether a process is there and no zombie.
fn is_alive(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

/// The task and the words of each line in the log that a child wrote to this stream.
fn said<'a>(log: &'a str, stream: &str) -> Vec<(&'a str, &'a str)> {
    let field = |line: &'a str, name: &str| {
        let from = line.find(&format!("\"{name}\":\"")).map(|at| at + name.len() + 4)?;
        line[from..].split('"').next()
    };
    log.lines()
        .filter(|line| field(line, "stream") == Some(stream))
        .map(|line| {
            (field(line, "task").unwrap_or_default(), field(line, "message").unwrap_or_default())
        })
        .collect()
}

/// A handler for `--lines` in shell: does `body` for each task, with its `$id`, `$task` and `answer
/// TEXT`.
fn lines(body: &str) -> String {
    format!(
        r#"answer() {{ printf '{{"id":"%s","result":"%s"}}\n' "$id" "$1"; }}
        while IFS= read -r line; do
            id=${{line#*'"id":"'}}; id=${{id%%'"'*}}
            task=${{line#*'"task":"'}}; task=${{task%'"}}'}}
            {body}
        done"#
    )
}

/// Each of these tasks has one result, which is its own.
#[track_caller]
fn each_has_its_own_result(server: &Server, tasks: usize) {
    let results = results(server);
    assert_eq!(results.len(), tasks);
    for result in &results {
        assert_eq!(result["task"], result["output"], "no answer is another task's");
    }
    let distinct: std::collections::BTreeSet<&str> =
        results.iter().map(|r| r["task"].as_str().unwrap()).collect();
    assert_eq!(distinct.len(), tasks);
}

/// Pushes `task 0` and so on.
fn push_many(server: &Server, tasks: usize) {
    let tasks: Vec<String> = (0..tasks).map(|n| format!("task {n}")).collect();
    let tasks: Vec<&[u8]> = tasks.iter().map(|task| task.as_bytes()).collect();
    push(server, &tasks);
}

/// Runs a worker with this Python handler.
fn python(server: &Server, flags: &[&str], program: &str) -> Ended {
    let mut arguments = vec!["run", "--backoff", "10ms..20ms", "--lines"];
    arguments.extend(flags);
    arguments.extend(["--", "python3", "-c", program]);
    Worker::run(&server.url(), &arguments)
}

/// What `dead list --json` says.
fn dead(server: &Server) -> Vec<serde_json::Value> {
    let listed = Worker::run(&server.url(), &["dead", "list", "--json"]).expect(0);
    listed.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_command_gets_the_task_and_its_stdout_is_the_result() {
    let server = Server::start();
    push(&server, &[b"one", b"", b"\x00\xff"]);
    let script = "echo $TASK_ID >&2; printf '%s %s ' \"$TASK_ATTEMPT\" \"${TASK_ID##*-}\"; od -An \
                  -tx1 | tr -d ' \\n'";
    let ended = run(&server, &[], script).expect(0);
    let results = results(&server);
    let ids: Vec<&str> = results.iter().map(|r| r["id"].as_str().unwrap()).collect();
    assert_eq!(said(&ended.stderr, "stderr"), ids.iter().map(|id| (*id, *id)).collect::<Vec<_>>());
    let said: Vec<(&str, &str)> = results
        .iter()
        .map(|r| (r["task"].as_str().unwrap(), r["output"].as_str().unwrap()))
        .collect();
    // printf '\0\377' | sha256sum
    let digest = "sha256:06eb7d6a69ee19e5fbdf749018d3d2abfa04bcbd1365db312eb86dc7169389b8";
    assert_eq!(said[0], ("one", "1 0 6f6e65"));
    assert_eq!(said[1].0, "");
    assert!(said[1].1.starts_with("1 ") && said[1].1.trim_end().len() == 3, "{said:?}");
    assert_eq!(said[2].0, digest);
    assert!(said[2].1.ends_with("00ff"), "{said:?}");
    assert!(
        results
            .iter()
            .all(|r| r["outcome"] == "done" && r["worker"] == "pod-1" && r["attempt"] == 1)
    );
}

#[test]
fn a_command_that_hangs_is_killed_with_all_its_children() {
    let server = Server::start();
    push(&server, &[b"task"]);
    let flags = ["--task-timeout", "300ms", "--max-attempts", "2"];
    let ended = run(&server, &flags, "sleep 1001 & echo $! >&2; wait").expect(0);
    assert_eq!((ended.count("failed"), ended.count("dead")), (1, 1));
    let dead = dead(&server);
    assert_eq!((&dead[0]["reason"], &dead[0]["attempts"]), (&"attempts".into(), &2.into()));
    let error = dead[0]["last_error"].as_str().unwrap();
    let (said, pid) = error.rsplit_once(": ").unwrap();
    assert_eq!(said, "no end within --task-timeout (0.3 s), killed; its stderr");
    assert!(!is_alive(pid), "the grandchild {pid} lives");
}

#[test]
fn a_grandchild_neither_holds_up_a_task_nor_outlives_it() {
    let server = Server::start();
    push(&server, &[b"task"]);
    run(&server, &[], "sleep 1002 & echo $!").expect(0);
    let pid = results(&server)[0]["output"].as_str().unwrap().trim().to_owned();
    assert!(!is_alive(&pid), "the grandchild {pid} lives");
}

#[test]
fn a_crash_and_an_exit_code_are_tried_again_and_then_told() {
    let server = Server::start();
    push(&server, &[b"crash", b"fail"]);
    let script = "read -r task; [ \"$task\" = crash ] && kill -SEGV $$; echo 'no luck' >&2; exit 3";
    let ended = run(&server, &["--max-attempts", "3"], script).expect(0);
    assert_eq!((ended.count("failed"), ended.count("dead"), ended.count("done")), (4, 2, 0));
    let mut told: Vec<String> = dead(&server)
        .iter()
        .map(|d| {
            format!(
                "{} {} {} {}",
                d["task"],
                d["attempts"],
                d["crashes"],
                d["last_error"].as_str().unwrap()
            )
        })
        .collect();
    told.sort();
    assert_eq!(
        told,
        ["\"crash\" 3 0 killed by signal 11", "\"fail\" 3 0 exit 3; its stderr: no luck"]
    );
}

#[test]
fn exit_65_is_a_dead_letter_at_once() {
    let server = Server::start();
    push(&server, &[b"bad"]);
    let ended = run(&server, &["--dead-exit-code", "65"], "echo 'not a transaction' >&2; exit 65")
        .expect(65);
    assert_eq!((ended.count("failed"), ended.count("dead")), (0, 1));
    let dead = dead(&server);
    assert_eq!(
        (&dead[0]["reason"], &dead[0]["attempts"], &dead[0]["last_error"]),
        (&"rejected".into(), &1.into(), &"exit 65; its stderr: not a transaction".into())
    );
}

#[test]
fn a_flood_of_output_is_stopped() {
    let server = Server::start();
    push(&server, &[b"task"]);
    run(&server, &["--max-output", "10000", "--max-attempts", "1"], "yes").expect(0);
    assert_eq!(
        dead(&server)[0]["last_error"],
        "the output is longer than --max-output (10000 bytes)"
    );
}

#[test]
fn a_flood_on_stderr_is_passed_on_and_its_end_kept() {
    let server = Server::start();
    push(&server, &[b"task"]);
    run(&server, &["--max-attempts", "1"], "seq 1 100000 >&2; echo the end >&2; exit 1").expect(0);
    let error = dead(&server)[0]["last_error"].as_str().unwrap().to_owned();
    assert!(
        error.starts_with("exit 1; the end of its stderr: ")
            && error.ends_with("the end")
            && error.len() < 2100,
        "{error}"
    );
}

#[test]
fn a_command_that_does_not_read_its_task_is_judged_by_its_exit_code() {
    let server = Server::start();
    push(&server, &[&vec![b'x'; 1_000_000]]);
    run(&server, &[], "exit 0").expect(0);
    assert_eq!(results(&server).len(), 1);
}

#[test]
fn an_oversized_task_is_a_dead_letter_without_being_run() {
    let server = Server::start();
    push(&server, &[b"12345678901", b"1234567890"]);
    run(&server, &["--max-task-size", "10"], "cat").expect(0);
    assert_eq!(dead(&server)[0]["reason"], "oversize");
    assert_eq!(results(&server)[0]["output"], "1234567890");
}

#[test]
fn a_program_that_is_not_there_is_a_wrong_configuration() {
    let server = Server::start();
    push(&server, &[b"task"]);
    let ended = Worker::run(&server.url(), &["run", "--", "/no/such/program"]).expect(64);
    assert!(ended.stderr.contains("cannot start /no/such/program"), "{}", ended.stderr);
}

#[test]
fn a_program_that_cannot_be_started_for_a_moment_is_tried_again() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("program");
    std::fs::copy("/bin/cat", &program).unwrap();
    for flags in [&["run"][..], &["run", "--lines"]] {
        push(&server, &[b"task"]);
        let being_written = std::fs::OpenOptions::new().append(true).open(&program).unwrap();
        let arguments = [
            flags,
            &["--task-timeout", "100ms", "--max-attempts", "1", "--", program.to_str().unwrap()],
        ]
        .concat();
        let worker = Worker::start(&server.url(), &arguments);
        until("the start is tried again", || {
            worker.stderr().contains("cannot be started and is tried again")
        });
        drop(being_written);
        let ended = worker.end().expect(0);
        assert!(ended.stderr.contains("children can be started again"), "{}", ended.stderr);
    }
}

#[test]
fn an_output_that_is_not_utf_8_is_stored_byte_for_byte() {
    let server = Server::start();
    push(&server, &[b"task"]);
    run(&server, &[], "printf '\\211PNG\\377\\000'").expect(0);
    assert_eq!(results(&server)[0]["output_base64"], "iVBOR/8A");
    assert!(results(&server)[0]["output"].is_null());
}

#[test]
fn a_failed_attempt_is_told_once_with_its_task_and_the_end_of_its_stderr() {
    let server = Server::start();
    push(&server, &["né".as_bytes()]);
    let ended =
        run(&server, &["--max-attempts", "2"], "echo 'dirección inválida: 日本' >&2; exit 1")
            .expect(0);
    let error = "exit 1; its stderr: dirección inválida: 日本";
    let warnings: Vec<&str> = ended.stderr.lines().filter(|line| line.contains(error)).collect();
    assert_eq!(warnings.len(), 2, "{}", ended.stderr);
    let id = dead(&server)[0]["id"].as_str().unwrap().to_owned();
    assert!(
        warnings.iter().all(|line| line.contains("\"WARN\"") && line.contains(&id)),
        "{warnings:?}"
    );
    assert_eq!(said(&ended.stderr, "stderr"), [(id.as_str(), "dirección inválida: 日本"); 2]);
    assert!(ended.stderr.lines().all(|line| line.starts_with('{')), "{}", ended.stderr);
    let listed = Worker::run(&server.url(), &["dead", "list"]).expect(0).stdout;
    assert!(listed.contains("dirección inválida: 日本") && listed.contains("né"), "{listed}");
}

#[test]
fn the_children_of_a_worker_that_is_killed_end_with_it() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    for (name, flags) in [("one", &[][..]), ("lines", &["--lines"])] {
        push(&server, &[b"task"]);
        let file = folder.path().join(name);
        let script = format!(
            "read -r line; sleep 1005 & echo $$ $! > {0}.new; mv {0}.new {0}; wait",
            file.display()
        );
        let arguments = [&["run", "--lease", "1s"], flags, &["--", "sh", "-c", &script]].concat();
        let worker = Worker::start(&server.url(), &arguments);
        until("the task runs", || file.exists());
        worker.kill();
        let pids = std::fs::read_to_string(&file).unwrap();
        until("child and grandchild have ended", || !pids.split_whitespace().any(is_alive));
        let () = ask(&server, &["FLUSHALL"]);
    }
}

#[test]
fn a_second_sigterm_ends_the_children_too() {
    let server = Server::start();
    push(&server, &[b"a", b"b"]);
    let folder = tempfile::tempdir().unwrap();
    let script = format!(
        "trap '' TERM; echo $$ > {}/$TASK_ID; sleep 1006; sleep 1006",
        folder.path().display()
    );
    let mut worker =
        Worker::start(&server.url(), &["run", "--concurrency", "2", "--", "sh", "-c", &script]);
    let pids = || -> Vec<String> {
        let files = std::fs::read_dir(folder.path()).unwrap();
        files
            .filter_map(|file| {
                Some(std::fs::read_to_string(file.unwrap().path()).ok()?.trim().to_owned())
            })
            .collect()
    };
    until("both tasks run", || pids().iter().filter(|pid| !pid.is_empty()).count() == 2);
    worker.signal(Signal::TERM);
    until("the first is heard", || worker.stderr().contains("asked to stop"));
    until("another one ends it, once the first tenth of a second is over", || {
        worker.signal(Signal::TERM);
        !worker.is_running()
    });
    worker.end().expect(143);
    until("no child is left", || !pids().iter().any(|pid| is_alive(pid)));
}

/// The processes whose parent is this one, and whether each is a zombie.
fn children(parent: &str) -> Vec<(String, bool)> {
    let stat = |pid: &str| std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let pids = std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok());
    pids.filter_map(|pid| {
        let stat = stat(&pid);
        let (_, rest) = stat.rsplit_once(") ")?;
        let mut words = rest.split(' ');
        let is_zombie = words.next()? == "Z";
        (words.next()? == parent).then_some((pid, is_zombie))
    })
    .collect()
}

#[test]
fn a_worker_that_is_pid_1_leaves_no_zombies() {
    let apart = ["--user", "--map-root-user", "--pid", "--fork", "--mount-proc"];
    let may = Command::new("unshare").args(apart).arg("true").stderr(Stdio::null()).status();
    if !may.is_ok_and(|status| status.success()) {
        eprintln!("left out: this user may not make a PID namespace (unshare --user --pid)");
        return;
    }
    let server = Server::start();
    for (tasks, flags, script) in [
        (
            30,
            &[][..],
            "cat > /dev/null; (setsid sleep 0.05 > /dev/null 2>&1 < /dev/null &); sleep 1007 & \
             echo ok"
                .to_owned(),
        ),
        (30, &["--lines"], lines("(setsid sleep 0.05 > /dev/null 2>&1 < /dev/null &); answer ok")),
    ] {
        push_many(&server, tasks);
        let mut unshare = Command::new("unshare")
            .args(apart)
            .arg(binary())
            .args(["run", "--follow"])
            .args(flags)
            .args(["--", "sh", "-c", &script])
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .envs([
                ("REDIS_URL", server.url().as_str()),
                ("QUEUE_NAME", "q"),
                ("RUST_LOG", "error"),
            ])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        until("all tasks are done", || {
            ask::<u64>(&server, &["LLEN", "{q}:results"]) == tasks as u64
        });
        let worker = children(&unshare.id().to_string())[0].0.clone();
        until("no zombie is left", || !children(&worker).iter().any(|(_, is_zombie)| *is_zombie));
        unshare.kill().unwrap();
        unshare.wait().unwrap();
        let _ = rustix::process::kill_process(
            rustix::process::Pid::from_raw(worker.parse().unwrap()).unwrap(),
            Signal::KILL,
        );
        let () = ask(&server, &["FLUSHALL"]);
    }
}

#[test]
fn one_child_answers_task_after_task() {
    let server = Server::start();
    push_many(&server, 300);
    for (number, window) in ["1", "16"].into_iter().enumerate() {
        let script = format!("echo $$ >&2; {}", lines("answer \"$task\""));
        let ended = run(&server, &["--lines", "--window", window], &script).expect(0);
        each_has_its_own_result(&server, 300);
        assert_eq!(said(&ended.stderr, "stderr").len(), 1, "one child for all of them");
        if number == 0 {
            let () = ask(&server, &["FLUSHALL"]);
            push_many(&server, 300);
        }
    }
}

#[test]
fn a_stray_line_is_logged_and_never_an_answer() {
    let server = Server::start();
    push_many(&server, 20);
    let script = format!(
        "echo 'Loading model ...'; {}",
        lines(
            "echo \"begin $task\"; echo '{\"id\":\"x\",\"level\":\"info\"}'; answer \"$task\"; \
             printf '\\n\\n'"
        )
    );
    let ended = run(&server, &["--lines", "--max-attempts", "1"], &script).expect(0);
    each_has_its_own_result(&server, 20);
    let said = said(&ended.stderr, "stdout");
    assert!(said.iter().any(|(_, words)| *words == "Loading model ..."), "{said:?}");
    let ids: Vec<serde_json::Value> =
        results(&server).iter().map(|result| result["id"].clone()).collect();
    let begun: Vec<&(&str, &str)> =
        said.iter().filter(|(_, words)| words.starts_with("begin")).collect();
    assert_eq!(begun.len(), 20);
    assert!(begun.iter().zip(&ids).all(|((task, _), id)| task == id), "each is told with its task");
}

#[test]
fn answers_in_any_order_go_to_their_own_tasks() {
    let server = Server::start();
    push_many(&server, 200);
    let program = "
import json, random, sys, threading, time
def work(line):
    ask = json.loads(line)
    time.sleep(random.random() / 100)
    sys.stdout.write(json.dumps({'id': ask['id'], 'result': ask['task']}) + '\\n')
    sys.stdout.flush()
for line in sys.stdin:
    threading.Thread(target=work, args=(line,)).start()
";
    let ended = python(&server, &["--window", "8"], program).expect(0);
    assert_eq!((ended.count("done"), ended.count("failed")), (200, 0));
    each_has_its_own_result(&server, 200);
    let done: Vec<u64> = results(&server)
        .iter()
        .map(|result| result["task"].as_str().unwrap().trim_start_matches("task ").parse().unwrap())
        .collect();
    assert!(!done.is_sorted(), "some overtook others");
}

#[test]
fn a_result_is_stored_as_the_child_wrote_it_and_a_task_reaches_it_byte_for_byte() {
    let server = Server::start();
    push(&server, &[b"{\"n\": 1234567890123456789}", b"b\nc", b"\x00\xff"]);
    let program = "
import base64, json, sys
for line in sys.stdin:
    ask = json.loads(line)
    raw = base64.b64decode(ask['task_base64']) if 'task_base64' in ask else ask['task'].encode()
    print('{\"id\": \"%s\", \"result\": {\"n\": 1234567890123456789, \"x\": 1.10, \"hex\": \
                   \"%s\"}}' % (ask['id'], raw.hex()), flush=True)
";
    python(&server, &[], program).expect(0);
    let lines: Vec<String> = ask(&server, &["LRANGE", "{q}:results", "0", "-1"]);
    let hex = ["7b226e223a20313233343536373839303132333435363738397d", "620a63", "00ff"];
    for (line, hex) in lines.iter().zip(hex) {
        let output = format!(
            r#""output":{{"n": 1234567890123456789, "x": 1.10, "hex": "{hex}"}},"attempt":1"#
        );
        assert!(line.contains(&output), "{line}");
    }
    assert_eq!(lines.len(), 3);
}

#[test]
fn a_child_says_itself_what_is_tried_again_and_what_is_not() {
    let server = Server::start();
    push(&server, &[b"fail", b"hopeless", b"good"]);
    let body = r#"case $task in
        fail) printf '{"id":"%s","error":"no luck"}\n' "$id" ;;
        hopeless) printf '{"id":"%s","dead":"no such customer"}\n' "$id" ;;
        *) answer "$task" ;;
    esac"#;
    let ended = run(&server, &["--lines", "--max-attempts", "2"], &lines(body)).expect(0);
    assert_eq!((ended.count("done"), ended.count("failed"), ended.count("dead")), (1, 1, 2));
    let mut told: Vec<String> = dead(&server)
        .iter()
        .map(|d| format!("{} {} {} {}", d["task"], d["reason"], d["attempts"], d["last_error"]))
        .collect();
    told.sort();
    assert_eq!(
        told,
        [r#""fail" "attempts" 2 "no luck""#, r#""hopeless" "rejected" 1 "no such customer""#]
    );
    assert_eq!(
        ended.stderr.matches("the handler's child is gone").count(),
        0,
        "it was not started again"
    );
}

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
fn an_answer_to_a_task_that_the_child_does_not_have_starts_it_again() {
    let server = Server::start();
    push(&server, &[b"twice", b"a", b"stranger", b"b"]);
    // Both lines in one write, so that neither is there without the other.
    let body = r#"case $task in
        twice) printf '{"id":"%s","result":"twice"}\n{"id":"%s","result":"a"}\n' "$id" "$id" ;;
        stranger) printf '{"id":7,"result":"b"}\n' ;;
        *) answer "$task" ;;
    esac"#;
    let ended = run(&server, &["--lines", "--max-attempts", "2"], &lines(body)).expect(0);
    each_has_its_own_result(&server, 3);
    assert_eq!((ended.count("done"), ended.count("failed"), ended.count("dead")), (3, 1, 1));
    let dead = dead(&server);
    assert_eq!(dead[0]["task"], "stranger");
    let error = dead[0]["last_error"].as_str().unwrap();
    assert!(
        error.starts_with("the handler's child answered a task that it does not have (\"7\""),
        "{error}"
    );
}

#[test]
fn an_answer_that_is_no_json_fails_its_task_at_once() {
    let server = Server::start();
    push(&server, &[b"nan", b"dict", b"good"]);
    let program = "
import json, sys
for line in sys.stdin:
    ask = json.loads(line)
    answer = {'id': ask['id'], 'result': float('nan') if ask['task'] == 'nan' else ask['task']}
    print(answer if ask['task'] == 'dict' else json.dumps(answer), flush=True)
";
    let ended = python(&server, &["--max-attempts", "1"], program).expect(0);
    assert_eq!((ended.count("done"), ended.count("dead")), (1, 2));
    for dead in dead(&server) {
        let error = dead["last_error"].as_str().unwrap();
        assert!(error.starts_with("the handler's answer is not JSON: "), "{error}");
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
fn a_child_that_answers_too_much_fails_its_task() {
    let server = Server::start();
    push(&server, &[b"long", b"flood", b"good"]);
    let body = r#"case $task in
        long) answer "$(head -c 20000 /dev/zero | tr '\0' x)" ;;
        flood) exec tr '\0' x < /dev/zero ;;
        *) answer "$task" ;;
    esac"#;
    let ended =
        run(&server, &["--lines", "--max-output", "10000", "--max-attempts", "1"], &lines(body))
            .expect(0);
    assert_eq!((ended.count("done"), ended.count("dead")), (1, 2));
    let mut told: Vec<String> =
        dead(&server).iter().map(|d| format!("{} {}", d["task"], d["last_error"])).collect();
    told.sort();
    assert_eq!(
        told[0],
        r#""flood" "the handler's child wrote a line that is too long for --max-output (10000 bytes), killed""#
    );
    assert_eq!(told[1], r#""long" "the result is longer than --max-output (10000 bytes)""#);
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
fn a_slow_task_of_a_child_holds_up_neither_the_results_before_it_nor_the_tasks_behind_it() {
    let server = Server::start();
    push_many(&server, 200);
    push(&server, &[b"slow"]);
    let more: Vec<String> = (200..250).map(|n| format!("task {n}")).collect();
    push(&server, &more.iter().map(|task| task.as_bytes()).collect::<Vec<_>>());
    let folder = tempfile::tempdir().unwrap();
    let go_on = folder.path().join("go on");
    let body = format!(
        "[ \"$task\" = slow ] && until [ -e '{}' ]; do sleep 0.02; done; answer \"$task\"",
        go_on.display()
    );
    let script = lines(&body);
    let arguments = ["run", "--lines", "--", "sh", "-c", &script];
    let workers =
        [Worker::start(&server.url(), &arguments), Worker::start(&server.url(), &arguments)];
    until("all the others have their results", || {
        ask::<u64>(&server, &["LLEN", "{q}:results"]) == 250
    });
    std::fs::write(&go_on, "").unwrap();
    for worker in workers {
        worker.end().expect(0);
    }
    each_has_its_own_result(&server, 251);
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

/// The code blocks of the README that begin with this line.
fn readme(first: &str) -> Vec<String> {
    let readme =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md"))
            .unwrap();
    let blocks = readme.split("\n```").skip(1).step_by(2).map(str::to_owned);
    blocks.filter(|block| block.starts_with(first)).collect()
}

#[test]
fn the_handlers_of_the_readme_do_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let python = readme("python\nimport json");
    let node = readme("js\n");
    let jq = readme("console\n$ queue-worker run --lines -- jq");
    assert_eq!((python.len(), node.len(), jq.len()), (1, 1, 1));
    let file = |name: &str, block: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, block.split_once('\n').unwrap().1).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let filter = jq[0].split('\'').nth(1).unwrap().to_owned();
    let commands = [
        vec!["python3".to_owned(), file("handler.py", &python[0])],
        vec!["node".to_owned(), file("handler.js", &node[0])],
        ["jq", "-c", "--unbuffered", &filter].map(str::to_owned).to_vec(),
    ];
    for command in &commands {
        if command[0] != "python3" && Command::new(&command[0]).arg("--version").output().is_err() {
            eprintln!("left out: {} is not installed", command[0]);
            continue;
        }
        let server = Server::start();
        push(&server, &[br#"{"amount":"12.34"}"#, br#"{"amount":"1.10"}"#]);
        let mut arguments = vec!["run", "--lines", "--max-attempts", "1", "--window", "2", "--"];
        arguments.extend(command.iter().map(String::as_str));
        let ended = Worker::run(&server.url(), &arguments).expect(0);
        assert_eq!(ended.count("done"), 2, "{command:?}: {}", ended.stderr);
        let mut outputs: Vec<String> = results(&server)
            .iter()
            .map(|result| result["output"].as_str().unwrap().to_owned())
            .collect();
        outputs.sort();
        assert_eq!(outputs, ["1.10", "12.34"], "{command:?}");
    }
}
