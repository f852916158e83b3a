//! How a process ends: exit code, last line of the log, termination message.

use serde_json::json;
use worker_runtime::Exit;

use crate::child::worker;

#[test]
fn every_error_ends_with_its_exit_code_one_log_line_and_a_termination_message() {
    for exit in Exit::ALL.into_iter().filter(|exit| *exit != Exit::Done) {
        let ended = worker(&["fail", &exit.code().to_string()]).run();
        let error = format!(
            "partition 0 is not published: cannot write part-00000/accepted.csv: the disk said {}",
            exit.meaning()
        );
        let outcome = if exit == Exit::Terminated { "stopped" } else { "failed" };
        assert_eq!(ended.code, Some(i32::from(exit.code())));
        assert_eq!(ended.messages(), ["started", outcome]);
        assert_eq!(
            ended.last(),
            json!({
                "level": "ERROR", "worker": "example-worker", "index": null, "pod": "pod-x",
                "target": "worker_runtime::lifecycle::closing", "message": outcome, "error": error,
                "causes": ["cannot write part-00000/accepted.csv", format!("the disk said {}", exit.meaning())],
                "exit_code": exit.code(),
            })
        );
        assert_eq!(
            ended.told,
            Some(json!({
                "worker": "example-worker", "version": "1.2.3", "outcome": outcome, "exit_code": exit.code(),
                "error": error,
            }))
        );
    }
}

#[test]
fn an_error_never_ends_with_0() {
    let ended = worker(&["fail", "0"]).run();
    assert_eq!((ended.code, &ended.told.unwrap()["exit_code"]), (Some(70), &json!(70)));
}

#[test]
fn work_that_is_done_ends_with_0_and_its_counts() {
    let ended = worker(&["count"])
        .env("AWS_BATCH_JOB_ARRAY_INDEX", "3")
        .env("AWS_BATCH_JOB_ARRAY_SIZE", "5")
        .env("AWS_BATCH_JOB_ATTEMPT", "2")
        .run();
    assert_eq!(ended.code, Some(0));
    assert_eq!(
        ended.told,
        Some(json!({
            "worker": "example-worker", "version": "1.2.3", "outcome": "done", "exit_code": 0, "index": 3, "attempt": 1,
            "counts": {"rows": 10, "rejected": 0},
        }))
    );
}

#[test]
fn an_unknown_identity_is_a_wrong_configuration_whatever_the_worker_makes_of_it() {
    let ended = worker(&["count"]).env("JOB_COMPLETION_INDEX", "4").run();
    assert_eq!(ended.code, Some(64));
    let error = ended.last()["error"].as_str().unwrap().to_owned();
    assert!(error.starts_with("the number of partitions is not known"), "{error}");
    assert_eq!(ended.told.unwrap()["error"], error);
}

#[test]
fn an_index_too_many_ends_alone_and_does_not_fail_the_job() {
    let ended =
        worker(&["count"]).env("JOB_COMPLETION_INDEX", "5").env("TOTAL_PARTITIONS", "5").run();
    assert_eq!(ended.code, Some(66));
    let error = ended.last()["error"].as_str().unwrap().to_owned();
    assert!(error.contains("JOB_COMPLETION_INDEX=5, but TOTAL_PARTITIONS=5"), "{error}");
    assert_eq!(ended.told.unwrap()["error"], error);
}

#[test]
fn work_that_needs_no_count_goes_on_past_it_with_a_warning() {
    for (total, warned) in [(None, false), (Some("9"), false), (Some("5"), true)] {
        let uncounted = worker(&["count-one"]).env("JOB_COMPLETION_INDEX", "5");
        let ended = match total {
            Some(total) => uncounted.env("TOTAL_PARTITIONS", total).run(),
            None => uncounted.run(),
        };
        assert_eq!((ended.code, &ended.told.as_ref().unwrap()["index"]), (Some(0), &json!(5)));
        assert_eq!(ended.lines.iter().any(|line| line["level"] == "WARN"), warned, "{total:?}");
    }
}

