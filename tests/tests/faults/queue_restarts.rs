//! A Redis that is killed in mid-run, with its log on disk.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    time::{Duration, Instant},
};

use crate::{
    audit::{Audit, ask, names, push, results},
    figures::Figures,
    job::Job,
    queue::{process::until, server::Server},
    size::Size,
};

const TASKS: [&str; 9] = [
    "run",
    "--handler",
    "simulate=10ms",
    "--lease",
    "2s",
    "--concurrency",
    "4",
    "--max-crashes",
    "1000",
];

fn start(fsync: &str) -> Server {
    let rewrite = ["--auto-aof-rewrite-percentage", "0"];
    Server::start_with(
        &[&["--save", "", "--appendonly", "yes", "--appendfsync", fsync], &rewrite[..]].concat(),
    )
}

#[test]
fn a_redis_killed_with_its_log_always_on_disk_loses_nothing() {
    let size = Size::of_this_run();
    let (tasks, restarts) = (size.pick(3_000, 30_000), size.pick(2, 5));
    let mut server = start("always");
    let url = server.url();
    push(&url, tasks);
    let job = Job::of(5, &url, &TASKS);
    for restart in 0..restarts {
        let some = (restart + 1) * tasks / (restarts + 2);
        until("some results", || results(&server).is_some_and(|results| results >= some));
        server.restart();
    }
    job.finish();
    let audit = Audit::of(&mut server.connection(), &names(tasks));
    Figures {
        scenario: "queue-worker: Redis killed, `appendfsync always`",
        injected: format!("{restarts} SIGKILLs of Redis, 5 workers at work"),
        survived: audit.sound,
        lost: audit.lost.len(),
        doubled: audit.doubled,
    }
    .expect_none_lost_or_doubled();
}

/// The file to which Redis appends.
fn log(server: &Server) -> PathBuf {
    let folders = [server.folder().join("appendonlydir"), server.folder().to_owned()];
    let files =
        folders.iter().flat_map(|folder| std::fs::read_dir(folder).into_iter().flatten().flatten());
    let mut logs: Vec<PathBuf> = files
        .map(|file| file.path())
        .filter(|path| {
            path.to_string_lossy().ends_with(".aof")
                && !path.to_string_lossy().ends_with(".base.aof")
        })
        .collect();
    assert_eq!(logs.len(), 1, "{logs:?}");
    logs.remove(0)
}

/// Has the log written anew. Redis and older Valkeys leave a transaction that was cut off open at
/// the end of their log, and execute its first half at the next restart:
/// <https://github.com/valkey-io/valkey/pull/4342>.
fn rewrite(server: &Server) {
    let mut connection = server.connection();
    let () = ask(&mut connection, &["BGREWRITEAOF"]);
    until("the log is written anew", || {
        let persistence: String = ask(&mut connection, &["INFO", "persistence"]);
        persistence.contains("aof_rewrite_in_progress:0")
            && persistence.contains("aof_rewrite_scheduled:0")
    });
}

/// A kill alone leaves all that was written to the kernel, so the last second is cut off by hand,
/// as a loss of power would.
#[test]
fn a_machine_that_fails_costs_at_most_the_pushes_of_the_last_second() {
    const SECOND: Duration = Duration::from_secs(1);
    let size = Size::of_this_run();
    let (tasks, failures) = (size.pick(6_000, 60_000), size.pick(1, 5));
    let mut server = start("everysec");
    let url = server.url();
    push(&url, tasks);
    let job = Job::of(5, &url, &TASKS);
    let mut expected = names(tasks);
    let mut may_be_lost = BTreeSet::new();
    let mut cut_bytes = 0;
    for failure in 0..failures {
        let some = (failure + 1) * tasks / (failures + 3);
        until("some results", || results(&server).is_some_and(|results| results >= some));
        let path = log(&server);
        let length = || std::fs::metadata(&path).unwrap().len();
        // From here on for one second nothing is safe: neither steps nor pushes.
        let (began, safe) = (Instant::now(), length());
        let mut connection = server.connection();
        let mut number = 0;
        while began.elapsed() < SECOND {
            let task = format!("late {failure} {number}");
            let () = ask(&mut connection, &["RPUSH", "q", &task]);
            expected.insert(task.clone());
            may_be_lost.insert(task);
            number += 1;
            std::thread::sleep(Duration::from_millis(5));
        }
        server.kill();
        let whole = length();
        let kept = fastrand::u64(safe..whole);
        cut_bytes += whole - kept;
        std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(kept).unwrap();
        server.restart();
        rewrite(&server);
    }
    // A worker whose calls were all answered at the second try did not say that Redis was down; but
    // the steps that were cut off are found.
    let ends = job.finish();
    let notices = ["redis answers again", "the claim was no longer this worker's"];
    assert!(
        ends.iter().any(|ended| notices.iter().any(|notice| ended.stderr.contains(notice))),
        "{}",
        ends[0].stderr
    );
    let audit = Audit::of(&mut server.connection(), &expected);
    let beyond: Vec<&String> = audit.lost.difference(&may_be_lost).collect();
    assert!(!audit.lost.is_empty() || failures < 3, "the cut cost nothing, so it was none");
    Figures {
        scenario: "queue-worker: power lost, `appendfsync everysec`",
        injected: format!(
            "{failures} times up to the last second of Redis' log cut off ({cut_bytes} bytes); {} \
             of {} tasks pushed in these seconds gone, as stated",
            audit.lost.len(),
            may_be_lost.len()
        ),
        survived: audit.sound,
        lost: beyond.len(),
        doubled: audit.doubled,
    }
    .expect_none_lost_or_doubled();
}
