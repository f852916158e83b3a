//! `cancel`.

use super::*;

fn dead(server: &Server) -> Vec<String> {
    let ids: Vec<String> = ask(server, &["ZRANGE", "{q}:dead", "0", "-1"]);
    let reason = |id: &String| {
        let record: String = ask(server, &["HGET", "{q}:failed", id]);
        record.split(' ').nth(4).unwrap().to_owned()
    };
    ids.iter().map(reason).collect()
}

/// The id that a handler has noted.
fn noted(file: &std::path::Path) -> String {
    let mut id = String::new();
    until("a task has begun", || {
        let notes = std::fs::read_to_string(file).unwrap_or_default();
        // A line is whole when its end is there.
        id = notes.split_once('\n').map_or(String::new(), |(first, _)| first.to_owned());
        !id.is_empty()
    });
    id
}

#[test]
fn a_task_that_waits_is_cancelled_at_once_and_the_queue_is_drained_without_it() {
    let server = Server::start();
    Worker::feed(&server.url(), &["push", "--delay", "1h"], b"1\n2\n").expect(0);
    let ids: Vec<String> = ask(&server, &["ZRANGE", "{q}:delayed", "0", "-1"]);
    let ended = Worker::run(&server.url(), &["cancel", &ids[0], &ids[1]]).expect(0);
    assert_eq!(ended.count("waited"), 2);
    assert_eq!(dead(&server), ["cancelled", "cancelled"]);
    at_once(&server, &[]).expect(0);
    // That is said again without harm, and a dead letter can begin anew.
    Worker::run(&server.url(), &["cancel", &ids[0]]).expect(0);
    Worker::run(&server.url(), &["dead", "retry"]).expect(0);
    assert_eq!(at_once(&server, &[]).expect(0).count("done"), 2);
}

#[test]
fn the_program_of_a_task_in_hand_gets_sigterm_and_the_task_is_a_dead_letter() {
    let server = Server::start();
    push(&server, 1);
    let folder = tempfile::tempdir().unwrap();
    let (begun, asked) = (folder.path().join("begun"), folder.path().join("asked"));
    let script = format!(
        "trap 'echo asked > {}; exit 1' TERM; echo $TASK_ID > {}; sleep 60 & wait",
        asked.display(),
        begun.display()
    );
    let flags = ["run", "--lease", "600ms", "--", "sh", "-c", &script];
    let worker = Worker::start(&server.url(), &flags);
    let ended = Worker::run(&server.url(), &["cancel", &noted(&begun)]).expect(0);
    assert_eq!(ended.count("in_hand"), 1);
    let ended = worker.end().expect(0);
    assert_eq!(ended.count("dead"), 1);
    assert!(asked.exists(), "{}", ended.stderr);
    assert_eq!(dead(&server), ["cancelled"]);
    assert_eq!(ask::<u64>(&server, &["EXISTS", "{q}:cancelled"]), 0);
}

#[test]
fn a_task_that_waits_behind_another_in_its_claim_is_not_begun() {
    let server = Server::start();
    push(&server, 3);
    let folder = tempfile::tempdir().unwrap();
    let notes = folder.path().join("notes");
    // The first claim is of one task, the second of two, of which the first takes a while.
    let script =
        format!("echo $TASK_ID >> {}; read -r w n; [ $n = 0 ] || sleep 2", notes.display());
    let claims = ["--max-claim", "3", "--claim-time", "1000s"];
    let flags = [&["run", "--lease", "600ms"][..], &claims, &["--", "sh", "-c", &script]];
    let worker = Worker::start(&server.url(), &flags.concat());
    let begun = || std::fs::read_to_string(&notes).unwrap_or_default();
    until("the second claim is begun", || begun().matches('\n').count() == 2);
    let claim = begun().lines().nth(1).unwrap().rsplit_once('-').unwrap().0.to_owned();
    assert_eq!(ask::<u64>(&server, &["LLEN", &format!("{{q}}:claim:{claim}")]), 2);
    Worker::run(&server.url(), &["cancel", &format!("{claim}-1")]).expect(0);
    let ended = worker.end().expect(0);
    assert_eq!((ended.count("dead"), ended.count("done")), (1, 2), "{}", ended.stderr);
    assert_eq!(begun().lines().count(), 2, "the third is not begun: {}", begun());
}

#[test]
fn a_cancelled_task_of_a_worker_that_is_killed_is_given_to_nobody() {
    let server = Server::start();
    push(&server, 1);
    let folder = tempfile::tempdir().unwrap();
    let begun = folder.path().join("begun");
    let script = format!("echo $TASK_ID > {}; sleep 60", begun.display());
    let worker = Worker::start(&server.url(), &["run", "--lease", "5s", "--", "sh", "-c", &script]);
    let id = noted(&begun);
    Worker::run(&server.url(), &["cancel", &id]).expect(0);
    worker.kill();
    let ended = at_once(&server, &[]).expect(0);
    assert_eq!(ended.count("done"), 0);
    assert_eq!(dead(&server), ["cancelled"]);
}

#[test]
fn a_task_of_a_lines_child_is_cancelled_too() {
    let server = Server::start();
    push(&server, 1);
    let flags = ["run", "--lease", "600ms", "--lines", "--", "sh", "-c"];
    let folder = tempfile::tempdir().unwrap();
    let begun = folder.path().join("begun");
    let script = format!(
        "read -r line; echo \"$line\" | sed 's/.*\"id\":\"\\([^\"]*\\)\".*/\\1/' > {}; sleep 60",
        begun.display()
    );
    let worker = Worker::start(&server.url(), &[&flags[..], &[&script]].concat());
    Worker::run(&server.url(), &["cancel", &noted(&begun)]).expect(0);
    worker.end().expect(0);
    assert_eq!(dead(&server), ["cancelled"]);
}

#[test]
fn what_cannot_be_cancelled_is_told() {
    let server = Server::start();
    push(&server, 1);
    let ended = Worker::run(&server.url(), &["cancel", "no-such", "x-0"]).expect(66);
    assert!(ended.stderr.contains("no-such, x-0"), "{}", ended.stderr);
    let other = ["cancel", "--queue", "Q", "x-0"];
    let ended = Worker::run(&server.url(), &other).expect(66);
    assert!(ended.stderr.contains("there are q"), "{}", ended.stderr);
    assert_eq!(ask::<u64>(&server, &["LLEN", "q"]), 1);
}
