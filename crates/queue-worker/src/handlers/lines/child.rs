//! A running `--lines` child: its pipes, what comes out of them, and its end.

use std::{
    ffi::OsString,
    io,
    ops::Range,
    process::ExitStatus,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    process::{ChildStderr, ChildStdin, ChildStdout},
    time::timeout,
};
use worker_runtime::{
    Shutdown,
    child::{AsyncChild, Guardian},
};

use super::exchange::is_answer;
use crate::handlers::{first_ends::FirstEnds, start::StartError, words::Words};

/// How long to read a dead child's pipes: a process that it left behind may hold them open.
const DRAIN: Duration = Duration::from_millis(200);
/// Bytes read at once.
const BUFFER: usize = 64 * 1024;

/// How children are started, and how long they are given.
#[derive(Clone, Debug)]
pub struct LinesSettings {
    /// Program and arguments.
    pub command: Vec<OsString>,
    /// Time for one task.
    pub timeout: Duration,
    /// Bytes of a result, as it is written; a task that gives more fails.
    pub max_output: usize,
    /// How long a child may take to end after the last task, first at the end of its stdin, then
    /// after SIGTERM.
    pub farewell: Duration,
    /// The same for a child whose task no longer belongs to this worker.
    pub hasty_farewell: Duration,
    /// Bounds both.
    pub shutdown: Shutdown,
    /// Whether the command is there.
    pub first_ends: FirstEnds,
    /// Whether a task may be given to one child only, so that those which a child has when it dies
    /// have failed with it.
    pub once: bool,
    /// Whether a task's line says which queue it is of.
    pub names_queue: bool,
    /// Ends the children of a worker that is killed.
    pub guardian: Guardian,
}

/// A running child, its pipes and the output read so far.
pub(super) struct Child {
    process: AsyncChild,
    stdin: Option<ChildStdin>,
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
    /// What is to be written.
    unsent: Vec<u8>,
    /// Bytes read from stdout that do not form a whole line yet.
    pub(super) lines: Vec<u8>,
    /// Bytes of `lines` that were handed out as whole lines.
    used: usize,
    /// Bytes of `lines` already searched for a line end.
    searched: usize,
    /// The longest line that may come.
    longest: usize,
    pub(super) stderr_words: Words,
    pub(super) stdout_words: Words,
    /// Answers that it has given.
    pub(super) answers: u64,
    pub(super) started: Instant,
}

/// Something happened to a child.
pub(super) enum Event {
    /// Something was written or said; look for lines.
    Stirred,
    /// It has ended.
    Ended(ExitStatus),
    /// It has closed a pipe, although it is still running.
    Closed(&'static str),
}

/// A line is longer than any answer may be: so many bytes have come of it.
pub(super) struct TooLong(pub(super) usize);

/// How a child ended after it was asked to.
pub(super) enum Farewell {
    /// By itself, once its stdin had ended.
    AtEof(ExitStatus),
    /// By SIGTERM.
    Terminated,
    /// By SIGKILL.
    Killed,
}

impl Child {
    pub(super) fn start(settings: &LinesSettings) -> Result<Child, StartError> {
        let mut process = AsyncChild::start(&settings.command, &[], &settings.guardian)
            .map_err(|error| StartError::new(&settings.command[0], &error))?;
        let (stdin, stdout, stderr) = process.streams();
        // Each character of a result may have been written as \u and four digits.
        let longest = settings.max_output.saturating_mul(6).saturating_add(4096);
        Ok(Child {
            process,
            stdin: Some(stdin),
            stdout: Some(stdout),
            stderr: Some(stderr),
            unsent: Vec::new(),
            lines: Vec::with_capacity(BUFFER),
            used: 0,
            searched: 0,
            longest,
            stderr_words: Words::watching("stderr", is_answer),
            stdout_words: Words::cutting("stdout"),
            answers: 0,
            started: Instant::now(),
        })
    }

    /// Queues a line, which is written as soon as the child reads.
    pub(super) fn send(&mut self, line: &[u8]) {
        self.unsent.extend_from_slice(line);
    }

    /// Waits for the next event. Cancelling loses nothing.
    pub(super) async fn event(&mut self, task: Option<&str>) -> Event {
        let mut said = [0; 4096];
        tokio::select! {
            biased;
            written = write(&mut self.stdin, &self.unsent), if !self.unsent.is_empty()
                => match written {
                Ok(written) => {
                    self.unsent.drain(..written);
                    Event::Stirred
                }
                Err(_) => self.closed("stdin").await,
            },
            read = read(&mut self.stdout, &mut self.lines) => match read {
                Ok(1..) => Event::Stirred,
                _ => {
                    self.stdout = None;
                    self.closed("stdout").await
                }
            },
            heard = hear(&mut self.stderr, &mut said) => {
                match heard {
                    Ok(read @ 1..) => self.stderr_words.hear(&said[..read], task),
                    _ => self.stderr = None,
                }
                Event::Stirred
            }
            status = self.process.wait() => match status {
                Ok(status) => Event::Ended(status),
                Err(_) => Event::Closed("its end cannot be learnt"),
            },
        }
    }

