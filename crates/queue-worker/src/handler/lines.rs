//! One long-lived child for many tasks: a line in, a line out, matched by order.

use std::{
    ffi::OsString,
    future::poll_fn,
    pin::Pin,
    task::Poll,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncBufRead as _, AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    process::{ChildStderr, ChildStdin, ChildStdout},
    time::{sleep, timeout_at},
};
use tracing::warn;

use super::{
    Outcome, Output,
    process::{Group, StartError, Tail, ended, failure},
};
use crate::{connection::delay, protocol::Task};

const RESTART_BASE: Duration = Duration::from_millis(100);
const RESTART_CAP: Duration = Duration::from_secs(10);
/// Time for a dead child's last words.
const DRAIN: Duration = Duration::from_millis(200);

/// What is said of a child whose answers can no longer be matched.
const SURPLUS: &str = "a line on stdout that no task had asked for (--lines wants one for each task), killed";

/// A command that is kept running.
#[derive(Debug)]
pub struct Lines {
    command: Vec<OsString>,
    timeout: Duration,
    max_output: usize,
    running: Option<Running>,
    /// Deaths since the last answer.
    deaths: u32,
    /// Tasks that were with a child when it died: they are given out one by one, until the one that kills is known.
    suspects: usize,
}

#[derive(Debug)]
struct Running {
    group: Group,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    stderr: ChildStderr,
    tail: Tail,
}

/// What became of a batch: the first tasks have outcomes, the others were not begun or cannot be told apart.
pub(crate) struct Answered {
    pub(crate) outcomes: Vec<(Outcome, Duration)>,
}

enum Trouble {
    Died,
    Surplus,
    Silent,
    TooLong,
}

impl Lines {
    /// A command that is started at the first task.
    #[must_use]
    pub fn new(command: Vec<OsString>, timeout: Duration, max_output: usize) -> Lines {
        Lines { command, timeout, max_output, running: None, deaths: 0, suspects: 0 }
    }

    /// The largest batch that still tells which task is to blame.
    pub(crate) fn batch(&self) -> usize {
        if self.suspects > 0 { 1 } else { usize::MAX }
    }

    /// Gives a batch to the child and reads the answers into `answered`, which keeps what was answered when this
    /// future is dropped. A child that was left in the middle of a batch must be dropped with [`Lines::abandon`].
    ///
    /// # Errors
    ///
    /// When the program cannot be started.
    pub(crate) async fn handle(&mut self, tasks: &[Task], answered: &mut Answered) -> Result<(), StartError> {
        // A line break inside a task would be two tasks to the child.
        let lines = tasks.iter().take_while(|task| !task.payload.contains(&b'\n')).count();
        let batch = lines.min(self.batch());
        if batch == 0 {
            if let Some(task) = tasks.first() {
                let size = task.payload.len();
                let outcome = Outcome::hopeless(
                    "rejected",
                    format!("{size} bytes with a line break cannot be one line for --lines"),
                );
                answered.outcomes.push((outcome, Duration::ZERO));
            }
            return Ok(());
        }
        let running = match &mut self.running {
            Some(running) => running,
            None => {
                if self.deaths > 0 {
                    sleep(delay(RESTART_BASE, RESTART_CAP, self.deaths - 1, rand::random())).await;
                }
                self.running.insert(Running::start(&self.command)?)
            }
        };
        let trouble = running.exchange(&tasks[..batch], self.timeout, self.max_output, answered).await;
        let done = answered.outcomes.len();
        self.suspects = self.suspects.saturating_sub(done);
        if done > 0 {
            self.deaths = 0;
        }
        let Err(trouble) = trouble else { return Ok(()) };
        let how = match trouble {
            Trouble::Died => running.ended().await,
            Trouble::Silent => format!("no answer within --task-timeout ({} s), killed", self.timeout.as_secs_f64()),
            Trouble::Surplus => SURPLUS.to_owned(),
            Trouble::TooLong => format!("an answer longer than --max-output ({} bytes), killed", self.max_output),
        };
        let error = failure(&how, &running.tail);
        self.abandon();
        self.deaths += 1;
        let left = batch - done;
        warn!(error = %error.escape_ascii(), tasks = left, "the handler's child is gone with tasks in hand");
        // It may have read ahead: only a task that was with it alone is surely the one.
        if left == 1 {
            answered.outcomes.push((Outcome::Failed { error }, Duration::ZERO));
            self.suspects = self.suspects.saturating_sub(1);
        } else {
            self.suspects = left;
        }
        Ok(())
    }

