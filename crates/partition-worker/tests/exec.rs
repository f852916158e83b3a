//! `exec` as a process: any program over the partition, its output published once.

mod support;

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use support::{Folder, Ran, files, rows};

fn exec<'a>(more: &[&'a str], program: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec!["exec", "--input", "in/data_{index}.csv", "--output", "out"];
    arguments.extend(more);
    arguments.push("--");
    arguments.extend(program);
    arguments
}

#[test]
fn the_partition_goes_in_and_the_result_comes_out_once() {
    let folder = Folder::with_input("b\na\nc\n");
    folder.run(0, 1, &exec(&[], &["sort"])).assert_code(0);
    assert_eq!(folder.read("out/part-00000/output"), "a\nb\nc\n");
    assert_eq!(
        folder.json("out/part-00000/_SUCCESS")["counts"],
        serde_json::json!({"input_bytes": 6, "output_bytes": 6})
    );
    folder.run(0, 1, &exec(&[], &["sort"])).assert_code(0);
    assert_eq!(folder.termination()["outcome"], "already-done");
    folder.run(0, 1, &exec(&[], &["sort", "-r"])).assert_code(0);
    assert_eq!(folder.read("out/part-00000/output"), "c\nb\na\n");
}

#[test]
fn the_program_is_told_its_index_and_its_stderr_is_logged() {
    let folder = Folder::with_input("");
    folder.write("in/data_3.csv", "x");
    let script =
        "cat >/dev/null; echo $JOB_COMPLETION_INDEX of $TOTAL_PARTITIONS; echo careful >&2";
    let ran = folder.run(3, 5, &exec(&["--output-name", "answer.txt"], &["sh", "-c", script]));
    ran.assert_code(0);
    assert_eq!(folder.read("out/part-00003/answer.txt"), "3 of 5\n");
    assert!(ran.stderr.contains("\"careful\""), "{}", ran.stderr);
}

#[test]
fn compressed_input_is_decompressed_and_large_output_is_streamed() {
    let plain = rows(200_000);
    let folder = Folder::with_input(zstd::encode_all(plain.as_bytes(), 1).unwrap());
    folder.run(0, 1, &exec(&["--compress", "zstd"], &["cat"])).assert_code(0);
    let bytes = std::fs::read(folder.path("out/part-00000/output.zst")).unwrap();
    assert!(zstd::decode_all(&bytes[..]).unwrap() == plain.as_bytes());
}

#[test]
fn a_program_that_fails_publishes_nothing_and_its_code_is_kept_where_the_contract_knows_it() {
    let folder = Folder::with_input(rows(10));
    for (program, code, says) in [
        ("cat; exit 65", 65, "exited with 65"),
        ("cat; exit 1", 70, "exited with 1"),
        ("exit 69", 69, "exited with 69"),
        ("cat; exit 75", 75, "exited with 75"),
        ("kill -9 $$", 70, "ended by signal 9"),
    ] {
        let ran = folder.run(0, 1, &exec(&[], &["sh", "-c", program]));
        assert!(ran.assert_code(code).error().contains(says), "{}", ran.stderr);
        assert!(folder.tree("out").is_empty());
    }
    let ran = folder.run(0, 1, &exec(&[], &["no-such-program"]));
    let error = ran.assert_code(64).error();
    assert!(
        error.contains("no-such-program cannot be started") && error.contains("in the image"),
        "{error}"
    );
}

#[test]
fn a_program_that_reads_a_part_of_its_input_and_exits_with_0_publishes_nothing() {
    for size in [100, 500_000] {
        let folder = Folder::with_input(rows(size));
        for (script, read) in [
            ("dd bs=1 count=10 status=none", "10 bytes of its input"),
            // As where the first program of a pipeline dies, and the second one has the last word.
            ("(dd bs=1 count=10 status=none; exit 1) | cat", "10 bytes of its input"),
            // It leaves its input and lives on.
            ("dd bs=1 count=10 status=none; exec <&-; echo done", "10 bytes of its input"),
        ] {
            let ran = folder.run(0, 1, &exec(&[], &["sh", "-c", script]));
            let error = ran.assert_code(70).error();
            assert!(error.contains(read) && error.contains("--allow-unread-input"), "{error}");
            assert!(folder.tree("out").is_empty(), "{script}");
        }
        // Its own failure says more.
        let ran = folder.run(0, 1, &exec(&[], &["sh", "-c", "exit 69"]));
        assert!(ran.assert_code(69).error().contains("exited with 69"), "{}", ran.stderr);
    }
}

#[test]
fn what_a_program_writes_that_reads_no_input_is_published_with_a_warning() {
    for size in [100, 500_000] {
        for script in ["echo done", "exec <&-; echo done"] {
            let folder = Folder::with_input(rows(size));
            let ran = folder.run(0, 1, &exec(&[], &["sh", "-c", script]));
            ran.assert_code(0);
            assert!(ran.stderr.contains("has read nothing of its input"), "{}", ran.stderr);
            assert_eq!(folder.read("out/part-00000/output"), "done\n");
            let summary = folder.read("out/part-00000/summary.json");
            assert!(
                summary.contains(&format!("\"input_bytes\": {}", rows(size).len())),
                "{summary}"
            );
        }
    }
}

