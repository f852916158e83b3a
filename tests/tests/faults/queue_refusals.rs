//! A Redis that refuses: full, a replica, without a permission; and one whose clock jumps.

use std::time::Duration;

use crate::{
    audit::{Audit, ask, names, push, results},
    figures::Figures,
    job::Job,
    queue::{
        process::{Worker, until},
        server::{Server, is_modern},
    },
    size::Size,
};

const TASKS: [&str; 9] = [
    "run",
    "--handler",
    "simulate=2ms",
    "--lease",
    "2s",
    "--concurrency",
    "4",
    "--max-crashes",
    "1000",
];

#[test]
fn a_full_redis_is_drained_by_workers() {
    let tasks = Size::of_this_run().pick(5_000, 50_000);
    let server = Server::start();
    let url = server.url();
    push(&url, tasks);
    let mut connection = server.connection();
    let () = ask(&mut connection, &["CONFIG", "SET", "maxmemory-policy", "noeviction"]);
    let () = ask(&mut connection, &["CONFIG", "SET", "maxmemory", "1mb"]);
    let refused =
        redis::cmd("RPUSH").arg(&["q", "one more"]).query::<u64>(&mut connection).unwrap_err();
    assert_eq!(refused.code(), Some("OOM"));
    let ended = Job::of(5, &url, &TASKS).finish();
    assert!(ended.iter().all(|ended| ended.code == Some(0)));
    let audit = Audit::of(&mut connection, &names(tasks));
    Figures {
        scenario: "queue-worker: Redis out of memory",
        injected: "`maxmemory` below what is used, `noeviction`: every push refused with OOM"
            .to_owned(),
        survived: audit.sound,
        lost: audit.lost.len(),
        doubled: audit.doubled,
    }
    .expect_none_lost_or_doubled();
}

#[test]
fn a_redis_that_becomes_a_replica_for_a_while_is_waited_for() {
    let size = Size::of_this_run();
    let (tasks, times) = (size.pick(3_000, 40_000), size.pick(2, 10));
    let server = Server::start();
    let url = server.url();
    push(&url, tasks);
    let job = Job::of(5, &url, &TASKS);
    let mut connection = server.connection();
    let mut refusals = 0;
    for time in 0..times {
        let some = (time + 1) * tasks / (times + 2);
        until("some results", || results(&server).is_some_and(|results| results >= some));
        let refused = |connection: &mut redis::Connection| {
            let statistics: String = ask(connection, &["INFO", "errorstats"]);
            let line =
                statistics.lines().find_map(|line| line.strip_prefix("errorstat_READONLY:count="));
            line.map_or(0, |count| count.trim().parse::<u64>().unwrap())
        };
        let before = refused(&mut connection);
        // Of a primary that is nowhere, so that it keeps what it has.
        let () = ask(&mut connection, &["REPLICAOF", "127.0.0.1", "1"]);
        until("workers are refused", || refused(&mut connection) > before + 5);
        let () = ask(&mut connection, &["REPLICAOF", "NO", "ONE"]);
        refusals += refused(&mut connection) - before;
    }
    job.finish();
    let audit = Audit::of(&mut connection, &names(tasks));
    Figures {
        scenario: "queue-worker: Redis a read-only replica",
        injected: format!("{times} times in mid-run, {refusals} steps refused with READONLY"),
        survived: audit.sound,
        lost: audit.lost.len(),
        doubled: audit.doubled,
    }
    .expect_none_lost_or_doubled();
}

