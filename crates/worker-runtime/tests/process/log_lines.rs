//! What every line of the log carries, and how it looks for people.

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::child::worker;

#[test]
fn every_line_of_every_thread_carries_worker_index_and_pod() {
    let ended =
        worker(&["count"]).env("JOB_COMPLETION_INDEX", "3").env("TOTAL_PARTITIONS", "5").run();
    let lines: Vec<Value> = ended.lines.into_iter().map(Value::Object).collect();
    assert_eq!(
        lines,
        [
            json!({
                "level": "INFO", "worker": "example-worker", "index": null, "pod": "pod-x", "target": "worker",
                "message": "started", "url": "redis://localhost",
            }),
            json!({
                "level": "INFO", "worker": "example-worker", "index": 3, "pod": "pod-x", "target": "worker",
                "message": "counted on another thread", "rows": 10, "index_": "of the event",
                "batch": 1, "worker_": "of the span",
            }),
            json!({
                "level": "INFO", "worker": "example-worker", "index": 3, "pod": "pod-x",
                "target": "worker_runtime::lifecycle::closing", "message": "done", "exit_code": 0,
                "counts": {"rejected": 0, "rows": 10},
            }),
        ]
    );
}

#[test]
fn a_line_says_first_when_and_how_grave() {
    let (_, _, stderr, _) = worker(&["fail", "74"]).output();
    for line in stderr.lines() {
        let (_, rest) = line.split_once(r#"{"timestamp":""#).unwrap();
        let (time, rest) = rest.split_at("2026-11-01T12:00:00.000Z".len());
        assert!(humantime::parse_rfc3339(time).is_ok(), "{time}");
        assert!(rest.starts_with(r#"","level":""#), "{rest}");
    }
}

#[test]
fn the_human_form_tells_the_same_in_one_line_each() {
    let human = |arguments: &[&str]| {
        let (_, _, stderr, _) = worker(&[&["--log-format", "human"], arguments].concat()).output();
        stderr.lines().map(|line| line.split_once(' ').unwrap().1.to_owned()).collect::<Vec<_>>()
    };
    let without_times = |lines: Vec<String>| {
        lines
            .into_iter()
            .map(|line| {
                line.split(' ')
                    .filter(|word| !word.starts_with("elapsed_ms="))
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(
        without_times(human(&["count", "--index", "3", "--total-partitions", "5"])),
        [
            " INFO example-worker@pod-x: started url=redis://localhost",
            " INFO example-worker[3]@pod-x: counted on another thread rows=10 index_=\"of the \
             event\" batch=1 worker_=\"of the span\"",
            " INFO example-worker[3]@pod-x: done exit_code=0 rejected=0 rows=10",
        ]
    );
    assert_eq!(
        without_times(human(&["fail", "74"]))[1],
        "ERROR example-worker@pod-x: failed exit_code=74 error: partition 0 is not published: \
         cannot write part-00000/accepted.csv: the disk said I/O error"
    );
}

#[test]
fn an_input_cannot_break_a_human_line_or_steer_the_terminal() {
    let (_, _, stderr, _) =
        worker(&["--log-format", "human", "--url", "a\nb\x1b[31mc", "end", "already-done"])
            .output();
    let first = stderr.lines().next().unwrap();
    assert!(first.ends_with(r"started url=a\nb\u{1b}[31mc"), "{first}");
}

#[test]
fn less_grave_lines_are_left_out_where_it_is_asked_for() {
    assert_eq!(worker(&["fail", "74"]).env("RUST_LOG", "error").run().messages(), ["failed"]);
    assert_eq!(
        worker(&["--log-level", "warn,worker=info", "fail", "74"]).run().messages(),
        ["started", "failed"]
    );
    assert_eq!(worker(&["fail", "74", "--log-level", "off"]).run().messages(), [""; 0]);
}

#[test]
fn progress_is_logged_at_every_interval_until_the_end() {
    let mut running = worker(&["work", "stop", "--progress-interval", "10ms"]).start();
    let mut line = running.line("progress");
    assert!(line.remove("per_second").is_some_and(|rate| rate.is_f64()));
    assert_eq!(
        Value::Object(line),
        json!({
            "level": "INFO", "worker": "example-worker", "index": null, "pod": "pod-x",
            "target": "worker_runtime::progress", "message": "progress", "unit": "tasks", "done": 3,
        })
    );
    running.line("progress");
    running.signal(Signal::TERM);
    assert_eq!(running.end().code, Some(143));
}
