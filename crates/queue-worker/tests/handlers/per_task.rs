//! One process a task: the payload on its stdin, the exit code is the verdict.

use super::*;

#[test]
fn a_command_gets_the_task_and_its_stdout_is_the_result() {
    let server = Server::start();
    push(&server, &[b"one", b"", b"\x00\xff"]);
    let script = "echo $TASK_ID >&2; printf '%s %s ' \"$TASK_ATTEMPT\" \"${TASK_ID##*-}\"; od -An \
                  -tx1 | tr -d ' \\n'";
    let ended = run(&server, &[], script).expect(0);
    let results = results(&server);
    let ids: Vec<&str> = results.iter().map(|r| r["id"].as_str().unwrap()).collect();
    assert_eq!(said(&ended.stderr, "stderr"), ids.iter().map(|id| (*id, *id)).collect::<Vec<_>>());
    let said: Vec<(&str, &str)> = results
        .iter()
        .map(|r| (r["task"].as_str().unwrap(), r["output"].as_str().unwrap()))
        .collect();
    // printf '\0\377' | sha256sum
    let digest = "sha256:06eb7d6a69ee19e5fbdf749018d3d2abfa04bcbd1365db312eb86dc7169389b8";
    assert_eq!(said[0], ("one", "1 0 6f6e65"));
    assert_eq!(said[1].0, "");
    assert!(said[1].1.starts_with("1 ") && said[1].1.trim_end().len() == 3, "{said:?}");
    assert_eq!(said[2].0, digest);
    assert!(said[2].1.ends_with("00ff"), "{said:?}");
    assert!(
        results
            .iter()
            .all(|r| r["outcome"] == "done" && r["worker"] == "pod-1" && r["attempt"] == 1)
    );
}

#[test]
fn a_crash_and_an_exit_code_are_tried_again_and_then_told() {
    let server = Server::start();
    push(&server, &[b"crash", b"fail"]);
    let script = "read -r task; [ \"$task\" = crash ] && kill -SEGV $$; echo 'no luck' >&2; exit 3";
    let ended = run(&server, &["--max-attempts", "3"], script).expect(0);
    assert_eq!((ended.count("failed"), ended.count("dead"), ended.count("done")), (4, 2, 0));
    let mut told: Vec<String> = dead(&server)
        .iter()
        .map(|d| {
            format!(
                "{} {} {} {}",
                d["task"],
                d["attempts"],
                d["crashes"],
                d["last_error"].as_str().unwrap()
            )
        })
        .collect();
    told.sort();
    assert_eq!(
        told,
        ["\"crash\" 3 0 killed by signal 11", "\"fail\" 3 0 exit 3; its stderr: no luck"]
    );
}

#[test]
fn exit_65_is_a_dead_letter_at_once() {
    let server = Server::start();
    push(&server, &[b"bad"]);
    let ended = run(&server, &["--dead-exit-code", "65"], "echo 'not a transaction' >&2; exit 65")
        .expect(65);
    assert_eq!((ended.count("failed"), ended.count("dead")), (0, 1));
    let dead = dead(&server);
    assert_eq!(
        (&dead[0]["reason"], &dead[0]["attempts"], &dead[0]["last_error"]),
        (&"rejected".into(), &1.into(), &"exit 65; its stderr: not a transaction".into())
    );
}

#[test]
fn a_flood_of_output_is_stopped() {
    let server = Server::start();
    push(&server, &[b"task"]);
    run(&server, &["--max-output", "10000", "--max-attempts", "1"], "yes").expect(0);
    assert_eq!(
        dead(&server)[0]["last_error"],
        "the output is longer than --max-output (10000 bytes)"
    );
}

#[test]
fn a_flood_on_stderr_is_passed_on_and_its_end_kept() {
    let server = Server::start();
    push(&server, &[b"task"]);
    run(&server, &["--max-attempts", "1"], "seq 1 100000 >&2; echo the end >&2; exit 1").expect(0);
    let error = dead(&server)[0]["last_error"].as_str().unwrap().to_owned();
    assert!(
        error.starts_with("exit 1; the end of its stderr: ")
            && error.ends_with("the end")
            && error.len() < 2100,
        "{error}"
    );
}

#[test]
fn a_command_that_does_not_read_its_task_is_judged_by_its_exit_code() {
    let server = Server::start();
    push(&server, &[&vec![b'x'; 1_000_000]]);
    run(&server, &[], "exit 0").expect(0);
    assert_eq!(results(&server).len(), 1);
}

