//! Flags of `run`, and what a mistyped command line is told.

use super::*;

#[test]
fn a_command_without_dashes_is_told_where_they_belong() {
    let server = Server::start();
    let json = Worker::run(&server.url(), &["run", "cat"]).expect(64);
    assert!(
        json.stderr.contains("put -- before the command that is to be run: run ... -- cat ..."),
        "{}",
        json.stderr
    );
    let human = Worker::run(&server.url(), &["run", "--lines", "python3", "--log-format", "human"])
        .expect(64);
    assert!(human.stderr.contains("tip: put -- before"), "{}", human.stderr);
    let flag = Worker::run(&server.url(), &["run", "--nothing"]).expect(64);
    assert!(!flag.stderr.contains("put --"), "{}", flag.stderr);
}

#[test]
fn at_most_once_has_the_same_handlers_and_no_second_attempt() {
    let server = Server::start();
    push(&server, 1_000);
    let once = ["--delivery", "at-most-once", "--concurrency", "2"];
    let some = at_once(&server, &[&once[..], &["--max-tasks", "100"]].concat()).expect(0);
    assert_eq!((some.count("done"), ask::<u64>(&server, &["LLEN", "q"])), (100, 900));
    let script = "read -r word number; [ $number -lt 995 ] && exit 1; echo \"$number\"";
    let rest =
        Worker::run(&server.url(), &[&["run"], &once[..], &["--", "sh", "-c", script]].concat())
            .expect(0);
    assert_eq!((rest.count("done"), rest.count("failed")), (5, 895));
    let results: Vec<String> = ask(&server, &["LRANGE", "{q}:results", "100", "-1"]);
    assert_eq!(results.len(), 5);
    let mut keys: Vec<String> = ask(&server, &["KEYS", "*"]);
    keys.retain(|key| !key.contains(":call:"));
    keys.sort_unstable();
    assert_eq!(
        keys,
        ["{q}:counts", "{q}:epoch", "{q}:results"],
        "no lease, no claim, no dead letter"
    );
    assert_eq!(ask::<u64>(&server, &["HGET", "{q}:counts", "gone"]), 895);
}

#[test]
fn rows_are_accepted_or_rejected_by_a_schema() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let schema = folder.path().join("schema.json");
    let text =
        r#"{"fields": [{"name": "id", "type": "string"}, {"name": "amount", "type": "number"}]}"#;
    std::fs::write(&schema, text).unwrap();
    let rows = b"{\"id\":\"a\",\"amount\":\"1.5\"}\nb,2\nc,many\n{broken\n";
    Worker::feed(&server.url(), &["push"], rows).expect(0);
    let arguments = ["run", "--handler", "validate", "--schema", schema.to_str().unwrap()];
    let ended = Worker::run(&server.url(), &arguments).expect(0);
    assert_eq!((ended.count("done"), ended.count("dead")), (3, 1));
    let results: Vec<String> = ask(&server, &["LRANGE", "{q}:results", "0", "-1"]);
    let outcomes: Vec<serde_json::Value> =
        results.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let outcomes: Vec<(&str, bool)> = outcomes
        .iter()
        .map(|o| (o["outcome"].as_str().unwrap(), o.get("reasons").is_some()))
        .collect();
    assert_eq!(outcomes, [("accepted", false), ("accepted", false), ("rejected", true)]);
    let missing = Worker::run(&server.url(), &["run", "--handler", "validate"]).expect(64);
    assert!(missing.stderr.contains("needs --schema"), "{}", missing.stderr);
}

#[test]
fn a_variable_that_is_set_to_nothing_is_not_set() {
    let server = Server::start();
    push(&server, 1);
    let empty = [
        "JOB_WORKER_MAX_TASKS",
        "JOB_WORKER_LIMIT",
        "JOB_WORKER_FOLLOW",
        "REDIS_PASSWORD_FILE",
        "REDIS_TLS_CA",
    ];
    let empty: Vec<(&str, &str)> = empty.into_iter().map(|name| (name, "")).collect();
    let ended = Worker::run_with(&server.url(), &AT_ONCE, &empty).expect(0);
    assert_eq!(ended.count("done"), 1);
    let unnamed = Worker::run_with(&server.url(), &AT_ONCE, &[("QUEUE_NAME", "")]).expect(64);
    assert!(unnamed.stderr.contains("--queue"), "{}", unnamed.stderr);
}

#[test]
fn a_variable_beside_a_flag_that_it_excludes_is_named() {
    let server = Server::start();
    let run = |flags: &[&str], variables: &[(&str, &str)]| {
        Worker::run_with(&server.url(), &[&AT_ONCE, flags].concat(), variables).expect(64).stderr
    };
    let follow = ("JOB_WORKER_FOLLOW", "true");
    let one = run(&["--exit-when", "empty"], &[follow]);
    assert!(one.contains("--follow is set by the variable JOB_WORKER_FOLLOW"), "{one}");
    assert!(one.contains("--exit-when"), "{one}");
    let both = run(&[], &[follow, ("JOB_WORKER_EXIT_WHEN", "empty")]);
    for name in ["JOB_WORKER_FOLLOW", "JOB_WORKER_EXIT_WHEN"] {
        assert!(both.contains(name), "{both}");
    }
    let flags = run(&["--exit-when", "empty", "--follow"], &[]);
    assert!(!flags.contains("variable"), "{flags}");
    let wrong = run(&[], &[("JOB_WORKER_FOLLOW", "yes please")]);
    assert!(wrong.contains("--follow is set by the variable JOB_WORKER_FOLLOW"), "{wrong}");
    let no = [("JOB_WORKER_FOLLOW", "false")];
    let off = [&AT_ONCE[..], &["--exit-when", "empty", "--wait-for-queue", "0s"]].concat();
    Worker::run_with(&server.url(), &off, &no).expect(66);
}