    /// Kills the child: its answers could no longer be matched.
    pub(crate) fn abandon(&mut self) {
        self.running = None;
    }
}

impl Running {
    fn start(command: &[OsString]) -> Result<Running, StartError> {
        let mut group = Group::start(command, &[])?;
        Ok(Running {
            stdin: group.child.stdin.take().expect("stdin is a pipe"),
            stdout: BufReader::with_capacity(64 * 1024, group.child.stdout.take().expect("stdout is a pipe")),
            stderr: group.child.stderr.take().expect("stderr is a pipe"),
            tail: Tail::default(),
            group,
        })
    }

    async fn exchange(
        &mut self,
        tasks: &[Task],
        timeout: Duration,
        max_output: usize,
        answered: &mut Answered,
    ) -> Result<(), Trouble> {
        // What was left over would be taken for the answer to the next task, and so on for ever.
        if is_readable(&mut self.stdout).await {
            return Err(Trouble::Surplus);
        }
        let mut input = Vec::with_capacity(tasks.iter().map(|task| task.payload.len() + 1).sum());
        for task in tasks {
            input.extend_from_slice(&task.payload);
            input.push(b'\n');
        }
        let stdin = &mut self.stdin;
        let write = async move {
            // A child that has died is noticed by the reader.
            let _ = stdin.write_all(&input).await;
            std::future::pending::<()>().await;
        };
        let stdout = &mut self.stdout;
        let before = answered.outcomes.len();
        let read = async move {
            let mut last = Instant::now();
            for _ in tasks {
                let mut line = Vec::new();
                match timeout_at((last + timeout).into(), read_line(stdout, &mut line, max_output)).await {
                    Err(_) => return Err(Trouble::Silent),
                    Ok(Err(trouble)) => return Err(trouble),
                    Ok(Ok(())) => {}
                }
                let now = Instant::now();
                answered.outcomes.push((Outcome::Done(Output::Bytes(line)), now - last));
                last = now;
            }
            if is_readable(stdout).await {
                // Which of these lines was one too many?
                answered.outcomes.truncate(before);
                return Err(Trouble::Surplus);
            }
            Ok(())
        };
        let follow = async {
            self.tail.follow(&mut self.stderr).await;
            std::future::pending::<()>().await;
        };
        tokio::select! {
            answer = read => answer,
            () = write => Ok(()),
            () = follow => Ok(()),
        }
    }

    /// How the child ended, after its last words.
    async fn ended(&mut self) -> String {
        let _ = tokio::time::timeout(DRAIN, self.tail.follow(&mut self.stderr)).await;
        match tokio::time::timeout(DRAIN, self.group.child.wait()).await {
            Ok(Ok(status)) => format!("the handler's child ended ({})", ended(status)),
            _ => "the handler's child closed its stdout".to_owned(),
        }
    }
}

/// Whether the child has written something that nobody has read yet.
async fn is_readable(stdout: &mut BufReader<ChildStdout>) -> bool {
    poll_fn(|context| {
        let filled = Pin::new(&mut *stdout).poll_fill_buf(context);
        Poll::Ready(matches!(filled, Poll::Ready(Ok(bytes)) if !bytes.is_empty()))
    })
    .await
}

/// Reads a line without its break, at most `most` bytes long.
async fn read_line(stdout: &mut BufReader<ChildStdout>, line: &mut Vec<u8>, most: usize) -> Result<(), Trouble> {
    loop {
        let buffer = stdout.fill_buf().await.map_err(|_| Trouble::Died)?;
        if buffer.is_empty() {
            return Err(Trouble::Died);
        }
        let (part, used) = match memchr::memchr(b'\n', buffer) {
            Some(end) => (&buffer[..end], end + 1),
            None => (buffer, buffer.len()),
        };
        if line.len() + part.len() > most {
            return Err(Trouble::TooLong);
        }
        line.extend_from_slice(part);
        let ended = used > part.len();
        stdout.consume(used);
        if ended {
            if line.last() == Some(&b'\r') {
                line.pop();
            }
            return Ok(());
        }
    }
}
