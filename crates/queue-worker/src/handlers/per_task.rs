//! One process a task: payload on stdin, result on stdout, the exit code is the verdict.

use std::{ffi::OsString, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    process::ChildStderr,
    sync::Notify,
    time::{sleep, timeout},
};
use worker_runtime::child::{AsyncChild, Guardian};

use super::{
    first_ends::FirstEnds,
    outcome::{CANCELLED, Outcome, Output},
    start::{StartError, Waiting, ended},
    trace::traceparent,
    words::Words,
};

/// Exit code of a handler for a task that can never be done (`EX_DATAERR` of sysexits).
const DATA_ERROR: i32 = 65;
/// Time for a dead child's pipes to be read to their end; a grandchild may hold them open.
const DRAIN: Duration = Duration::from_millis(500);
/// Time between the SIGTERM and the SIGKILL that end a task which takes too long.
const LAST_MOMENT: Duration = Duration::from_secs(2);

/// A command run once a task.
#[derive(Clone, Debug)]
pub struct PerTask {
    /// Program and arguments.
    pub command: Vec<OsString>,
    /// Time for one task.
    pub timeout: Duration,
    /// Bytes of stdout that are a result; a task that writes more fails.
    pub max_output: usize,
    /// Whether the command is there.
    pub first_ends: FirstEnds,
    /// Ends the children of a worker that is killed.
    pub guardian: Guardian,
}

impl PerTask {
    /// Runs the command on one task. Dropping the future kills the process group.
    ///
    /// # Errors
    ///
    /// When the program cannot be started, or starts and does not find what it is to run.
    pub(crate) async fn handle(
        &self,
        payload: &[u8],
        id: &str,
        attempt: u32,
        queue: &str,
        cancelled: impl Future<Output = ()>,
    ) -> Result<Outcome, StartError> {
        tokio::pin!(cancelled);
        tokio::select! {
            biased;
            () = &mut cancelled => return Ok(Outcome::cancelled()),
            () = std::future::ready(()) => {}
        }
        let mut is_cancelled = false;
        let mut variables = vec![
            ("TASK_ID", id.to_owned()),
            ("TASK_ATTEMPT", attempt.to_string()),
            ("TASK_QUEUE", queue.to_owned()),
        ];
        variables.extend(traceparent(payload).map(|parent| ("TRACEPARENT", parent)));
        let mut child = self.start(&variables).await?;
        let group = child.group();
        let (mut stdin, mut stdout, mut stderr) = child.streams();
        let mut words = Words::new("stderr");
        let mut output = Vec::new();
        let mut limited = (&mut stdout).take(self.max_output as u64 + 1);

        let status = {
            // A child that does not read its stdin breaks the pipe: its exit code judges, not that.
            let write = async {
                let _ = stdin.write_all(payload).await;
                drop(stdin);
            };
            let flooded = Notify::new();
            let read = async {
                let _ = limited.read_to_end(&mut output).await;
                if output.len() > self.max_output {
                    flooded.notify_one();
                }
            };
            let pipes = async { tokio::join!(write, read, follow(&mut stderr, &mut words, id)) };
            tokio::pin!(pipes);
            let wait = async {
                let mut piped = false;
                loop {
                    tokio::select! {
                        status = child.wait() => break (Some(status), piped),
                        () = flooded.notified() => break (None, piped),
                        _ = &mut pipes, if !piped => piped = true,
                    }
                }
            };
            let ended = {
                tokio::pin!(wait);
                let ended = tokio::select! {
                    ended = timeout(self.timeout, &mut wait) => ended.ok(),
                    () = &mut cancelled => {
                        is_cancelled = true;
                        None
                    }
                };
                if let (None, Some(group)) = (&ended, group) {
                    group.end(LAST_MOMENT, wait).await;
                }
                ended
            };
            // Whatever the child left behind must not outlive its task, nor hold the pipes.
            child.kill();
            match ended {
                Some((Some(status), true)) => Some(status),
                Some((Some(status), false)) => {
                    let _ = timeout(DRAIN, &mut pipes).await;
                    Some(status)
                }
                Some((None, _)) | None => None,
            }
        };
        words.end_line(Some(id));
        if status.is_none() {
            // Reaps the killed child.
            let _ = timeout(DRAIN, child.wait()).await;
        }
        if output.len() > self.max_output {
            return Ok(Outcome::failed(format!(
                "the output is longer than --max-output ({} bytes)",
                self.max_output
            )));
        }
        if let Some(Ok(status)) = status {
            let program = self.command[0].to_string_lossy();
            self.first_ends.look(&program, status, |how| words.after(how))?;
        }
        Ok(match status {
            None if is_cancelled => {
                Outcome::Hopeless { reason: CANCELLED, error: words.after("cancelled") }
            }
            None => {
                let how = format!(
                    "no end within --task-timeout ({} s), killed",
                    self.timeout.as_secs_f64()
                );
                Outcome::Failed { error: words.after(&how) }
            }
            Some(Err(error)) => Outcome::failed(format!("its end cannot be learnt: {error}")),
            Some(Ok(status)) if status.success() => Outcome::Done(Output::Bytes(output)),
            Some(Ok(status)) if status.code() == Some(DATA_ERROR) => {
                Outcome::Hopeless { reason: "rejected", error: words.after("exit 65") }
            }
            Some(Ok(status)) => Outcome::Failed { error: words.after(&ended(status)) },
        })
    }

    /// Starts the command as soon as there is room for a process.
    async fn start(&self, variables: &[(&str, String)]) -> Result<AsyncChild, StartError> {
        let mut waiting = Waiting::default();
        loop {
            match AsyncChild::start(&self.command, variables, &self.guardian) {
                Ok(child) => {
                    waiting.is_over();
                    return Ok(child);
                }
                Err(error) => {
                    let error = StartError::new(&self.command[0], &error);
                    sleep(waiting.after(error)?).await;
                }
            }
        }
    }
}

/// Reads what is said to its end. Cancelling loses nothing that was read.
async fn follow(stderr: &mut ChildStderr, words: &mut Words, task: &str) {
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = stderr.read(&mut buffer).await {
        words.hear(&buffer[..read], Some(task));
    }
}
