//! What becomes of the tasks of a worker that died, and of those that something else took out of
//! the queue: somebody must be told, also where the exit code is 0.

use queue_worker::{
    brokers::redis::{Caller, Pusher},
    queue::{Delivery, Settle, Step, Terms},
};

use super::{
    support::{block_on, dead_at, model::Ending, settle, snapshot::expire, terms},
    *,
};

/// The lines of a log that say this.
fn lines<'a>(ended: &'a Ended, says: &str) -> Vec<&'a str> {
    ended.stderr.lines().filter(|line| line.contains(says)).collect()
}

/// Has a worker take a task with these flags and kills it with the task in hand.
fn crash(server: &Server, flags: &[&str]) {
    let arguments = [&["run", "--lease", "200ms"], flags, &["--", "sleep", "60"]].concat();
    let dying = Worker::start(&server.url(), &arguments);
    until("the task is in hand", || ask::<u64>(server, &["ZCARD", "{q}:leases"]) == 1);
    dying.kill();
}

#[test]
fn a_step_says_which_tasks_it_has_buried_also_when_it_comes_twice() {
    let server = Server::start();
    let (queue, mut connection) = (server.queue("q"), server.connection());
    block_on(async {
        let tasks: [&[u8]; 2] = [b"a", b"b"];
        queue.push(&mut Pusher::new("p"), &tasks).await.unwrap();
        let fatal = Terms { max_crashes: 1, ..terms() };
        let (mut dying, mut living) = (Caller::new("dying", 0), Caller::new("living", 0));
        let Step::Taken(lost) = queue.advance(&mut dying, &fatal, None, None, 2).await.unwrap()
        else {
            panic!("not taken")
        };
        expire(&mut connection, "q", &lost.claim.unwrap().id, 1);
        for _ in 0..2 {
            let call = &mut living.clone();
            let Step::Taken(seen) = queue.advance(call, &fatal, None, None, 1).await.unwrap()
            else {
                panic!("not taken")
            };
            assert_eq!(seen.buried, ["dying.0.1-0", "dying.0.1-1"]);
            assert_eq!((seen.gone, seen.dead, seen.is_drained()), (0, 2, true));
        }
        let _ = queue.advance(&mut living, &fatal, None, None, 1).await.unwrap();
        let Step::Taken(next) = queue.advance(&mut living, &fatal, None, None, 1).await.unwrap()
        else {
            panic!("not taken")
        };
        assert!(next.buried.is_empty(), "the next step has buried nothing");
    });
}

#[test]
fn a_step_says_how_many_tasks_are_gone_with_a_worker_that_had_them_at_most_once() {
    let server = Server::start();
    let (queue, mut connection) = (server.queue("q"), server.connection());
    block_on(async {
        let tasks: [&[u8]; 3] = [b"a", b"b", b"c"];
        queue.push(&mut Pusher::new("p"), &tasks).await.unwrap();
        let once = Terms { delivery: Delivery::AtMostOnce, ..terms() };
        let (mut dying, living) = (Caller::new("dying", 0), Caller::new("living", 0));
        let Step::Taken(lost) = queue.advance(&mut dying, &once, None, None, 3).await.unwrap()
        else {
            panic!("not taken")
        };
        expire(&mut connection, "q", &lost.claim.unwrap().id, 1);
        for _ in 0..2 {
            let call = &mut living.clone();
            let Step::Taken(seen) = queue.advance(call, &once, None, None, 1).await.unwrap() else {
                panic!("not taken")
            };
            assert_eq!((seen.gone, seen.buried.len(), seen.missing), (3, 0, 0));
        }
    });
}

#[test]
fn a_drained_queue_says_how_many_pushed_tasks_are_neither_done_nor_dead() {
    let server = Server::start();
    let queue = server.queue("q");
    block_on(async {
        let tasks: [&[u8]; 4] = [b"a", b"b", b"c", b"d"];
        queue.push(&mut Pusher::new("p"), &tasks).await.unwrap();
        let mut lane = Caller::new("n", 0);
        let Step::Taken(first) = queue.advance(&mut lane, &terms(), None, None, 2).await.unwrap()
        else {
            panic!("not taken")
        };
        let claim = first.claim.unwrap();
        let () = ask(&server, &["DEL", "q"]);
        // One is done, one is dead; two were in the list that was deleted.
        let settle = Settle {
            failures: vec![dead_at(1)],
            over: 2,
            ..settle(&claim.id, &[b"a", b"b"], &[Ending::Done], None)
        };
        let Step::Taken(last) =
            queue.advance(&mut lane, &terms(), None, Some(&settle), 1).await.unwrap()
        else {
            panic!("not taken")
        };
        assert!(last.is_drained());
        assert_eq!((first.missing, last.missing), (0, 2));
        // A dead letter that was dropped is accounted for, and one begun anew is open again.
        let ids = queue.dead_ids(0, 10).await.unwrap();
        assert_eq!(queue.dead_drop(&ids).await.unwrap(), 1);
        let Step::Taken(after) = queue.advance(&mut lane, &terms(), None, None, 1).await.unwrap()
        else {
            panic!("not taken")
        };
        assert_eq!(after.missing, 2);
    });
}

