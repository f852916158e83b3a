//! Starting the example worker as a process, and reading what it leaves behind.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Map, Value};
use tempfile::TempDir;

/// A line of the log without what differs from run to run.
pub(crate) type Line = Map<String, Value>;

/// A worker with a folder of its own and nothing in its environment.
pub(crate) struct Worker {
    command: Command,
    folder: TempDir,
}

/// A worker at work, whose log is read line by line: tests wait for lines, never for time.
pub(crate) struct Running {
    child: Child,
    stderr: BufReader<ChildStderr>,
    folder: TempDir,
    lines: Vec<Line>,
}

/// What a worker left behind.
pub(crate) struct Ended {
    /// `None` where a signal killed it.
    pub(crate) code: Option<i32>,
    pub(crate) lines: Vec<Line>,
    /// The termination message without its `seconds`; `None` where nothing was written, or the
    /// file is empty.
    pub(crate) told: Option<Value>,
}

/// The example that belongs to this test; `cargo test` builds it with the tests.
pub(crate) fn program() -> PathBuf {
    let tests = std::env::current_exe().expect("the test knows its path");
    let program = tests.ancestors().nth(2).expect("target/<profile>/deps/").join("examples/worker");
    assert!(program.exists(), "{} is not built: run cargo build --examples", program.display());
    program
}

pub(crate) fn worker(arguments: &[&str]) -> Worker {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(program());
    command
        .env_clear()
        .env("POD_NAME", "pod-x")
        .env("JOB_WORKER_TERMINATION_MESSAGE", folder.path().join("told"))
        .args(arguments);
    Worker { command, folder }
}

impl Worker {
    pub(crate) fn env(mut self, name: &str, value: &str) -> Worker {
        self.command.env(name, value);
        self
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn start(mut self) -> Running {
        let mut child = self
            .command
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the worker starts");
        let stderr = BufReader::new(child.stderr.take().expect("it is piped"));
        Running { child, stderr, folder: self.folder, lines: Vec::new() }
    }

    /// Runs it to its end.
    pub(crate) fn run(self) -> Ended {
        self.start().end()
    }

    /// Runs it to its end: exit code, stdout, stderr, termination message.
    pub(crate) fn output(mut self) -> (Option<i32>, String, String, Option<Value>) {
        let output = self.command.stdin(Stdio::null()).output().expect("the worker starts");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        (output.status.code(), text(output.stdout), text(output.stderr), told(self.folder.path()))
    }
}

impl Running {
    /// Reads on to the next line with this message.
    pub(crate) fn line(&mut self, message: &str) -> Line {
        loop {
            match self.next() {
                None => panic!("the log ended before {message:?}: {:#?}", self.lines),
                Some(line) if line["message"] == message => return line,
                Some(_) => {}
            }
        }
    }

    fn next(&mut self) -> Option<Line> {
        let mut text = String::new();
        self.stderr.read_line(&mut text).expect("the log can be read");
        if text.is_empty() {
            return None;
        }
        let mut line: Line =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text}"));
        for changing in ["timestamp", "elapsed_ms"] {
            line.remove(changing);
        }
        self.lines.push(line.clone());
        Some(line)
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("the worker is there");
    }

    /// Signals it again and again until it has ended; as [`Running::end`].
    pub(crate) fn signal_until_it_ends(mut self, signal: Signal) -> Ended {
        while self.child.try_wait().expect("it can be waited for").is_none() {
            self.signal(signal);
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        self.end()
    }

    /// Reads the log to its end and waits for the worker's.
    pub(crate) fn end(mut self) -> Ended {
        while self.next().is_some() {}
        let code = self.child.wait().expect("the worker ends").code();
        Ended { code, lines: std::mem::take(&mut self.lines), told: told(self.folder.path()) }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Where a test failed halfway; a worker that has been waited for is left alone.
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

impl Ended {
    pub(crate) fn messages(&self) -> Vec<&str> {
        self.lines.iter().map(|line| line["message"].as_str().expect("a message")).collect()
    }

    pub(crate) fn last(&self) -> Value {
        Value::Object(self.lines.last().expect("at least one line").clone())
    }
}

fn told(folder: &Path) -> Option<Value> {
    let mut text = String::new();
    std::fs::File::open(folder.join("told")).ok()?.read_to_string(&mut text).expect("UTF-8");
    if text.is_empty() {
        return None;
    }
    let mut value: Value = serde_json::from_str(&text).expect("JSON");
    let seconds = value.as_object_mut().expect("an object").remove("seconds");
    assert!(seconds.is_some_and(|seconds| seconds.is_f64()), "{text}");
    Some(value)
}
