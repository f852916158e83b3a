//! Nothing that a handler has started outlives its task or its worker.

use super::*;

#[test]
fn a_command_that_hangs_is_killed_with_all_its_children() {
    let server = Server::start();
    push(&server, &[b"task"]);
    let flags = ["--task-timeout", "300ms", "--max-attempts", "2"];
    let ended = run(&server, &flags, "sleep 1001 & echo $! >&2; wait").expect(0);
    assert_eq!((ended.count("failed"), ended.count("dead")), (1, 1));
    let dead = dead(&server);
    assert_eq!((&dead[0]["reason"], &dead[0]["attempts"]), (&"attempts".into(), &2.into()));
    let error = dead[0]["last_error"].as_str().unwrap();
    let (said, pid) = error.rsplit_once(": ").unwrap();
    assert_eq!(said, "no end within --task-timeout (0.3 s), killed; its stderr");
    assert!(!is_alive(pid), "the grandchild {pid} lives");
}

#[test]
fn a_grandchild_neither_holds_up_a_task_nor_outlives_it() {
    let server = Server::start();
    push(&server, &[b"task"]);
    run(&server, &[], "sleep 1002 & echo $!").expect(0);
    let pid = results(&server)[0]["output"].as_str().unwrap().trim().to_owned();
    assert!(!is_alive(&pid), "the grandchild {pid} lives");
}

#[test]
fn the_children_of_a_worker_that_is_killed_end_with_it() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    for (name, flags) in [("one", &[][..]), ("lines", &["--lines"])] {
        push(&server, &[b"task"]);
        let file = folder.path().join(name);
        let script = format!(
            "read -r line; sleep 1005 & echo $$ $! > {0}.new; mv {0}.new {0}; wait",
            file.display()
        );
        let arguments = [&["run", "--lease", "1s"], flags, &["--", "sh", "-c", &script]].concat();
        let worker = Worker::start(&server.url(), &arguments);
        until("the task runs", || file.exists());
        worker.kill();
        let pids = std::fs::read_to_string(&file).unwrap();
        until("child and grandchild have ended", || !pids.split_whitespace().any(is_alive));
        let () = ask(&server, &["FLUSHALL"]);
    }
}

#[test]
fn a_second_sigterm_ends_the_children_too() {
    let server = Server::start();
    push(&server, &[b"a", b"b"]);
    let folder = tempfile::tempdir().unwrap();
    let script = format!(
        "trap '' TERM; echo $$ > {}/$TASK_ID; sleep 1006; sleep 1006",
        folder.path().display()
    );
    let mut worker =
        Worker::start(&server.url(), &["run", "--concurrency", "2", "--", "sh", "-c", &script]);
    let pids = || -> Vec<String> {
        let files = std::fs::read_dir(folder.path()).unwrap();
        files
            .filter_map(|file| {
                Some(std::fs::read_to_string(file.unwrap().path()).ok()?.trim().to_owned())
            })
            .collect()
    };
    until("both tasks run", || pids().iter().filter(|pid| !pid.is_empty()).count() == 2);
    worker.signal(Signal::TERM);
    until("the first is heard", || worker.stderr().contains("asked to stop"));
    until("another one ends it, once the first tenth of a second is over", || {
        worker.signal(Signal::TERM);
        !worker.is_running()
    });
    worker.end().expect(143);
    until("no child is left", || !pids().iter().any(|pid| is_alive(pid)));
}

/// The processes whose parent is this one, and whether each is a zombie.
fn children(parent: &str) -> Vec<(String, bool)> {
    let stat = |pid: &str| std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let pids = std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok());
    pids.filter_map(|pid| {
        let stat = stat(&pid);
        let (_, rest) = stat.rsplit_once(") ")?;
        let mut words = rest.split(' ');
        let is_zombie = words.next()? == "Z";
        (words.next()? == parent).then_some((pid, is_zombie))
    })
    .collect()
}

#[test]
fn a_worker_that_is_pid_1_leaves_no_zombies() {
    let apart = ["--user", "--map-root-user", "--pid", "--fork", "--mount-proc"];
    let may = Command::new("unshare").args(apart).arg("true").stderr(Stdio::null()).status();
    if !may.is_ok_and(|status| status.success()) {
        eprintln!("left out: this user may not make a PID namespace (unshare --user --pid)");
        return;
    }
    let server = Server::start();
    for (tasks, flags, script) in [
        (
            30,
            &[][..],
            "cat > /dev/null; (setsid sleep 0.05 > /dev/null 2>&1 < /dev/null &); sleep 1007 & \
             echo ok"
                .to_owned(),
        ),
        (30, &["--lines"], lines("(setsid sleep 0.05 > /dev/null 2>&1 < /dev/null &); answer ok")),
    ] {
        push_many(&server, tasks);
        let mut unshare = Command::new("unshare")
            .args(apart)
            .arg(binary())
            .args(["run", "--follow"])
            .args(flags)
            .args(["--", "sh", "-c", &script])
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .envs([
                ("REDIS_URL", server.url().as_str()),
                ("QUEUE_NAME", "q"),
                ("RUST_LOG", "error"),
            ])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        until("all tasks are done", || {
            ask::<u64>(&server, &["LLEN", "{q}:results"]) == tasks as u64
        });
        let worker = children(&unshare.id().to_string())[0].0.clone();
        until("no zombie is left", || !children(&worker).iter().any(|(_, is_zombie)| *is_zombie));
        unshare.kill().unwrap();
        unshare.wait().unwrap();
        let _ = rustix::process::kill_process(
            rustix::process::Pid::from_raw(worker.parse().unwrap()).unwrap(),
            Signal::KILL,
        );
        let () = ask(&server, &["FLUSHALL"]);
    }
}