#[test]
fn a_program_that_needs_no_more_of_its_input_is_allowed_to_leave_it() {
    let folder = Folder::with_input(rows(500_000));
    let arguments = exec(&["--allow-unread-input"], &["head", "-n", "1"]);
    folder.run(0, 1, &arguments).assert_code(0);
    assert_eq!(folder.read("out/part-00000/output"), "id,amount\n");
    folder.run(0, 1, &arguments).assert_code(0);
    assert_eq!(folder.termination()["outcome"], "already-done");
    folder.run(0, 1, &exec(&[], &["head", "-n", "1"])).assert_code(70);
}

#[test]
fn grandchildren_that_hold_the_pipes_are_ended_with_the_program() {
    let folder = Folder::with_input("x\n");
    let ran = folder.run(0, 1, &exec(&[], &["sh", "-c", "sleep 1000 & echo $! >&2; cat"]));
    ran.assert_code(0);
    assert_eq!(folder.read("out/part-00000/output"), "x\n");
    let events =
        ran.stderr.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let pid: i32 = events
        .filter(|event| event["stream"] == "stderr")
        .map(|event| event["message"].as_str().unwrap().parse().unwrap())
        .next()
        .unwrap();
    // Killed; it may still be a zombie until init reaps it, and then it has no command line.
    let command_line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    assert!(
        command_line.is_empty(),
        "process {pid} lives: {}",
        String::from_utf8_lossy(&command_line)
    );
}

#[test]
fn a_daemon_that_holds_the_output_is_told_and_waited_for() {
    let folder = Folder::with_input("x\n");
    let ran = folder.run(
        0,
        1,
        &exec(
            &[],
            &[
                "sh",
                "-c",
                "setsid sh -c 'touch up; sleep 7; echo late' & until [ -e up ]; do :; done; cat",
            ],
        ),
    );
    ran.assert_code(0);
    assert_eq!(folder.read("out/part-00000/output"), "x\nlate\n");
    assert!(ran.stderr.contains("still holds its output open"), "{}", ran.stderr);
}

#[test]
fn sigterm_reaches_the_program_and_nothing_is_published() {
    let folder = Folder::with_input("x\n");
    let script =
        "trap 'echo asked >&2; exit 0' TERM; echo $$ >&2; cat; while :; do sleep 0.01; done";
    let mut child = folder
        .worker(0, 1, &exec(&[], &["sh", "-c", script]))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let mut messages = log
        .by_ref()
        .map(|line| serde_json::from_str::<serde_json::Value>(&line).unwrap())
        .filter(|event| event["stream"] == "stderr");
    let pid: i32 = messages.next().unwrap()["message"].as_str().unwrap().parse().unwrap();
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    messages.find(|event| event["message"] == "asked").unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert!(folder.tree("out").is_empty());
    assert!(test_kill_process(Pid::from_raw(pid).unwrap()).is_err(), "the program was reaped");
}

#[test]
fn a_program_that_ignores_sigterm_is_killed_within_the_grace_period() {
    let folder = Folder::with_input("x\n");
    let arguments = exec(
        &["--grace-period", "1500ms"],
        &["sh", "-c", "trap '' TERM; echo ready >&2; while :; do sleep 0.01; done"],
    );
    let mut child = folder.worker(0, 1, &arguments).stderr(Stdio::piped()).spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    log.find(|line| line.contains("ready")).unwrap();
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert!(folder.tree("out").is_empty());
    assert_eq!(folder.termination()["outcome"], "stopped");
}

#[test]
fn the_output_name_stays_inside_the_partition() {
    let folder = Folder::with_input("x\n");
    let ran = Ran::of(
        folder.worker(0, 1, &exec(&["--output-name", "../../escaped"], &["cat"])).output().unwrap(),
    );
    assert!(ran.assert_code(64).error().contains("../../escaped"), "{}", ran.stderr);
    assert!(!folder.exists("escaped"));
}

#[test]
fn the_output_cannot_take_the_name_of_a_file_that_the_worker_writes_or_readers_pass_over() {
    let folder = Folder::with_input("x\n");
    for name in ["_SUCCESS", "summary.json", "Summary.JSON", "_x", ".hidden", "a/_b", ".", "..", ""]
    {
        let ran = folder.run(0, 1, &exec(&["--output-name", name], &["cat"]));
        assert!(ran.assert_code(64).error().contains(name), "{name}: {}", ran.stderr);
        assert!(folder.tree("out").is_empty());
    }
    for name in ["a/b", "x y", "summary.json.txt"] {
        let ran = folder.run(0, 1, &exec(&["--output-name", name, "--force"], &["cat"]));
        ran.assert_code(0);
        assert_eq!(folder.read(&format!("out/part-00000/{name}")), "x\n");
    }
}

/// For programs that have nothing to do with their input.
const EXEC_UNREAD: [&str; 6] =
    ["exec", "--input", "in/", "--output", "out", "--allow-unread-input"];

