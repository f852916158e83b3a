//! Handlers on their bad days.

mod support;

use support::{
    process::{Ended, Worker},
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

/// What `dead list --json` says.
fn dead(server: &Server) -> Vec<serde_json::Value> {
    let listed = Worker::run(&server.url(), &["dead", "list", "--json"]).expect(0);
    listed.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_command_gets_the_task_and_its_stdout_is_the_result() {
    let server = Server::start();
    push(&server, &[b"one", b"", b"\x00\xff"]);
    run(&server, &[], "printf '%s %s ' \"$TASK_ATTEMPT\" \"${TASK_ID##*-}\"; od -An -tx1 | tr -d ' \\n'").expect(0);
    let results = results(&server);
    let said: Vec<(&str, &str)> =
        results.iter().map(|r| (r["task"].as_str().unwrap(), r["output"].as_str().unwrap())).collect();
    // printf '\0\377' | sha256sum
    let digest = "sha256:06eb7d6a69ee19e5fbdf749018d3d2abfa04bcbd1365db312eb86dc7169389b8";
    assert_eq!(said[0], ("one", "1 0 6f6e65"));
    assert_eq!(said[1].0, "");
    assert!(said[1].1.starts_with("1 ") && said[1].1.trim_end().len() == 3, "{said:?}");
    assert_eq!(said[2].0, digest);
    assert!(said[2].1.ends_with("00ff"), "{said:?}");
    assert!(results.iter().all(|r| r["outcome"] == "done" && r["worker"] == "pod-1" && r["attempt"] == 1));
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
    assert_eq!(said, "no end within --task-timeout (0.3 s), killed");
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
        .map(|d| format!("{} {} {} {}", d["task"], d["attempts"], d["crashes"], d["last_error"].as_str().unwrap()))
        .collect();
    told.sort();
    assert_eq!(told, ["\"crash\" 3 0 killed by signal 11", "\"fail\" 3 0 exit 3: no luck"]);
}

#[test]
fn exit_65_is_a_dead_letter_at_once() {
    let server = Server::start();
    push(&server, &[b"bad"]);
    let ended = run(&server, &["--dead-exit-code", "65"], "echo 'not a transaction' >&2; exit 65").expect(65);
    assert_eq!((ended.count("failed"), ended.count("dead")), (0, 1));
    let dead = dead(&server);
    assert_eq!(
        (&dead[0]["reason"], &dead[0]["attempts"], &dead[0]["last_error"]),
        (&"rejected".into(), &1.into(), &"exit 65: not a transaction".into())
    );
}

#[test]
fn a_flood_of_output_is_stopped() {
    let server = Server::start();
    push(&server, &[b"task"]);
    run(&server, &["--max-output", "10000", "--max-attempts", "1"], "yes").expect(0);
    assert_eq!(dead(&server)[0]["last_error"], "the output is longer than --max-output (10000 bytes)");
}

#[test]
fn a_flood_on_stderr_is_passed_on_and_its_end_kept() {
    let server = Server::start();
    push(&server, &[b"task"]);
    run(&server, &["--max-attempts", "1"], "seq 1 100000 >&2; echo the end >&2; exit 1").expect(0);
    let error = dead(&server)[0]["last_error"].as_str().unwrap().to_owned();
    assert!(error.starts_with("exit 1: ") && error.ends_with("the end") && error.len() < 2100, "{error}");
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
fn one_child_answers_line_by_line() {
    let server = Server::start();
    let tasks: Vec<String> = (0..500).map(|n| format!("task {n}")).collect();
    let tasks: Vec<&[u8]> = tasks.iter().map(|task| task.as_bytes()).collect();
    push(&server, &tasks);
    let script = "echo $$ >&2; while read -r line; do echo \"got $line\"; done";
    let ended = run(&server, &["--lines"], script).expect(0);
    let results = results(&server);
    assert_eq!(results.len(), 500);
    for result in &results {
        assert_eq!(result["output"], format!("got {}", result["task"].as_str().unwrap()));
    }
    let pids = ended.stderr.lines().filter(|line| line.parse::<u32>().is_ok()).count();
    assert_eq!(pids, 1, "one child for all of them");
}

#[test]
fn a_child_that_dies_takes_only_its_own_task_down() {
    let server = Server::start();
    let tasks: Vec<String> =
        (0..300).map(|n| if n == 150 { "poison".to_owned() } else { format!("task {n}") }).collect();
    let tasks: Vec<&[u8]> = tasks.iter().map(|task| task.as_bytes()).collect();
    push(&server, &tasks);
    let script = "while read -r line; do [ \"$line\" = poison ] && echo oh >&2 && exit 7; echo \"$line\"; done";
    let ended = run(&server, &["--lines", "--max-attempts", "2"], script).expect(0);
    assert_eq!((ended.count("done"), ended.count("failed"), ended.count("dead")), (299, 1, 1));
    let results = results(&server);
    assert!(results.iter().all(|result| result["task"] == result["output"]), "no answer is another task's");
    let dead = dead(&server);
    assert_eq!(
        (&dead[0]["task"], &dead[0]["last_error"]),
        (&"poison".into(), &"the handler's child ended (exit 7): oh".into())
    );
}

#[test]
fn a_child_that_falls_silent_is_killed_and_started_again() {
    let server = Server::start();
    push(&server, &[b"a", b"hang", b"b"]);
    let script = "while read -r line; do [ \"$line\" = hang ] && sleep 1003; echo \"$line\"; done";
    let flags = ["--lines", "--task-timeout", "300ms", "--max-attempts", "1"];
    let ended = run(&server, &flags, script).expect(0);
    assert_eq!((ended.count("done"), ended.count("dead")), (2, 1));
    assert_eq!(dead(&server)[0]["last_error"], "no answer within --task-timeout (0.3 s), killed");
}

#[test]
fn a_child_that_writes_a_line_too_many_is_started_again_before_it_gets_another_task() {
    let server = Server::start();
    let others: Vec<String> = (0..100).map(|n| format!("task {n}")).collect();
    let tasks: Vec<&[u8]> = ["two"].into_iter().chain(others.iter().map(String::as_str)).map(str::as_bytes).collect();
    push(&server, &tasks);
    // Both lines in one write, so that neither is there without the other. The first claim is one task.
    let script = "while read -r line; do case $line in two) printf 'two\\nmore\\n';; *) echo \"$line\";; esac; done";
    let ended = run(&server, &["--lines", "--max-attempts", "1"], script).expect(0);
    let results = results(&server);
    assert!(results.iter().all(|result| result["task"] == result["output"]), "no answer is another task's");
    assert_eq!((ended.count("done"), ended.count("dead")), (100, 1));
    let dead = dead(&server);
    assert_eq!(
        (&dead[0]["task"], &dead[0]["last_error"]),
        (
            &"two".into(),
            &"a line on stdout that no task had asked for (--lines wants one for each task), killed".into()
        )
    );
}

#[test]
fn a_task_with_a_line_break_is_not_given_to_a_child_as_two() {
    let server = Server::start();
    push(&server, &[b"a", b"b\nc", b"d"]);
    let ended = run(&server, &["--lines"], "cat").expect(0);
    assert_eq!((ended.count("done"), ended.count("dead")), (2, 1));
    assert_eq!(dead(&server)[0]["task"], "b\nc");
}