#[test]
fn outcomes_other_than_done_say_why() {
    let rejected = worker(&["end", "rejected"]).run();
    assert_eq!(rejected.code, Some(65));
    assert_eq!(
        rejected.told,
        Some(json!({
            "worker": "example-worker", "version": "1.2.3", "outcome": "rejected", "exit_code": 65,
            "error": "7 of 9 rows are bad", "counts": {"rejected": 7},
        }))
    );
    let already = worker(&["end", "already-done"]).run();
    assert_eq!(already.code, Some(0));
    assert_eq!(
        already.told,
        Some(json!({
            "worker": "example-worker", "version": "1.2.3", "outcome": "already-done", "exit_code": 0,
            "message": "an earlier run published the same",
        }))
    );
    let levels = [rejected.last()["level"].clone(), already.last()["level"].clone()];
    assert_eq!(levels, ["ERROR", "INFO"]);
}

#[test]
fn stopped_work_never_ends_with_0() {
    assert_eq!(worker(&["end", "stopped-with-zero"]).run().code, Some(143));
}

#[test]
fn a_panic_anywhere_ends_with_70_is_logged_once_and_told() {
    for (place, message) in [
        ("body", "the body at redis://u:***@host"),
        ("blocking-thread", "a blocking thread"),
        ("thread-nobody-waits-for", "a thread nobody waits for"),
    ] {
        let ended = worker(&["panic", place]).run();
        assert_eq!(ended.code, Some(70), "{place}");
        assert_eq!(ended.messages().len(), 2, "{place}: {:?}", ended.messages());
        let told = ended.told.clone().unwrap();
        let error = told["error"].as_str().unwrap();
        assert!(
            error.starts_with("panicked at ") && error.ends_with(&format!(": {message}")),
            "{error}"
        );
        assert_eq!(ended.last()["message"], format!("{error}; this is a bug in example-worker"));
        assert_eq!(
            (&ended.last()["level"], &ended.last()["exit_code"]),
            (&json!("ERROR"), &json!(70))
        );
        assert_eq!((&told["outcome"], &told["exit_code"]), (&json!("failed"), &json!(70)));
        assert_eq!(ended.last().get("backtrace"), None);
    }
}

#[test]
fn a_backtrace_is_logged_where_it_is_asked_for() {
    let ended = worker(&["panic", "body"]).env("RUST_BACKTRACE", "1").run();
    assert!(
        ended.last()["backtrace"].as_str().is_some_and(|trace| trace.contains("main")),
        "{}",
        ended.last()
    );
}

#[test]
fn passwords_are_seen_nowhere() {
    let url = "redis://user:geheim@host:6379";
    let ended = worker(&["leak"]).env("EXAMPLE_URL", url).run();
    assert_eq!(ended.lines[0]["url"], "redis://user:***@host:6379");
    assert_eq!(ended.last()["error"], "cannot reach redis://user:***@host:6379");
    assert_eq!(ended.told.unwrap()["error"], "cannot reach redis://user:***@host:6379");
    let (code, help, _, _) = worker(&["--help"]).env("EXAMPLE_URL", url).output();
    assert_eq!(code, Some(0));
    assert!(
        help.contains("EXAMPLE_URL=redis://user:***@host:6379") && !help.contains("geheim"),
        "{help}"
    );
    let (code, _, refusal, told) = worker(&["--metrics-addr", url, "leak"]).output();
    assert_eq!(code, Some(64));
    assert!(!format!("{refusal}{told:?}").contains("geheim"), "{refusal}{told:?}");
}

#[test]
fn a_termination_message_that_cannot_be_written_is_no_error() {
    let ended = worker(&["--termination-message", "/nowhere/told", "fail", "77"]).run();
    assert_eq!((ended.code, ended.messages()), (Some(77), vec!["started", "failed"]));
    assert_eq!(ended.told, None);
}
