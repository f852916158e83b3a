//! Workers of the queue that are killed and stopped.

use std::time::Duration;

use crate::{
    audit::{Audit, ask, names, push},
    figures::Figures,
    job::Job,
    queue::server::Server,
    size::Size,
};

const TASKS: [&str; 9] = [
    "run",
    "--handler",
    "simulate=6ms",
    "--lease",
    "1s",
    "--concurrency",
    "4",
    "--max-crashes",
    "1000",
];

#[test]
fn workers_killed_every_100_ms_lose_no_task_and_double_no_result() {
    let size = Size::of_this_run();
    let (tasks, least) = (size.pick(8_000, 100_000), size.pick(10, 200));
    let server = Server::start();
    let url = server.url();
    push(&url, tasks);
    let mut job = Job::of(5, &url, &TASKS);
    job.disturbed(Duration::from_millis(100), Job::kill);
    assert!(job.killed >= least, "{} kills", job.killed);
    let audit = Audit::of(&mut server.connection(), &names(tasks));
    let crashed: usize = ask(&mut server.connection(), &["HGET", "{q}:counts", "crashed"]);
    assert!(crashed >= job.killed / 2, "only {crashed} tasks were in hand at {} kills", job.killed);
    let injected = format!(
        "{} SIGKILLs, one each 100 ms, 5 workers; {crashed} tasks in hand at a kill",
        job.killed
    );
    Figures {
        scenario: "queue-worker: SIGKILL",
        injected,
        survived: audit.sound,
        lost: audit.lost.len(),
        doubled: audit.doubled,
    }
    .expect_none_lost_or_doubled();
}

#[test]
fn workers_stopped_every_30_ms_lose_no_task_and_count_no_attempt() {
    let size = Size::of_this_run();
    let tasks = size.pick(4_000, 50_000);
    let server = Server::start();
    let url = server.url();
    push(&url, tasks);
    let mut job = Job::of(5, &url, &TASKS);
    job.disturbed(Duration::from_millis(30), Job::terminate);
    // Who is stopped before it listens to signals dies of it, as any process does, and has not yet
    // asked for a task.
    let (unheard, heard): (Vec<_>, Vec<_>) =
        job.ended.iter().partition(|ended| ended.code.is_none());
    assert!(unheard.iter().all(|ended| ended.stderr.is_empty()), "{unheard:?}");
    assert!(heard.iter().all(|ended| matches!(ended.code, Some(0 | 143))));
    let stopped = heard.iter().filter(|ended| ended.code == Some(143)).count();
    let returned: u64 = heard.iter().map(|ended| ended.count("returned")).sum();
    assert!(stopped >= size.pick(10, 200), "{stopped} stopped");
    let audit = Audit::of(&mut server.connection(), &names(tasks));
    let crashed: Option<u64> = ask(&mut server.connection(), &["HGET", "{q}:counts", "crashed"]);
    assert_eq!(crashed, None, "a stopped worker leaves no lease to run out");
    Figures {
        scenario: "queue-worker: SIGTERM",
        injected: format!(
            "{stopped} workers stopped, one each 30 ms at most, {returned} tasks handed back"
        ),
        survived: audit.sound,
        lost: audit.lost.len(),
        doubled: audit.doubled,
    }
    .expect_none_lost_or_doubled();
}
