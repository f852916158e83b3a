//! Whose end the termination message tells: that of the container's main process.

use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::child::{program, worker};

const COUNT: [&str; 5] = ["count", "--index", "3", "--total-partitions", "5"];

#[test]
fn what_a_worker_starts_leaves_its_message_alone() {
    let mut running = worker(&[&["start", "--"], &COUNT[..]].concat()).start();
    assert_eq!(running.line("the other one has ended")["code"], 0);
    running.signal(Signal::KILL);
    let ended = running.end();
    assert_eq!(
        (ended.code, ended.told),
        (None, None),
        "a kill is not shown as the helper's good end"
    );
}

#[test]
fn a_path_that_is_given_by_flag_is_written_by_any_command() {
    for arguments in [&COUNT[..], &["look"]] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("told");
        let flag = ["--termination-message", path.to_str().unwrap()];
        let mut running = worker(&[&["start", "--"], arguments, &flag[..]].concat()).start();
        running.line("the other one has ended");
        let told: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        assert_eq!(told["outcome"], "done");
        running.signal(Signal::TERM);
        assert_eq!(running.end().code, Some(143));
    }
}

#[test]
fn an_inquiry_writes_no_message_of_its_own_accord() {
    let ended = worker(&["look"]).run();
    assert_eq!((ended.code, ended.told), (Some(0), None));
}

#[test]
fn what_an_earlier_command_left_does_not_outlive_a_kill() {
    let working = worker(&["work", "stop"]);
    let told = working.folder().join("told");
    std::fs::write(
        &told,
        r#"{"worker":"queue-worker","outcome":"done","exit_code":0,"seconds":0.5}"#,
    )
    .unwrap();
    let mut running = working.start();
    running.line("working");
    assert_eq!(std::fs::read_to_string(&told).unwrap(), "");
    running.signal(Signal::KILL);
    let ended = running.end();
    assert_eq!((ended.code, ended.told), (None, None));
}

#[test]
fn of_two_workers_of_one_file_the_one_that_is_at_work_owns_it() {
    let (first, second) = (worker(&["work", "stop"]), worker(&COUNT));
    let told = first.folder().join("told");
    std::fs::write(&told, "").unwrap();
    let mut first = first.start();
    first.line("working");
    let second = second.env("JOB_WORKER_TERMINATION_MESSAGE", told.to_str().unwrap()).run();
    assert_eq!(second.code, Some(0));
    assert_eq!(std::fs::read_to_string(&told).unwrap(), "");
    first.signal(Signal::TERM);
    assert_eq!(first.end().told.unwrap()["outcome"], "stopped");
}

/// A container without a container engine: namespaces of its own for users, processes and mounts,
/// and a termination log in `/dev` that is a file of this test's.
struct Container {
    unshare: Child,
    folder: tempfile::TempDir,
}

const SET_UP: &str = r#"
    mount -t tmpfs tmpfs /dev && : >/dev/termination-log && mount --bind "$TOLD" /dev/termination-log && exec "$@"
"#;

impl Container {
    /// Starts `command` as PID 1. What it writes to stdout is in the file `out` of the folder.
    fn start(command: &[&str]) -> Container {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("told"), "").unwrap();
        let out = std::fs::File::create(folder.path().join("out")).unwrap();
        let unshare = Command::new("unshare")
            .args([
                "--user",
                "--map-root-user",
                "--mount",
                "--pid",
                "--fork",
                "--mount-proc",
                "sh",
                "-c",
                SET_UP,
                "sh",
            ])
            .args(command)
            .env("TOLD", folder.path().join("told"))
            .env("WORKER", program())
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(Stdio::null())
            .spawn()
            .expect("unshare (util-linux) is installed");
        Container { unshare, folder }
    }

    fn told(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("told")).unwrap()
    }

    fn outcome(&self) -> Value {
        serde_json::from_str::<Value>(&self.told())
            .map_or(Value::Null, |told| told["outcome"].clone())
    }

    /// PID 1 as it is called outside.
    fn first(&self) -> u32 {
        let children = format!("/proc/{0}/task/{0}/children", self.unshare.id());
        until(|| std::fs::read_to_string(&children).unwrap().trim().parse().ok())
    }

    /// The worker's own log line is the sign that it has begun: it comes after the file was
    /// claimed.
    fn await_line(&self, line: &str) {
        until(|| {
            std::fs::read_to_string(self.folder.path().join("out"))
                .unwrap()
                .contains(line)
                .then_some(())
        });
    }

    /// As `kubectl exec` does it: a process of the container whose parent is outside of it.
    fn enter(&self, arguments: &[&str]) -> Option<i32> {
        let status = Command::new("nsenter")
            .args([
                "--target",
                &self.first().to_string(),
                "--user",
                "--mount",
                "--pid",
                "--preserve-credentials",
            ])
            .arg(program())
            .args(arguments)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .status();
        status.expect("nsenter (util-linux) is installed").code()
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_raw(self.first() as i32).unwrap(), signal).unwrap();
    }

    fn end(mut self) -> Container {
        self.unshare.wait().unwrap();
        self
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        // Where a test failed halfway: without PID 1 nothing of the container is left.
        if matches!(self.unshare.try_wait(), Ok(None)) {
            self.signal(Signal::KILL);
            let _ = self.unshare.wait();
        }
    }
}

