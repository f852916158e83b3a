//! What workers cost: memory of their own, and Redis' time.

mod support;

use std::{fmt::Write as _, process::Stdio};

use support::{
    process::{Ended, Worker, until},
    server::Server,
};

const TASKS: usize = 1_000_000;
const MIB: u64 = 1024;

fn ask<T: redis::FromRedisValue>(server: &Server, words: &[&str]) -> T {
    redis::cmd(words[0]).arg(&words[1..]).query(&mut server.connection()).unwrap()
}

/// Runs a worker to its end and watches its memory; gives the peak in KiB too.
fn watched(mut worker: Worker) -> (Ended, u64) {
    let mut peak = 0;
    while worker.is_running() {
        peak = peak.max(worker.peak_kib().unwrap_or(0));
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    (worker.end(), peak)
}

#[test]
fn a_million_tasks_are_pushed_and_done_in_less_than_16_mib() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tasks");
    let mut lines = String::with_capacity(TASKS * 64);
    for n in 0..TASKS {
        writeln!(lines, "{{\"transaction_id\":\"TX{n:010}\",\"amount\":\"12.34\"}}").unwrap();
    }
    std::fs::write(&path, lines).unwrap();
    let input = Stdio::from(std::fs::File::open(&path).unwrap());
    let (pushed, peak) = watched(Worker::start_with(&server.url(), &["push"], input));
    assert_eq!(pushed.expect(0).count("pushed"), TASKS as u64);
    assert!((1..16 * MIB).contains(&peak), "push: {peak} KiB");
    let worker = Worker::start(&server.url(), &["run", "--handler", "simulate=0s"]);
    let (done, peak) = watched(worker);
    assert_eq!(done.expect(0).count("done"), TASKS as u64);
    assert!((1..16 * MIB).contains(&peak), "run: {peak} KiB");
    let (told, peak) = watched(Worker::start(&server.url(), &["summarize"]));
    assert_eq!(told.expect(0).count("tasks"), TASKS as u64);
    assert!((1..16 * MIB).contains(&peak), "summarize: {peak} KiB");
}

#[test]
fn workers_that_wait_for_others_cost_redis_at_most_two_commands_a_second_each() {
    const WAITING: u64 = 4;
    let server = Server::start();
    let () = ask(&server, &["RPUSH", "q", "task"]);
    let holder = Worker::start(&server.url(), &["run", "--lease", "1h", "--", "sleep", "1000"]);
    until("the task is in hand", || ask::<u64>(&server, &["LLEN", "q"]) == 0);
    let arguments = ["run", "--handler", "simulate=0s", "--concurrency", "3"];
    let mut waiting: Vec<Worker> =
        (0..WAITING).map(|_| Worker::start(&server.url(), &arguments)).collect();
    // All commands that clients have sent, and Redis' time in ms.
    let look = || {
        let stats: String = ask(&server, &["INFO", "commandstats"]);
        let calls = |name: &str| -> u64 {
            let line =
                stats.lines().find_map(|line| line.strip_prefix(&format!("cmdstat_{name}:calls=")));
            line.map_or(0, |line| line.split(',').next().unwrap().parse().unwrap())
        };
        let (seconds, micros): (u64, u64) = ask(&server, &["TIME"]);
        (calls("evalsha") + calls("eval"), seconds * 1000 + micros / 1000)
    };
    // The first looks of a worker are quick; they are over when it has taken twelve of them, and
    // one for each lane.
    until("the first looks are over", || look().0 >= WAITING * 15);
    let (calls, began) = look();
    until("some seconds later", || look().1 >= began + 6_000);
    let (calls, elapsed) = (look().0 - calls, look().1 - began);
    assert!(waiting.iter_mut().all(Worker::is_running), "they wait");
    assert!(calls >= WAITING, "they look: {calls} calls");
    assert!(calls * 1000 <= 2 * WAITING * (elapsed + 1000), "{calls} calls in {elapsed} ms");
    drop(holder);
}
