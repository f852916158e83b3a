//! SIGTERM and SIGINT: once, twice, and twice for the same stop.

use rustix::process::Signal;
use serde_json::json;

use crate::child::worker;

#[test]
fn sigterm_lets_the_body_hand_back_what_it_has() {
    for (signal, name) in [(Signal::TERM, "SIGTERM"), (Signal::INT, "SIGINT")] {
        let mut running = worker(&["work", "stop"]).start();
        running.line("working");
        running.signal(signal);
        let ended = running.end();
        assert_eq!(ended.code, Some(143));
        assert_eq!(ended.messages(), ["started", "working", "asked to stop", "stopped"]);
        let asked = &ended.lines[2];
        assert_eq!((&asked["signal"], &asked["grace_period_ms"]), (&json!(name), &json!(25_000)));
        assert_eq!(
            ended.told,
            Some(json!({
                "worker": "example-worker", "version": "1.2.3", "outcome": "stopped", "exit_code": 143,
                "counts": {"handed_back": 2},
            }))
        );
    }
}

#[test]
fn work_that_is_finished_within_the_grace_period_is_done() {
    let mut running = worker(&["work", "finish"]).start();
    running.line("working");
    running.signal(Signal::TERM);
    let ended = running.end();
    assert_eq!((ended.code, &ended.told.unwrap()["outcome"]), (Some(0), &json!("done")));
}

#[test]
fn a_second_signal_ends_it_at_once() {
    for (at_sigterm, second) in
        [("ignore", Signal::TERM), ("ignore-on-blocking-thread", Signal::INT)]
    {
        let mut running = worker(&["--grace-period", "1h", "work", at_sigterm]).start();
        running.line("working");
        running.signal(Signal::TERM);
        running.line("asked to stop");
        // The first tenth of a second belongs to the first signal.
        let ended = running.signal_until_it_ends(second);
        assert_eq!(ended.code, Some(143));
        assert_eq!(ended.last()["message"], "stopped in mid-work: a second signal came");
        assert_eq!(
            ended.told,
            Some(json!({
                "worker": "example-worker", "version": "1.2.3", "outcome": "stopped", "exit_code": 143,
                "error": "stopped in mid-work: a second signal came",
            }))
        );
    }
}

#[test]
fn two_signals_at_once_are_one_stop() {
    // As from `timeout` (the child first, then its group) or a wrapper in a terminal that passes
    // Ctrl-C on.
    for (first, second) in
        [(Signal::TERM, Signal::INT), (Signal::INT, Signal::TERM), (Signal::TERM, Signal::TERM)]
    {
        let mut running = worker(&["work", "stop-after-a-while"]).start();
        running.line("working");
        running.signal(first);
        running.signal(second);
        let ended = running.end();
        assert_eq!(ended.code, Some(143));
        assert_eq!(ended.last()["message"], "stopped");
        assert_eq!(ended.told.unwrap()["counts"], json!({"handed_back": 2}));
    }
}

#[test]
fn past_the_grace_period_it_ends_whatever_it_is_doing() {
    for at_sigterm in ["ignore", "ignore-on-blocking-thread"] {
        let mut running =
            worker(&["work", at_sigterm]).env("JOB_WORKER_GRACE_PERIOD", "20ms").start();
        running.line("working");
        running.signal(Signal::TERM);
        let ended = running.end();
        assert_eq!(ended.code, Some(143));
        assert_eq!(
            ended.messages()[2..],
            ["asked to stop", "stopped in mid-work: the grace period is over"]
        );
        assert_eq!(ended.told.unwrap()["error"], "stopped in mid-work: the grace period is over");
    }
}