/// Redis does not undo a script that is refused a command, so each asks first, where the server can
/// be asked.
#[test]
fn a_permission_that_is_withdrawn_in_mid_run_ends_the_job_and_loses_nothing() {
    let size = Size::of_this_run();
    let tasks = size.pick(3_000, 40_000);
    let commands = ["rpush", "del", "zadd", "ltrim", "hset", "zrem", "lrange", "set"];
    let commands = &commands[..size.pick(3, commands.len())];
    let server = Server::start();
    push(&server.url(), tasks);
    let mut connection = server.connection();
    let mut permit = |rule: &str| {
        let () = ask(
            &mut connection,
            &["ACL", "SETUSER", "worker", "on", ">secret", "~*", "+@all", rule],
        );
    };
    let url = server.url().replace("redis://", "redis://worker:secret@");
    for (time, command) in commands.iter().enumerate() {
        permit("+@all");
        let workers: Vec<Worker> = (0..5).map(|_| Worker::start(&url, &TASKS)).collect();
        let some = (time + 1) * tasks / (commands.len() + 2);
        until("some results", || results(&server).is_some_and(|results| results >= some));
        permit(&format!("-{command}"));
        for worker in workers {
            // Exit 77 fails the Job: to start another is the operator's, who has read why.
            let ended = worker.end().expect(77);
            assert!(ended.stderr.contains("may not do what the queue needs"), "{}", ended.stderr);
        }
    }
    permit("+@all");
    Job::of(5, &url, &TASKS).finish();
    let audit = Audit::of(&mut server.connection(), &names(tasks));
    let figures = Figures {
        scenario: "queue-worker: a permission withdrawn",
        injected: format!(
            "{} commands in turn ({}), 5 workers, exit 77 each",
            commands.len(),
            commands.join(", ")
        ),
        survived: audit.sound,
        lost: audit.lost.len(),
        doubled: audit.doubled,
    };
    if is_modern() {
        figures.expect_none_lost_or_doubled();
    } else {
        figures.tell();
        assert_eq!(audit.lost.len(), 0, "{figures:?}");
        // Of each lane at most the claim in hand.
        assert!(audit.doubled <= commands.len() * 5 * 4 * 100, "{figures:?}");
    }
}

/// Redis' clock is the only one. That it jumps is the same as that every moment it has noted jumps
/// the other way.
#[test]
fn a_clock_that_jumps_loses_nothing() {
    let size = Size::of_this_run();
    let (tasks, jumps) = (size.pick(4_000, 40_000), size.pick(3, 20));
    let server = Server::start();
    let url = server.url();
    push(&url, tasks);
    let job = Job::of(5, &url, &TASKS);
    let jump = "for _, key in ipairs(KEYS) do for _, id in ipairs(redis.call('ZRANGE', key, 0, \
                -1)) do redis.call('ZINCRBY', key, ARGV[1], id) end end";
    for time in 0..jumps {
        let some = (time + 1) * tasks / (jumps + 2);
        until("some results", || results(&server).is_some_and(|results| results >= some));
        // An hour forwards ends all leases; one backwards makes them an hour longer, until their
        // worker's heartbeat.
        let by = if time % 2 == 0 { "-3600000" } else { "3600000" };
        let () =
            ask(&mut server.connection(), &["EVAL", jump, "2", "{q}:leases", "{q}:delayed", by]);
    }
    let stale: u64 = job.finish().iter().map(|ended| ended.count("stale")).sum();
    let audit = Audit::of(&mut server.connection(), &names(tasks));
    Figures {
        scenario: "queue-worker: Redis' clock jumps",
        injected: format!(
            "{jumps} times an hour, forwards and backwards in turn; {stale} late results dropped"
        ),
        survived: audit.sound,
        lost: audit.lost.len(),
        doubled: audit.doubled,
    }
    .expect_none_lost_or_doubled();
}

#[test]
fn a_worker_that_sleeps_past_its_lease_again_and_again_doubles_nothing() {
    let size = Size::of_this_run();
    let tasks = size.pick(2_000, 20_000);
    let server = Server::start();
    let url = server.url();
    push(&url, tasks);
    let arguments = [
        "run",
        "--handler",
        "simulate=20ms",
        "--lease",
        "500ms",
        "--concurrency",
        "4",
        "--max-crashes",
        "1000",
    ];
    let mut job = Job::of(5, &url, &arguments);
    let mut sleeps = 0;
    job.disturbed(Duration::from_millis(700), |job| {
        sleeps += usize::from(job.put_to_sleep_or_wake())
    });
    assert!(sleeps >= size.pick(1, 10), "{sleeps}");
    let audit = Audit::of(&mut server.connection(), &names(tasks));
    Figures {
        scenario: "queue-worker: SIGSTOP past the lease",
        injected: format!("{sleeps} times a worker asleep for longer than its lease"),
        survived: audit.sound,
        lost: audit.lost.len(),
        doubled: audit.doubled,
    }
    .expect_none_lost_or_doubled();
}