#[test]
fn a_result_holds_for_the_program_that_made_it() {
    let folder = Folder::new();
    folder.write("in/a.txt", "x\n");
    let run = |program: &[&str], more: &[&str], mode: Option<&str>| {
        let arguments = [&EXEC_UNREAD, more, &["--"], program].concat();
        let mut worker = folder.worker(0, 1, &arguments);
        worker.envs(mode.map(|mode| ("MODE", mode)));
        let ran = Ran::of(worker.output().unwrap());
        ran.assert_code(0);
        let output = folder.read("out/part-00000/output");
        (output, ran.stderr)
    };
    // The file is named by itself, behind an option, in a line of the shell, and as the program.
    let as_program = folder.path("rules.sh").display().to_string();
    for (number, program) in [
        vec!["sh", "rules.sh"],
        vec!["env", "--chdir=.", "sh", "rules.sh"],
        vec!["sh", "-c", "cat >/dev/null; sh ./rules.sh | cat"],
        vec![as_program.as_str()],
    ]
    .into_iter()
    .enumerate()
    {
        for word in ["first", "second"] {
            folder.write("rules.sh", format!("#!/bin/sh\necho {word} {number}\n"));
            std::fs::set_permissions(
                folder.path("rules.sh"),
                std::fs::Permissions::from_mode(0o755),
            )
            .unwrap();
            assert_eq!(run(&program, &[], None).0, format!("{word} {number}\n"), "{program:?}");
            let (_, said) = run(&program, &[], None);
            assert!(said.contains("was finished before") && said.contains("--force"), "{said}");
        }
        folder.write("rules.sh", "#!/bin/sh\necho third\n");
        assert!(run(&program, &[], None).1.contains("files: file "), "{program:?}");
    }
    // What nobody can see is compared where it is named.
    let program = ["sh", "-c", "echo $MODE; cat module 2>/dev/null || :"];
    assert_eq!(run(&program, &[], Some("a")).0, "a\n");
    assert_eq!(run(&program, &[], Some("b")).0, "a\n");
    folder.write("module", "1\n");
    let named = ["--depends-on", "module", "--depends-on-env", "MODE"];
    assert_eq!(run(&program, &named, Some("b")).0, "b\n1\n");
    assert_eq!(run(&program, &named, Some("c")).0, "c\n1\n");
    folder.write("module", "2\n");
    assert_eq!(run(&program, &named, Some("c")).0, "c\n2\n");
    std::fs::remove_file(folder.path("module")).unwrap();
    let arguments = [&EXEC_UNREAD, named.as_slice(), &["--"], &program].concat();
    let ran = folder.run(0, 1, &arguments);
    assert!(ran.assert_code(64).error().contains("--depends-on"), "{}", ran.stderr);
}

#[test]
fn why_a_program_cannot_be_started_is_told_with_the_remedy() {
    let folder = files(&[("0", b"a\n")]);
    let script = |name: &str, bytes: &[u8], mode: u32| {
        folder.write(name, bytes);
        std::fs::set_permissions(folder.path(name), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    script("crlf.sh", b"#!/bin/sh\r\necho\r\n", 0o755);
    script("bare.sh", b"echo a\n", 0o755);
    script("mark.sh", b"\xef\xbb\xbf#!/bin/sh\necho\n", 0o755);
    script("plain.sh", b"#!/bin/sh\necho\n", 0o644);
    script("absent.py", b"#!/usr/bin/absent3 -u\n", 0o755);
    script("empty", b"", 0o755);
    script("foreign", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\xff\xff\x01\0\0\0", 0o755);
    for (program, says) in [
        ("./crlf.sh", "ends in CR LF"),
        ("./bare.sh", "give -- sh ./bare.sh"),
        ("./mark.sh", "byte order mark"),
        ("./plain.sh", "chmod +x ./plain.sh, or give -- /bin/sh ./plain.sh"),
        ("./absent.py", "its interpreter /usr/bin/absent3 is not in the image"),
        ("./empty", "the file is empty"),
        ("./foreign", "another kind of processor"),
        ("./in", "it is a folder"),
        ("cat | wc -l", "give -- sh -c 'cat | wc -l'"),
        ("absent", "no folder of PATH"),
        ("./absent", "there is no such file"),
    ] {
        let ran = folder.run(0, 1, &["exec", "--input", "in/", "--output", "out", "--", program]);
        let error = ran.assert_code(64).error();
        assert!(error.contains(says), "{program}: {error}");
    }
}

#[test]
fn a_program_that_fails_without_a_word_is_told_as_such() {
    let folder = files(&[("0", b"a\n")]);
    for (line, says) in [
        ("exit 3", "exited with 3; it wrote nothing to stderr"),
        ("echo why >&2; exit 3", "exited with 3; its last output on stderr"),
        ("absent", "127 (a shell says so of a command that it does not find)"),
    ] {
        let ran = folder.run(
            0,
            1,
            &["exec", "--input", "in/", "--output", "out", "--", "sh", "-c", line],
        );
        let error = ran.assert_code(70).error();
        assert!(error.contains(says), "{line}: {error}");
    }
}
