//! Programs of the user's that misbehave in every way: they hang, flood, close their stdin, leave
//! grandchildren, die by signals, stop in mid-line.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use system_tests::worker;

use crate::{
    audit::{Audit, names, push},
    figures::Figures,
    files::published_in,
    job::Job,
    queue::server::Server,
    size::Size,
};

/// Processes that sleep for so long. Each test has a time of its own, and none of them must be
/// there when all is done.
fn sleepers(time: &str) -> usize {
    let is_one = |process: &std::fs::DirEntry| {
        let command = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        command.split(|byte| *byte == 0).any(|word| word == time.as_bytes())
    };
    std::fs::read_dir("/proc").unwrap().flatten().filter(is_one).count()
}

/// Drains a queue of so many tasks with 3 workers whose handler is this script.
fn drained(
    scenario: &'static str,
    tasks: usize,
    time: &str,
    flags: &[&str],
    script: &str,
    ways: &str,
) {
    let server = Server::start();
    let url = server.url();
    push(&url, tasks);
    let script = script.replace("FOR_EVER", time);
    // A machine that is slow for a moment must not make a dead letter of a good task.
    let mut arguments =
        vec!["run", "--concurrency", "4", "--task-timeout", "700ms", "--max-attempts", "50"];
    arguments.extend(["--backoff", "10ms..50ms", "--max-output", "10000"]);
    arguments.extend(flags);
    arguments.extend(["--", "sh", "-c", &script]);
    let ended = Job::of(3, &url, &arguments).finish();
    // A child that dies with several tasks in hand fails none of them: they are tried again one by
    // one.
    let gone =
        |log: &str| log.lines().filter(|line| line.contains("the handler's child is gone")).count();
    let broken: usize =
        ended.iter().map(|ended| gone(&ended.stderr).max(ended.count("failed") as usize)).sum();
    assert!(broken > tasks / 20, "only {broken} programs misbehaved");
    let audit = Audit::of(&mut server.connection(), &names(tasks));
    let done: u64 = ended.iter().map(|ended| ended.count("done")).sum();
    assert_eq!(done as usize, tasks, "there is no dead letter");
    assert_eq!(sleepers(time), 0, "a child or grandchild outlived its task");
    Figures {
        scenario,
        injected: format!("{broken} times a program that {ways}"),
        survived: audit.sound,
        lost: audit.lost.len(),
        doubled: audit.doubled,
    }
    .expect_none_lost_or_doubled();
}

#[test]
fn a_command_that_misbehaves_in_every_way_costs_attempts_and_no_task() {
    // By the number of the process, so that each task is done in the end.
    let script = r#"
        case $(($$ % 10)) in
            0) exec sleep FOR_EVER ;;
            1) exec yes ;;
            2) exec <&-; exit 3 ;;
            3) sleep FOR_EVER & sleep FOR_EVER & ;;
            4) kill -KILL $$ ;;
            5) kill -SEGV $$ ;;
            6) printf half; exit 1 ;;
            7) (setsid true; sleep FOR_EVER) & exit 9 ;;
        esac
        cat"#;
    let ways = "hangs, floods stdout, closes stdin, leaves grandchildren, dies by SIGKILL or \
                SIGSEGV, stops in mid-line";
    drained(
        "queue-worker: `-- CMD` misbehaves",
        Size::of_this_run().pick(200, 4_000),
        "86321",
        &[],
        script,
        ways,
    );
}

