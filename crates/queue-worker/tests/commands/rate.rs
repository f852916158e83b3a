//! `run --rate`.

use super::*;

fn done(server: &Server) -> u64 {
    ask::<Option<u64>>(server, &["HGET", "{q}:counts", "done"]).unwrap_or(0)
}

#[test]
fn five_workers_keep_one_rate_together() {
    let server = Server::start();
    push(&server, 2000);
    let flags = [&AT_ONCE[..], &["--rate", "50/s"]].concat();
    let workers: Vec<Worker> = (0..5).map(|_| Worker::start(&server.url(), &flags)).collect();
    until("it goes on", || done(&server) >= 20);
    let (before, began) = (done(&server), Instant::now());
    until("ten seconds are over", || began.elapsed().as_secs() >= 10);
    let rate = (done(&server) - before) as f64 / began.elapsed().as_secs_f64();
    assert!((49.0..=51.0).contains(&rate), "{rate} a second");
    for worker in workers {
        worker.kill();
    }
}

#[test]
fn what_was_not_taken_is_not_saved_up_and_a_kill_gives_none_back() {
    let server = Server::start();
    push(&server, 100);
    let flags = [&AT_ONCE[..], &["--rate", "1/h", "--lease", "100ms"]].concat();
    let worker = Worker::start(&server.url(), &flags);
    until("the first is done", || done(&server) == 1);
    worker.kill();
    let timed = [&flags[..], &["--max-runtime", "500ms"]].concat();
    let ended = Worker::run(&server.url(), &timed).expect(75);
    assert_eq!((ended.count("done"), done(&server)), (0, 1));
    // It looks as often as any idle worker, and not as if the queue had something to give.
    assert!(ended.count("calls") < 60, "{} calls", ended.count("calls"));
}

#[test]
fn tasks_that_are_tried_again_keep_to_the_rate_and_a_quick_rate_holds_nobody_up() {
    let server = Server::start();
    push(&server, 3);
    let slow = ["run", "--rate", "10/s", "--backoff", "1ms..1ms", "--", "false"];
    let began = Instant::now();
    Worker::run(&server.url(), &slow).expect(0);
    // Nine attempts, of which the bucket has one at the beginning.
    assert!(began.elapsed().as_millis() >= 800, "{:?}", began.elapsed());
    assert_eq!(ask::<u64>(&server, &["ZCARD", "{q}:dead"]), 3);
    push(&server, 5000);
    let quick = [&AT_ONCE[..], &["--rate", "1000000/s"]].concat();
    assert_eq!(Worker::run(&server.url(), &quick).expect(0).count("done"), 5000);
}

#[test]
fn the_rate_of_a_delivery_at_most_once_is_kept_too() {
    let server = Server::start();
    push(&server, 10);
    let flags = ["--rate", "1/h", "--delivery", "at-most-once", "--max-runtime", "300ms"];
    let ended = Worker::run(&server.url(), &[&AT_ONCE[..], &flags].concat()).expect(75);
    assert_eq!(ended.count("done"), 1);
}

#[test]
fn what_is_no_rate_is_told_with_the_remedy() {
    let server = Server::start();
    for rate in ["50", "0/s", "fast", "2000000/s"] {
        let ended = Worker::run(&server.url(), &[&AT_ONCE[..], &["--rate", rate]].concat());
        let ended = ended.expect(64);
        assert!(
            ended.stderr.contains("50/s") || ended.stderr.contains("a million a second"),
            "{}",
            ended.stderr
        );
    }
}