#[test]
fn a_dead_letter_of_crashes_counts_for_the_worker_that_buries_it() {
    let server = Server::start();
    push(&server, 1);
    crash(&server, &[]);
    let flags = ["run", "--max-crashes", "1", "--handler", "simulate=0s"];
    let ended =
        Worker::run(&server.url(), &[&flags[..], &["--dead-exit-code", "65"]].concat()).expect(65);
    assert_eq!((ended.count("dead"), ended.count("done")), (1, 0));
    let listed = Worker::run(&server.url(), &["dead", "list", "--json"]).expect(0).stdout;
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let told = lines(&ended, "a task is dead: as many workers crashed");
    assert!(
        told.len() == 1
            && told[0].contains("WARN")
            && told[0].contains(listed["id"].as_str().unwrap()),
        "{}",
        ended.stderr
    );
    // The next worker has buried nothing, and finds the dead letter all the same: the one that
    // made it might have been killed since.
    let next = [&flags[..], &["--dead-exit-code", "65"]].concat();
    let replacing = Worker::run(&server.url(), &next).expect(65);
    assert_eq!(replacing.count("dead"), 0);
    assert!(
        replacing.stderr.contains("1 tasks are dead letters, 0 of them by this worker"),
        "{}",
        replacing.stderr
    );
    // Dropped, it is somebody's decision.
    Worker::run(&server.url(), &["dead", "drop", "--all"]).expect(0);
    Worker::run(&server.url(), &next).expect(0);
}

#[test]
fn tasks_that_are_gone_with_their_worker_are_told_by_the_next_one_and_by_status() {
    let server = Server::start();
    push(&server, 1);
    let once = ["--delivery", "at-most-once"];
    crash(&server, &once);
    let ended =
        Worker::run(&server.url(), &[&["run", "--handler", "simulate=0s"], &once[..]].concat())
            .expect(0);
    assert_eq!(ended.count("gone"), 1);
    assert!(ended.stderr.contains("1 were in hand when their worker died"), "{}", ended.stderr);
    assert_eq!(lines(&ended, "tasks are gone with the worker").len(), 1, "{}", ended.stderr);
    let status = Worker::run(&server.url(), &["status"]).expect(0).stdout;
    assert!(status.contains("\n  gone              1  delivered at most once"), "{status}");
    let summary = Worker::run(&server.url(), &["summarize"]).expect(0).stdout;
    assert!(summary.contains("\ngone: 1 ("), "{summary}");
    let json = Worker::run(&server.url(), &["summarize", "--json"]).expect(0).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["gone"], 1);
}

#[test]
fn a_task_that_fails_at_most_once_is_named_by_the_id_that_its_handler_was_given() {
    let server = Server::start();
    push(&server, 1);
    let script = "echo \"I am $TASK_ID\" >&2; exit 1";
    let arguments = ["run", "--delivery", "at-most-once", "--", "sh", "-c", script];
    let ended = Worker::run(&server.url(), &arguments).expect(0);
    let failed = lines(&ended, "a task failed and is gone");
    let line: serde_json::Value = serde_json::from_str(failed[0]).unwrap();
    let id = line["task"].as_str().unwrap();
    assert!(ended.stderr.contains(&format!("I am {id}")), "{}", ended.stderr);
    assert!(line["payload"].as_str().unwrap().starts_with("sha256:"), "{line}");
}

#[test]
fn tasks_that_somebody_removes_in_mid_run_are_shown_at_once_and_when_the_queue_is_drained() {
    for (removal, missing) in [
        (&["DEL", "q"][..], 9),
        (&["LPOP", "q", "4"], 4),
        (&["LTRIM", "q", "0", "1"], 7),
        (&["SPOP", "q:other"], 0),
    ] {
        removed_in_mid_run(removal, missing);
    }
}

/// What `status` and `summarize` say of tasks that are missing.
fn shown(server: &Server) -> (u64, u64) {
    let mut said = ["status", "summarize"].map(|command| {
        let text = Worker::run(&server.url(), &[command]).expect(0).stdout;
        let json = Worker::run(&server.url(), &[command, "--json"]).expect(0).stdout;
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        let missing = json["missing"].as_u64().unwrap();
        let row = text.lines().find(|line| line.trim_start().starts_with("missing"));
        assert_eq!(row.is_some(), missing > 0, "{text}");
        if let Some(row) = row {
            assert!(
                row.contains(&format!(" {missing} ")) && row.contains("something else"),
                "{row}"
            );
        }
        missing
    });
    said.sort_unstable();
    said.into()
}

fn removed_in_mid_run(removal: &[&str], missing: u64) {
    let server = Server::start();
    push(&server, 10);
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("fifo");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &fifo,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .unwrap();
    let script = format!("read -r go < {}", fifo.display());
    let arguments = ["run", "--max-claim", "1", "--", "sh", "-c", script.as_str()];
    let worker = Worker::start(&server.url(), &arguments);
    until("a task is in hand", || ask::<u64>(&server, &["ZCARD", "{q}:leases"]) == 1);
    assert_eq!(shown(&server), (0, 0));
    let _: redis::Value = ask(&server, removal);
    assert_eq!(shown(&server), (missing, missing), "{removal:?}");
    // One line lets one handler go on, and there may be several to come.
    let mut gate = std::fs::File::options().read(true).write(true).open(&fifo).unwrap();
    std::io::Write::write_all(&mut gate, "go\n".repeat(10).as_bytes()).unwrap();
    let ended = worker.end().expect(0);
    assert_eq!(ended.count("done"), 10 - missing);
    assert_eq!(ended.summary["counts"]["missing"].as_u64().unwrap_or(0), missing);
    assert_eq!(shown(&server), (missing, missing), "{removal:?}");
    let last: serde_json::Value =
        serde_json::from_str(ended.stderr.lines().last().unwrap()).unwrap();
    assert_eq!(last["level"], if missing > 0 { "WARN" } else { "INFO" });
    if missing > 0 {
        let reason = last["reason"].as_str().unwrap();
        let told = format!("{missing} tasks that were pushed are neither done nor dead");
        assert!(reason.starts_with(&told), "{reason}");
    }
}