    /// A child's pipes are closed a moment before its exit status is available.
    async fn closed(&mut self, pipe: &'static str) -> Event {
        match timeout(DRAIN, self.process.wait()).await {
            Ok(Ok(status)) => Event::Ended(status),
            _ if pipe == "stdin" => Event::Closed("the handler's child closed its stdin"),
            _ => Event::Closed("the handler's child closed its stdout"),
        }
    }

    /// Where in `lines` the next whole line is; an error if the unfinished line is already longer
    /// than any line may be.
    pub(super) fn next_line(&mut self) -> Result<Option<Range<usize>>, TooLong> {
        let from = self.used.max(self.searched);
        if let Some(length) = memchr::memchr(b'\n', &self.lines[from..]) {
            let line = self.used..from + length;
            self.used = line.end + 1;
            self.searched = self.used;
            return Ok(Some(line));
        }
        self.lines.drain(..self.used);
        self.used = 0;
        self.searched = self.lines.len();
        if self.lines.len() > self.longest { Err(TooLong(self.lines.len())) } else { Ok(None) }
    }

    /// Kills whatever a dead child left behind and reads what the child had written.
    pub(super) async fn drain(&mut self, task: Option<&str>) {
        self.process.kill();
        let _ = timeout(DRAIN, async {
            while self.stdout.is_some() || self.stderr.is_some() {
                let mut said = [0; 4096];
                tokio::select! {
                    biased;
                    read = read(&mut self.stdout, &mut self.lines) => {
                        if !matches!(read, Ok(1..)) || self.lines.len() > 2 * self.longest {
                            self.stdout = None;
                        }
                    }
                    heard = hear(&mut self.stderr, &mut said) => match heard {
                        Ok(read @ 1..) => self.stderr_words.hear(&said[..read], task),
                        _ => self.stderr = None,
                    },
                }
            }
        })
        .await;
        self.stderr_words.end_line(task);
    }

    /// Ends the child in steps so that it can flush its buffers: end of stdin, then SIGTERM after
    /// two thirds of `time`, then SIGKILL.
    pub(super) async fn end(mut self, time: Duration) -> (Farewell, Words) {
        self.stdin = None;
        let group = self.process.group();
        let farewell = match timeout(time * 2 / 3, self.rest()).await {
            Ok(Some(status)) => Farewell::AtEof(status),
            _ => {
                let ended = match group {
                    Some(group) => group.end(time / 3, self.rest()).await,
                    // It was killed before.
                    None => timeout(time / 3, self.rest()).await.ok(),
                };
                match ended {
                    Some(Some(_)) => Farewell::Terminated,
                    _ => Farewell::Killed,
                }
            }
        };
        self.drain(None).await;
        self.say_rest();
        self.stdout_words.end_line(None);
        if let Farewell::Killed = farewell {
            // Reaps it.
            let _ = timeout(DRAIN, self.process.wait()).await;
        }
        (farewell, self.stderr_words)
    }

    /// Reads until it has ended; nothing that it writes now counts as an answer.
    async fn rest(&mut self) -> Option<ExitStatus> {
        loop {
            match self.event(None).await {
                Event::Stirred => self.say_rest(),
                Event::Ended(status) => return Some(status),
                Event::Closed(_) => return self.process.wait().await.ok(),
            }
        }
    }

    fn say_rest(&mut self) {
        let said = std::mem::take(&mut self.lines);
        self.stdout_words.hear(&said[self.used.min(said.len())..], None);
        (self.used, self.searched) = (0, 0);
        self.unsent.clear();
    }
}

async fn write(stdin: &mut Option<ChildStdin>, bytes: &[u8]) -> io::Result<usize> {
    match stdin {
        Some(stdin) => stdin.write(bytes).await,
        None => std::future::pending().await,
    }
}

async fn read(stdout: &mut Option<ChildStdout>, buffer: &mut Vec<u8>) -> io::Result<usize> {
    match stdout {
        Some(stdout) => {
            buffer.reserve(BUFFER);
            stdout.read_buf(buffer).await
        }
        None => std::future::pending().await,
    }
}

async fn hear(stderr: &mut Option<ChildStderr>, buffer: &mut [u8]) -> io::Result<usize> {
    match stderr {
        Some(stderr) => stderr.read(buffer).await,
        None => std::future::pending().await,
    }
}