#[test]
fn a_child_that_misbehaves_in_every_way_costs_attempts_and_no_task() {
    // Each child does some tasks well first, and then what its number says.
    let script = r#"
        left=$(($$ / 8 % 13))
        answer() { printf '{"id":"%s","result":"%s"}\n' "$1" "$task"; }
        while IFS= read -r line; do
            id=${line#*'"id":"'}; id=${id%%'"'*}
            task=${line#*'"task":"'}; task=${task%'"}'}
            if [ $left = 0 ]; then
                case $(($$ % 8)) in
                    0) exec sleep FOR_EVER ;;
                    1) exec tr '\0' x < /dev/zero ;;
                    2) exec <&- ; exit 3 ;;
                    3) exec >&- ; sleep FOR_EVER ;;
                    4) sleep FOR_EVER & kill -KILL $$ ;;
                    5) kill -SEGV $$ ;;
                    6) printf '{"id":"%s","res' "$id"; exit 1 ;;
                    7) printf '{"id":"%s","result":"a"}\n{"id":"%s","result":"b"}\n' stranger "$id"; left=9; continue ;;
                esac
            fi
            left=$((left - 1))
            echo "working on $task"
            answer "$id"
        done"#;
    let ways = "hangs, floods stdout without a line's end, closes stdin or stdout, leaves \
                grandchildren, dies by SIGKILL or SIGSEGV, stops in mid-line, answers a task that \
                it does not have";
    drained(
        "queue-worker: `--lines` misbehaves",
        Size::of_this_run().pick(200, 4_000),
        "86322",
        &["--lines"],
        script,
        ways,
    );
}

#[test]
fn a_program_of_exec_that_misbehaves_in_every_way_publishes_all_or_nothing() {
    let time = "86323";
    let rounds = Size::of_this_run().pick(1, 20);
    let folder = tempfile::tempdir().unwrap();
    let input: String = (0..20_000).map(|line| format!("line {line}\n")).collect();
    std::fs::create_dir(folder.path().join("in")).unwrap();
    std::fs::write(folder.path().join("in/data_0.csv"), &input).unwrap();
    let exec = |script: &str| -> Command {
        let script = script.replace("FOR_EVER", time);
        let arguments = [
            "exec",
            "--input",
            "in/data_{index}.csv",
            "--output",
            "out",
            "--",
            "sh",
            "-c",
            &script,
        ];
        let variables =
            [("JOB_COMPLETION_INDEX", "0".to_owned()), ("TOTAL_PARTITIONS", "1".to_owned())];
        let mut command = worker("partition-worker", folder.path(), &arguments, &variables);
        command.stderr(Stdio::null());
        command
    };
    // What the program does, and how the worker must end: a program that hangs is ended by whoever
    // stops the pod.
    let broken: [(&str, i32); 9] = [
        ("cat; exec sleep FOR_EVER", 143),
        ("head -n 3; exec sleep FOR_EVER", 143),
        ("cat; sleep FOR_EVER & kill -KILL $$", 70),
        ("head -c 1000; kill -SEGV $$", 70),
        ("exec <&-; printf half; exit 1", 70),
        ("head -c 77777; exit 65", 65),
        ("sleep FOR_EVER & sleep FOR_EVER & head -n 1; exit 2", 70),
        ("yes | head -c 20000000; exit 3", 70),
        ("exec >&-; cat > /dev/null; exit 4", 70),
    ];
    let (mut sound, mut found) = (0, 0);
    for _ in 0..rounds {
        for (script, code) in broken {
            let mut child = exec(script).spawn().unwrap();
            if code == 143 {
                let deadline = Instant::now() + Duration::from_secs(30);
                while sleepers(time) == 0 {
                    assert!(Instant::now() < deadline, "{script}: the program does not hang");
                    std::thread::sleep(Duration::from_millis(5));
                }
                kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
            }
            let ended = child.wait().unwrap().code();
            sound += usize::from(ended == Some(code));
            assert_eq!(ended, Some(code), "{script}");
            found += published_in(&folder.path().join("out")).len();
            assert_eq!(sleepers(time), 0, "{script}: a child or grandchild outlived the worker");
        }
        // Grandchildren by themselves break nothing.
        assert_eq!(exec("sleep FOR_EVER & cat").status().unwrap().code(), Some(0));
        assert!(published_in(&folder.path().join("out"))["part-00000/output"] == input.as_bytes());
        assert_eq!(sleepers(time), 0, "a grandchild outlived the worker");
        std::fs::remove_dir_all(folder.path().join("out")).unwrap();
    }
    Figures {
        scenario: "partition-worker: `exec` misbehaves",
        injected: format!(
            "{} runs of a program that hangs, floods stdout, closes stdin or stdout, leaves \
             grandchildren, dies by SIGKILL or SIGSEGV, stops in mid-line; nothing of it published",
            rounds * broken.len()
        ),
        survived: sound,
        lost: rounds * broken.len() - sound,
        doubled: found,
    }
    .expect_none_lost_or_doubled();
}
