//! Handlers on their bad days.

mod at_most_once;
mod lines_answers;
mod lines_ends;
mod orphans;
mod per_task;
mod readme;
#[path = "../support/mod.rs"]
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
