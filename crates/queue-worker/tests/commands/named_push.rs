//! `push --push-id`: however often it is killed and tried again, each task is pushed once.

use super::*;

const TASKS: usize = 20_000;

/// A file of so many tasks, each unlike the others and some of them equal.
fn input(tasks: usize) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), lines(tasks).join("\n") + "\n").unwrap();
    file
}

fn lines(tasks: usize) -> Vec<String> {
    (0..tasks).map(|task| format!("task {}", task / 3 * 2)).collect()
}

fn pushed(server: &Server) -> Vec<String> {
    ask(server, &["LRANGE", "q", "0", "-1"])
}

fn push_of<'a>(id: &'a str, file: &'a tempfile::NamedTempFile) -> [&'a str; 4] {
    ["push", "--push-id", id, file.path().to_str().unwrap()]
}

#[test]
fn a_push_that_is_killed_and_tried_again_pushes_each_task_once_and_in_order() {
    let (server, file) = (Server::start(), input(TASKS));
    for kill_at in [1, 3_000, 3_001, 11_000, TASKS] {
        let worker = Worker::start(&server.url(), &push_of("night", &file));
        until("some are pushed", || ask::<usize>(&server, &["LLEN", "q"]) >= kill_at);
        worker.kill();
    }
    let before: u64 = ask(&server, &["LLEN", "q"]);
    let last = Worker::run(&server.url(), &push_of("night", &file)).expect(0);
    assert_eq!(last.count("pushed_before"), before);
    assert_eq!(last.count("pushed") + before, TASKS as u64);
    assert_eq!(pushed(&server), lines(TASKS));
}

#[test]
fn pushes_of_one_name_at_the_same_time_push_each_task_once_and_in_order() {
    let (server, file) = (Server::start(), input(TASKS));
    let workers: Vec<Worker> =
        (0..4).map(|_| Worker::start(&server.url(), &push_of("night", &file))).collect();
    let ended: Vec<Ended> = workers.into_iter().map(|worker| worker.end().expect(0)).collect();
    assert_eq!(ended.iter().map(|ended| ended.count("pushed")).sum::<u64>(), TASKS as u64);
    assert_eq!(pushed(&server), lines(TASKS));
}

#[test]
fn tasks_that_are_done_meanwhile_are_not_pushed_again() {
    let (server, file) = (Server::start(), input(10));
    Worker::run(&server.url(), &push_of("night", &file)).expect(0);
    Worker::run(&server.url(), &["run", "--handler", "simulate=0s"]).expect(0);
    let again = Worker::run(&server.url(), &push_of("night", &file)).expect(0);
    assert_eq!((again.count("pushed"), again.count("skipped")), (0, 0));
    assert_eq!((again.count("pushed_before"), pushed(&server).len()), (10, 0));
    // Another name is another push.
    let next = Worker::run(&server.url(), &push_of("next night", &file)).expect(0);
    assert_eq!(next.count("pushed"), 10);
}

#[test]
fn an_input_that_grew_is_pushed_from_where_it_grew_and_another_input_is_refused() {
    let (server, short, long) = (Server::start(), input(10), input(15));
    Worker::run(&server.url(), &push_of("night", &short)).expect(0);
    let grown = Worker::run(&server.url(), &push_of("night", &long)).expect(0);
    assert_eq!(grown.count("pushed"), 5);
    let cut = Worker::run(&server.url(), &push_of("night", &short)).expect(65);
    assert!(cut.stderr.contains("has pushed 5 more tasks to q than this input"), "{}", cut.stderr);
    let feed = |input: &[u8]| Worker::feed(&server.url(), &["push", "--push-id", "night"], input);
    let other = feed((lines(14).join("\n") + "\nother\n").as_bytes()).expect(65);
    assert!(other.stderr.contains("the first 15 tasks of this input"), "{}", other.stderr);
    assert_eq!(pushed(&server), lines(15), "what is refused pushes nothing");
    feed(b"").expect(65);
}

#[test]
fn a_purge_forgets_named_pushes_and_a_name_is_none_without_a_character() {
    let (server, file) = (Server::start(), input(10));
    Worker::run(&server.url(), &push_of("night", &file)).expect(0);
    Worker::run(&server.url(), &["purge", "--yes"]).expect(0);
    assert_eq!(Worker::run(&server.url(), &push_of("night", &file)).expect(0).count("pushed"), 10);
    let empty = Worker::run(&server.url(), &push_of("", &file)).expect(64);
    assert!(empty.stderr.contains("leave --push-id away"), "{}", empty.stderr);
}

#[test]
fn keys_of_unique_tasks_and_a_name_go_together() {
    let server = Server::start();
    let feed = |input: &[u8]| {
        let arguments = ["push", "--unique", "--push-id", "night"];
        Worker::feed(&server.url(), &arguments, input).expect(0)
    };
    assert_eq!(feed(b"a\na\nb\n").count("pushed"), 2);
    let again = feed(b"a\na\nb\nb\nc\n");
    assert_eq!(
        (again.count("pushed"), again.count("skipped"), again.count("pushed_before")),
        (1, 1, 3)
    );
    assert_eq!(pushed(&server), ["a", "b", "c"]);
}
