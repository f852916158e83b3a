//! A command line that is wrong, and the questions that are none: --help and --version.

use serde_json::{Value, json};

use crate::child::worker;

#[test]
fn help_and_version_go_to_stdout_with_0_and_leave_no_message() {
    assert_eq!(
        worker(&["--version"]).output(),
        (Some(0), "example-worker 1.2.3\n".to_owned(), String::new(), None::<Value>)
    );
    let (code, stdout, stderr, told) = worker(&["count", "--help"]).output();
    assert_eq!((code, stderr, told), (Some(0), String::new(), None));
    for name in [
        "JOB_COMPLETION_INDEX",
        "CLOUD_RUN_TASK_INDEX",
        "AWS_BATCH_JOB_ARRAY_INDEX",
        "BATCH_TASK_INDEX",
        "SLURM_ARRAY_TASK_ID",
        "NOMAD_ALLOC_INDEX",
        "TOTAL_PARTITIONS",
        "RUST_LOG",
        "JOB_WORKER_GRACE_PERIOD",
    ] {
        assert!(stdout.contains(name), "{name} is not in {stdout}");
    }
}

#[test]
fn a_refused_command_line_is_one_json_line_and_a_termination_message() {
    let bad_duration = "invalid value 'soon' for '--grace-period <DURATION>': expected number at \
                        0; give a number with a unit, such as 25s, 500ms or 2m";
    for (refused, error) in [
        (worker(&["--bogus"]), "unexpected argument '--bogus' found"),
        (worker(&["count", "--index", "-1"]), "unexpected argument '-1' found"),
        (
            worker(&["count", "--total-partitions", "0"]),
            "invalid value '0' for '--total-partitions <N>': 0 is not in 1..=4294967295",
        ),
        (worker(&["work", "stop"]).env("JOB_WORKER_GRACE_PERIOD", "soon"), bad_duration),
        (worker(&["--grace-period=soon", "work", "stop"]), bad_duration),
    ] {
        let ended = refused.run();
        assert_eq!(ended.code, Some(64), "{error}");
        let told = ended.told.as_ref().unwrap()["error"].as_str().unwrap();
        assert!(told.starts_with(error), "{told}");
        assert_eq!(ended.lines.len(), 1);
        assert_eq!(
            ended.last(),
            json!({
                "level": "ERROR", "worker": "example-worker", "index": null, "pod": "pod-x",
                "target": "worker_runtime::lifecycle::refusal", "message": "the command line is refused", "error": told,
                "exit_code": 64,
            })
        );
    }
}

#[test]
fn a_misspelt_variable_is_refused_and_an_unknown_one_warned_of() {
    let misspelt = |arguments: &[&str]| worker(arguments).env("JOB_WORKER_GRACE_PERIODS", "1s");
    for arguments in [&["count", "--index", "0"][..], &["--bogus"]] {
        let ended = misspelt(arguments).run();
        assert_eq!((ended.code, ended.lines.len()), (Some(64), 1), "{arguments:?}");
        let error = ended.last()["error"].as_str().unwrap().to_owned();
        assert!(
            error.starts_with("the environment has JOB_WORKER_GRACE_PERIODS")
                && error.contains("did you mean JOB_WORKER_GRACE_PERIOD?"),
            "{error}"
        );
    }
    assert_eq!(misspelt(&["--version"]).output().0, Some(0));

    let unknown = worker(&["count", "--index", "0", "--total-partitions", "1"]);
    let ended = unknown.env("JOB_WORKER_TEAM", "x").env("JOB_WORKER_LEASE", "1s").run();
    assert_eq!(ended.code, Some(0));
    let warnings: Vec<_> = ended.lines.iter().filter(|line| line["level"] == "WARN").collect();
    assert_eq!(warnings.len(), 1);
    assert_eq!(warnings[0]["variables"], "JOB_WORKER_TEAM");
}

#[test]
fn a_refusal_reads_the_contract_s_own_settings_from_wherever_they_are() {
    let refused = worker(&["count", "--bogus", "--log-format=human"]);
    let told = refused.folder().join("elsewhere");
    let refused = refused.env("JOB_WORKER_TERMINATION_MESSAGE", told.to_str().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let flag = folder.path().join("told");
    let (code, _, stderr, _) = refused.output();
    assert_eq!(code, Some(64));
    assert!(stderr.starts_with("error: unexpected argument '--bogus' found\n"), "{stderr}");
    assert!(stderr.contains("Usage: worker count"), "{stderr}");

    let (code, ..) =
        worker(&["count", "--termination-message", flag.to_str().unwrap(), "--bogus"]).output();
    let told: Value = serde_json::from_slice(&std::fs::read(&flag).unwrap()).unwrap();
    assert_eq!((code, &told["exit_code"]), (Some(64), &json!(64)));
}

#[test]
fn settings_may_stand_before_or_after_the_subcommand() {
    for arguments in [["--log-level", "off", "fail", "66"], ["fail", "66", "--log-level", "off"]] {
        let ended = worker(&arguments).run();
        assert_eq!((ended.code, ended.lines.len()), (Some(66), 0));
    }
}

#[test]
fn no_command_at_all_is_refused_in_one_sentence() {
    let ended = worker(&[]).run();
    assert_eq!((ended.code, ended.lines.len()), (Some(64), 1));
    let error = ended.last()["error"].as_str().unwrap().to_owned();
    assert!(
        error.starts_with("'worker' requires a subcommand but one was not provided"),
        "{error}"
    );
}
