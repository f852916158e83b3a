//! `--delivery at-most-once`: whatever ends a handler, it is given no task a second time.

use super::*;

/// What the handlers wrote when they began a task, one line each, and a check that none of it is
/// there twice.
#[track_caller]
fn begun_once(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap();
    let begun: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut once = begun.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), begun.len(), "{begun:?}");
    begun
}

fn numbers(server: &Server, tasks: u32) {
    let tasks: Vec<String> = (1..=tasks).map(|task| task.to_string()).collect();
    let tasks: Vec<&[u8]> = tasks.iter().map(|task| task.as_bytes()).collect();
    push(server, &tasks);
}

const ONCE: [&str; 3] = ["run", "--delivery", "at-most-once"];

#[test]
fn a_child_that_dies_takes_all_its_tasks_with_it() {
    for window in ["1", "4"] {
        let (server, folder) = (Server::start(), tempfile::tempdir().unwrap());
        numbers(&server, 40);
        let own = folder.path().join("own");
        let script = lines(&format!(
            "echo \"$task\" >>{}; [ $((task % 7)) = 0 ] && exit 1; answer \"$task\"",
            own.display()
        ));
        let more = ["--lines", "--window", window, "--", "sh", "-c", &script];
        let ended = Worker::run(&server.url(), &[&ONCE[..], &more].concat()).expect(0);
        let begun = begun_once(&own);
        assert_eq!(ended.count("done") + ended.count("failed"), 40);
        assert!(begun.len() as u64 >= ended.count("done"), "{begun:?}");
        assert!(!ended.stderr.contains("given to another"), "{}", ended.stderr);
    }
}

#[test]
fn a_task_that_outlasts_the_grace_period_is_gone() {
    for by_line in [false, true] {
        let (server, folder) = (Server::start(), tempfile::tempdir().unwrap());
        numbers(&server, 3);
        let own = folder.path().join("own");
        let take = if by_line { "head -n 1" } else { "cat; echo" };
        let slow = format!("trap '' TERM; {{ {take}; }} >>{}; sleep 60", own.display());
        let flags = if by_line { &["--lines"][..] } else { &[] };
        let more = [&["--grace-period", "2s"], flags, &["--", "sh", "-c", &slow]].concat();
        let worker = Worker::start(&server.url(), &[&ONCE[..], &more].concat());
        until("a task has begun", || std::fs::read(&own).is_ok_and(|own| own.ends_with(b"\n")));
        worker.signal(Signal::TERM);
        let ended = worker.end().expect(143);
        assert_eq!(ended.count("failed"), 1, "{}", ended.stderr);
        let next = format!("{{ cat; echo; }} >>{}", own.display());
        let more = ["--", "sh", "-c", &next];
        assert_eq!(
            Worker::run(&server.url(), &[&ONCE[..], &more].concat()).expect(0).count("done"),
            2
        );
        assert_eq!(begun_once(&own).len(), 3);
    }
}

#[test]
fn a_handler_that_ends_as_if_its_command_were_missing_has_had_its_task() {
    let (server, folder) = (Server::start(), tempfile::tempdir().unwrap());
    numbers(&server, 3);
    let own = folder.path().join("own");
    let script = format!("{{ cat; echo; }} >>{}; nobody-has-this-program", own.display());
    let more = ["--", "sh", "-c", &script];
    for _ in 0..3 {
        Worker::run(&server.url(), &[&ONCE[..], &more].concat()).expect(64);
    }
    assert_eq!(begun_once(&own).len(), 3);
}