#[test]
fn an_oversized_task_is_a_dead_letter_without_being_run() {
    let server = Server::start();
    push(&server, &[b"12345678901", b"1234567890"]);
    run(&server, &["--max-task-size", "10"], "cat").expect(0);
    assert_eq!(dead(&server)[0]["reason"], "oversize");
    assert_eq!(results(&server)[0]["output"], "1234567890");
}

#[test]
fn a_program_that_is_not_there_is_a_wrong_configuration() {
    let server = Server::start();
    push(&server, &[b"task"]);
    let ended = Worker::run(&server.url(), &["run", "--", "/no/such/program"]).expect(64);
    assert!(ended.stderr.contains("cannot start /no/such/program"), "{}", ended.stderr);
}

#[test]
fn a_command_that_its_shell_or_env_does_not_find_is_a_wrong_configuration_and_loses_no_task() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("handler.py");
    std::fs::write(&script, "#!/usr/bin/env no-such-python\n").unwrap();
    std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let commands = [&["sh", "-c", "jqq ."][..], &[script.to_str().unwrap()]];
    for (command, name) in commands.into_iter().zip(["jqq", "no-such-python"]) {
        for flags in [
            &["run"][..],
            &["run", "--lines"],
            &["run", "--max-attempts", "1"],
            &["run", "--lines", "--max-attempts", "1"],
            &["run", "--delivery", "at-most-once"],
        ] {
            let server = Server::start();
            push(&server, &(0..20).map(|_| &b"task"[..]).collect::<Vec<_>>());
            let arguments = [flags, &["--backoff", "1ms", "--"], command].concat();
            let ended = Worker::run(&server.url(), &arguments).expect(64);
            for words in ["its command does not", name] {
                assert!(ended.stderr.contains(words), "{}", ended.stderr);
            }
            assert_eq!(dead(&server).len(), 0);
            // What a next worker with a right command finds.
            run(&server, &[], "cat").expect(0);
            // At most once the task on which that was found out counts as begun.
            let gone = usize::from(flags.contains(&"at-most-once"));
            assert_eq!(results(&server).len(), 20 - gone);
        }
    }
}

#[test]
fn a_program_that_cannot_be_started_for_a_moment_is_tried_again() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("program");
    std::fs::copy("/bin/cat", &program).unwrap();
    for flags in [&["run"][..], &["run", "--lines"]] {
        push(&server, &[b"task"]);
        let being_written = std::fs::OpenOptions::new().append(true).open(&program).unwrap();
        let arguments = [
            flags,
            &["--task-timeout", "100ms", "--max-attempts", "1", "--", program.to_str().unwrap()],
        ]
        .concat();
        let worker = Worker::start(&server.url(), &arguments);
        until("the start is tried again", || {
            worker.stderr().contains("cannot be started and is tried again")
        });
        drop(being_written);
        let ended = worker.end().expect(0);
        assert!(ended.stderr.contains("children can be started again"), "{}", ended.stderr);
    }
}

#[test]
fn an_output_that_is_not_utf_8_is_stored_byte_for_byte() {
    let server = Server::start();
    push(&server, &[b"task"]);
    run(&server, &[], "printf '\\211PNG\\377\\000'").expect(0);
    assert_eq!(results(&server)[0]["output_base64"], "iVBOR/8A");
    assert!(results(&server)[0]["output"].is_null());
}

#[test]
fn a_failed_attempt_is_told_once_with_its_task_and_the_end_of_its_stderr() {
    let server = Server::start();
    push(&server, &["né".as_bytes()]);
    let ended =
        run(&server, &["--max-attempts", "2"], "echo 'dirección inválida: 日本' >&2; exit 1")
            .expect(0);
    let error = "exit 1; its stderr: dirección inválida: 日本";
    let warnings: Vec<&str> = ended.stderr.lines().filter(|line| line.contains(error)).collect();
    assert_eq!(warnings.len(), 2, "{}", ended.stderr);
    let id = dead(&server)[0]["id"].as_str().unwrap().to_owned();
    assert!(
        warnings.iter().all(|line| line.contains("\"WARN\"") && line.contains(&id)),
        "{warnings:?}"
    );
    assert_eq!(said(&ended.stderr, "stderr"), [(id.as_str(), "dirección inválida: 日本"); 2]);
    assert!(ended.stderr.lines().all(|line| line.starts_with('{')), "{}", ended.stderr);
    let listed = Worker::run(&server.url(), &["dead", "list"]).expect(0).stdout;
    assert!(listed.contains("dirección inválida: 日本") && listed.contains("né"), "{listed}");
}
