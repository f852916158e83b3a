//! Workers that die, hang and are cut off, and a Redis that restarts, forgets and goes away: every
//! task has one result.

mod connections;
mod lost_data;
mod lost_tasks;
#[path = "../support/mod.rs"]
mod support;
mod workers;

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use rustix::process::Signal;
use support::{
    process::{Ended, Worker, until},
    proxy::Proxy,
    server::Server,
};

fn push(server: &Server, tasks: usize) {
    let lines: String = (0..tasks).map(|n| format!("task {n}\n")).collect();
    let pushed = Worker::feed(&server.url(), &["push"], lines.as_bytes()).expect(0);
    assert_eq!(pushed.count("pushed"), tasks as u64);
}

fn ask<T: redis::FromRedisValue>(server: &Server, words: &[&str]) -> T {
    redis::cmd(words[0]).arg(&words[1..]).query(&mut server.connection()).unwrap()
}

fn results(server: &Server) -> u64 {
    ask(server, &["LLEN", "{q}:results"])
}

/// Each of so many tasks has exactly one result, and nothing is left over.
#[track_caller]
fn each_task_has_one_result(server: &Server, tasks: usize) {
    let lines: Vec<String> = ask(server, &["LRANGE", "{q}:results", "0", "-1"]);
    let done: BTreeSet<String> = lines
        .iter()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["task"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    let expected: BTreeSet<String> = (0..tasks).map(|n| format!("task {n}")).collect();
    assert_eq!(expected.difference(&done).count(), 0, "tasks without a result");
    assert_eq!(done, expected);
    assert_eq!(lines.len(), tasks, "tasks with two results");
    let left: Vec<String> = ask(server, &["KEYS", "*"]);
    let left: Vec<&String> = left.iter().filter(|key| !key.contains(":call:")).collect();
    let mut left: Vec<&str> = left.iter().map(|key| key.as_str()).collect();
    left.sort_unstable();
    assert_eq!(left, ["{q}:counts", "{q}:epoch", "{q}:results"]);
}

const MILLISECOND_TASKS: [&str; 9] = [
    "run",
    "--handler",
    "simulate=1ms",
    "--lease",
    "1s",
    "--concurrency",
    "4",
    "--max-crashes",
    "1000",
];