/// Looks again until there is something to see.
#[track_caller]
fn until<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let began = std::time::Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed().as_secs() < 60, "it does not come");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

/// Some machines let only root make namespaces; there these tests cannot be run by others.
fn can_make_containers() -> bool {
    let mut tried = Container::start(&["true"]);
    let status = tried.unshare.wait().unwrap();
    assert!(status.success() || !rustix::process::geteuid().is_root(), "root can make namespaces");
    if !status.success() {
        eprintln!("left out: this user may not make namespaces; run the test as root");
    }
    status.success()
}

#[test]
fn pid_1_writes_the_message_and_what_is_put_into_its_container_does_not() {
    if !can_make_containers() {
        return;
    }
    let container = Container::start(&["sh", "-c", r#"exec "$WORKER" work stop 2>&1"#]);
    container.await_line("\"working\"");
    for arguments in [&COUNT[..], &["look"], &["--bogus"]] {
        let expected = if arguments == ["--bogus"] { 64 } else { 0 };
        assert_eq!(container.enter(arguments), Some(expected));
        assert_eq!(container.told(), "", "{arguments:?}");
    }
    container.enter(&[&COUNT[..], &["--termination-message", "/dev/termination-log"]].concat());
    assert_eq!(container.outcome(), "done", "the flag is meant");
    container.signal(Signal::TERM);
    let container = container.end();
    assert_eq!(container.outcome(), "stopped");
}

#[test]
fn a_kill_after_a_look_into_the_container_leaves_no_good_end() {
    if !can_make_containers() {
        return;
    }
    let container = Container::start(&[
        "sh",
        "-c",
        r#"exec "$WORKER" start -- count --index 3 --total-partitions 5 2>&1"#,
    ]);
    container.await_line("the other one has ended");
    assert_eq!(container.enter(&COUNT), Some(0));
    container.signal(Signal::KILL);
    let container = container.end();
    assert_eq!(container.told(), "");
}

#[test]
fn a_worker_below_an_init_or_a_shell_writes_and_one_below_another_program_does_not() {
    if !can_make_containers() {
        return;
    }
    let count = r#""$WORKER" count --index 3 --total-partitions 5"#;
    // A shell that goes on after the worker does not replace itself by it.
    let below_a_shell = Container::start(&["sh", "-c", &format!("{count}; true")]).end();
    assert_eq!(below_a_shell.outcome(), "done");
    let below_two =
        Container::start(&["sh", "-c", &format!("timeout 60 sh -c '{count}; true'; true")]).end();
    assert_eq!(below_two.outcome(), "done");
    // find is no wrapper: it would go on with work of its own.
    let script = r#"find "$TOLD" -maxdepth 0 -exec "$WORKER" count --index 3 --total-partitions 5 \; ; true"#;
    let below_another = Container::start(&["sh", "-c", script]).end();
    assert_eq!(below_another.told(), "");
    // A refused command line is told in the same way.
    let refused = Container::start(&["sh", "-c", r#""$WORKER" --bogus; true"#]).end();
    assert_eq!(refused.outcome(), "failed");
}

#[test]
fn the_last_command_of_a_shell_script_has_the_last_word() {
    if !can_make_containers() {
        return;
    }
    let script = r#""$WORKER" count --index 3 --total-partitions 5; "$WORKER" look; "$WORKER" fail 74; exit 74"#;
    let container = Container::start(&["sh", "-c", script]).end();
    assert_eq!(container.outcome(), "failed");
    let told = container.told();
    assert!(told.contains("\"exit_code\":74"), "{told}");
}
