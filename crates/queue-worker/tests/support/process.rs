//! The real binary as a child.

use std::{
    io::Write as _,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// A running queue-worker.
pub struct Worker {
    child: Child,
    folder: TempDir,
}

/// How one ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    /// The termination message.
    pub summary: serde_json::Value,
}

/// The worker's own binary: the one that belongs to this test, or the one beside a test of another
/// package.
pub fn binary() -> PathBuf {
    if let Some(path) = option_env!("CARGO_BIN_EXE_queue-worker") {
        return path.into();
    }
    let mut path = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    path.push("queue-worker");
    assert!(
        path.exists(),
        "{} is not built: run cargo build --workspace --bins first",
        path.display()
    );
    path
}

impl Worker {
    /// Starts one; `url` is its Redis.
    pub fn start(url: &str, arguments: &[&str]) -> Worker {
        Worker::start_with(url, arguments, Stdio::null())
    }

    /// The same with this as its stdin.
    pub fn start_with(url: &str, arguments: &[&str], stdin: Stdio) -> Worker {
        Worker::start_between(url, arguments, stdin, None, &[])
    }

    /// Runs one to its end with these variables besides.
    pub fn run_with(url: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Ended {
        Worker::start_between(url, arguments, Stdio::null(), None, variables).end()
    }

    /// The same with this as its stdout.
    pub fn start_to(url: &str, arguments: &[&str], stdout: Stdio) -> Worker {
        Worker::start_between(url, arguments, Stdio::null(), Some(stdout), &[])
    }

    fn start_between(
        url: &str,
        arguments: &[&str],
        stdin: Stdio,
        stdout: Option<Stdio>,
        variables: &[(&str, &str)],
    ) -> Worker {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| std::fs::File::create(folder.path().join(name)).unwrap();
        let child = Command::new(binary())
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("REDIS_URL", url)
            .env("QUEUE_NAME", "q")
            .env("POD_NAME", "pod-1")
            .envs(variables.iter().copied())
            .env("JOB_WORKER_TERMINATION_MESSAGE", folder.path().join("summary"))
            .stdin(stdin)
            .stdout(stdout.unwrap_or_else(|| file("stdout").into()))
            .stderr(file("stderr"))
            .spawn()
            .unwrap();
        Worker { child, folder }
    }

    /// Runs one to its end with this input.
    pub fn feed(url: &str, arguments: &[&str], input: &[u8]) -> Ended {
        let mut worker = Worker::start_with(url, arguments, Stdio::piped());
        // One that refuses its flags may end before it has read anything.
        match worker.child.stdin.take().unwrap().write_all(input) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
            written => written.unwrap(),
        }
        worker.end()
    }

    /// Runs one to its end.
    pub fn run(url: &str, arguments: &[&str]) -> Ended {
        Worker::start(url, arguments).end()
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Kills it and waits for its end.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.file("stderr")).unwrap()).into_owned()
    }

    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.file("stdout")).unwrap()).into_owned()
    }

    /// The most memory it has had so far, in KiB; `None` once it has ended.
    pub fn peak_kib(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.trim().strip_suffix(" kB")?.parse().ok()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Waits for its end.
    pub fn end(mut self) -> Ended {
        let deadline = Instant::now() + Duration::from_secs(120);
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "the worker does not end: {}", self.stderr());
            std::thread::sleep(Duration::from_millis(5));
        };
        let read = |name| {
            String::from_utf8_lossy(&std::fs::read(self.file(name)).unwrap_or_default())
                .into_owned()
        };
        Ended {
            code: status.code(),
            stdout: read("stdout"),
            stderr: read("stderr"),
            summary: serde_json::from_str(&read("summary")).unwrap_or_default(),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ended {
    pub fn count(&self, name: &str) -> u64 {
        self.summary["counts"][name].as_u64().unwrap_or_else(|| panic!("no count {name}: {self:?}"))
    }

    #[track_caller]
    pub fn expect(self, code: i32) -> Ended {
        assert_eq!(self.code, Some(code), "{}", self.stderr);
        self
    }
}

/// Waits for something that happens by itself.
#[track_caller]
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < deadline, "never happened: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
