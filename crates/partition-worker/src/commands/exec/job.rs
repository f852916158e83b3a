//! The program with the partition on its standard input, and the result from its standard output.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::process::{ChildStdin, ChildStdout};
use std::time::{Duration, Instant};

use job_files::{GATHER, InputFile, Output, Publication, Work};
use object_storage::Storage;
use tokio::runtime::Handle;
use worker_runtime::child::ProcessGroup;
use worker_runtime::{Exit, Outcome, Pod, Progress, Report, Shutdown, WorkerError as _};

use super::feed::Feed;
use super::line_feed::{ANY_LENGTH, give_lines};
use super::program::{self, log_stderr};
use super::program_input::{GivenInput, ProgramInput};
use super::record_feed::RecordFeed;
use crate::cli;
use crate::error::Error;
use crate::partition::{Partition, Reading, already_done};
use crate::summary::{NOT_TOLD, Summary};

/// The part of the grace period that is kept for cleaning up after a program that does not end when
/// asked.
const RESERVE: Duration = Duration::from_secs(1);

/// What a finished partition was compared with, for people who wonder why their change made no
/// difference.
const COMPARED: &str = "; compared were the input, the command line and the files that it names: \
                        after a change of anything else, such as a module, a service or an \
                        environment variable, give --force, or name it by --depends-on or \
                        --depends-on-env";

/// How long the output may stay open after the program's end before that is logged.
const HELD: Duration = Duration::from_secs(5);

/// All that is known before the program is started.
pub(super) struct ExecJob {
    pub(super) args: cli::Exec,
    /// How records are read; `None` if the program gets lines, or bytes as they are.
    pub(super) reading: Option<Reading>,
    pub(super) partition: Partition,
    pub(super) work: Work,
    pub(super) storage: Storage,
    pub(super) publication: Publication,
    pub(super) pod: Pod,
}

impl ExecJob {
    /// The report of an earlier run that has done the same.
    pub(super) fn already_done(&self) -> Result<Option<Report>, Error> {
        if self.args.partition.force {
            self.publication.withdraw_by_force()?;
            return Ok(None);
        }
        let longest_record =
            self.reading.as_ref().map_or(ANY_LENGTH, |reading| reading.longest_record as u64);
        already_done(
            &self.storage,
            &self.publication,
            &self.work,
            &self.partition,
            longest_record,
            COMPARED,
        )
    }

    /// Runs the program and publishes its result.
    pub(super) fn run_and_close(self) -> Result<Report, Error> {
        let storage = self.storage.clone();
        let report = self.run();
        storage.close();
        report
    }

    fn run(mut self) -> Result<Report, Error> {
        let runtime = Handle::current();
        let began = Instant::now();
        let at = self.publication.folder();
        let mut output = Output::create(
            &self.storage,
            at,
            &self.args.output_name,
            self.args.partition.compress,
        )?;
        let mut variables = vec![("JOB_COMPLETION_INDEX", self.work.index.to_string())];
        if self.work.partitions != NOT_TOLD {
            variables.push(("TOTAL_PARTITIONS", self.work.partitions.to_string()));
        }
        let mut program = program::start(&self.args.program, &variables)?;
        let stopping = runtime.spawn(stop_when_asked(self.pod.shutdown.clone(), program.group()));
        let (stdin, stdout, stderr) = program.streams();
        let progress = self.pod.progress("bytes", Some(self.partition.size()));

        let group = program.group();
        let ((fed, mut given), read, said, ended) = std::thread::scope(|threads| {
            let feeder = threads.spawn(|| {
                let (fed, given) = self.feed(stdin, &progress);
                let ends_itself = |error: &Error| {
                    matches!(error, Error::UnreadInput { .. }) || error.exit() == Exit::Terminated
                };
                if fed.as_ref().is_err_and(|error| !ends_itself(error)) {
                    // Half an input must not become a result. Asked to stop, the program has its
                    // grace period first, and nothing of it is published.
                    group.kill();
                }
                (fed, given)
            });
            let logger = threads.spawn(|| log_stderr(stderr));
            let waiter = threads.spawn(|| {
                let ended = program::wait(program, &self.args.program[0]);
                (ended, runtime.spawn(tell_who_holds_the_output()))
            });
            let read = drain(stdout, &mut output);
            if read.is_err() {
                group.kill();
            }
            let said = join(logger);
            let (ended, held) = join(waiter);
            held.abort();
            (join(feeder), read, said, ended)
        });
        stopping.abort();
        progress.finish();
        // A program that was asked to stop may well exit 0 with half of its output written.
        if self.pod.shutdown.is_requested() {
            return Err(Error::Stopped);
        }
        let ended = ended.map_err(|error| match error {
            Error::Program { program, how, exit, .. } => {
                Error::Program { program, how, said, exit }
            }
            error => error,
        });
        let unread = given.read_of_more()?;
        // If the storage failed, that is the cause, and the program's failure follows from it. A
        // program that failed need not have read its input.
        let (input_bytes, input) = match fed {
            Err(Error::UnreadInput { .. }) => {
                ended?;
                return Err(self.unread_input(unread.unwrap_or(0)));
            }
            fed => fed?,
        };
        let output_bytes = read?;
        ended?;
        match unread {
            // Programs that take no input from there at all are as they should be.
            Some(0) if !self.args.allow_unread_input => tracing::warn!(
                "the program has read nothing of its input, and what it wrote is published: if it \
                 is a pipeline, did its first part fail (bash: set -o pipefail)? \
                 --allow-unread-input says that it is meant so"
            ),
            Some(read) if !self.args.allow_unread_input => return Err(self.unread_input(read)),
            Some(read) => {
                tracing::info!(read_bytes = read, "the program has not read its input to the end");
            }
            None => {}
        }

        self.work.input = input;
        let summary = Summary {
            command: self.work.command.clone(),
            index: self.work.index,
            partitions: self.work.partitions,
            input_bytes,
            records: None,
            over_max_rejected: None,
        };
        let counts: BTreeMap<String, u64> =
            [("input_bytes".to_owned(), input_bytes), ("output_bytes".to_owned(), output_bytes)]
                .into();
        let summary = summary.output(&self.storage, self.publication.folder())?;
        self.publication.commit(vec![output.finish()?, summary], self.work, counts.clone())?;
        tracing::info!(
            input_bytes,
            output_bytes,
            elapsed_ms = began.elapsed().as_millis() as u64,
            output = %self.publication.folder(),
            "partition published"
        );
        Ok(Report { counts, ..Report::new(Outcome::Done) })
    }

    /// Gives the partition to the program.
    fn feed(
        &self,
        stdin: ChildStdin,
        progress: &Progress,
    ) -> (Result<(u64, Vec<InputFile>), Error>, GivenInput) {
        let mut stdin = ProgramInput::new(stdin);
        let mut write = |bytes: &[u8]| {
            if self.pod.shutdown.is_requested() {
                return Err(Error::Stopped);
            }
            if stdin.write(bytes)? || self.args.allow_unread_input {
                return Ok(());
            }
            // One that reads nothing at all is let be.
            match stdin.read_until_it_stopped()? {
                0 => Ok(()),
                read => Err(self.unread_input(read)),
            }
        };
        let fed = self.feed_sources(Feed::new(&mut write), progress);
        (fed, stdin.end())
    }

    fn feed_sources(
        &self,
        mut feed: Feed<'_>,
        progress: &Progress,
    ) -> Result<(u64, Vec<InputFile>), Error> {
        let one_line = self.args.partition.split == cli::Split::Bytes;
        let reading = self.reading.clone();
        let mut records = reading.map(|reading| RecordFeed::new(reading, one_line));
        let mut input = Vec::new();
        for source in &self.partition.sources {
            input.push(match &mut records {
                Some(records) => records.give(&self.storage, source, progress, &mut feed)?,
                None => {
                    let args = &self.args;
                    let text = (args.encoding, args.partition.require_final_newline);
                    give_lines(&self.storage, source, text, progress, &mut feed)?
                }
            });
        }
        Ok((feed.given(), input))
    }

    fn unread_input(&self, read: u64) -> Error {
        Error::UnreadInput { program: self.args.program[0].clone(), read }
    }
}

/// Reads all of the program's output.
fn drain(mut stdout: ChildStdout, output: &mut Output) -> Result<u64, Error> {
    let mut gathered = Vec::with_capacity(2 * GATHER);
    let mut total = 0;
    loop {
        let count = stdout.by_ref().take(GATHER as u64).read_to_end(&mut gathered)?;
        total += count as u64;
        output.take(&mut gathered, count == 0)?;
        if count == 0 {
            return Ok(total);
        }
    }
}

/// Warns of an output that stays open. The program has ended, and with it its whole process group.
/// But what it started in another session (a daemon) may hold its output open and may still write
/// to it, so nothing can be published before that ends.
async fn tell_who_holds_the_output() {
    tokio::time::sleep(HELD).await;
    tracing::warn!(
        "the program has ended, and something that it started in another session still holds its \
         output open: the partition waits for that; let it end with the program, or start it with \
         >/dev/null"
    );
}

/// Passes SIGTERM on to the program, and ends it before the grace period does.
async fn stop_when_asked(shutdown: Shutdown, group: ProcessGroup) {
    shutdown.requested().await;
    let deadline = shutdown.deadline().unwrap_or_else(Instant::now);
    let time = deadline.saturating_duration_since(Instant::now()).saturating_sub(RESERVE);
    group.end(time, std::future::pending::<()>()).await;
}

fn join<T>(thread: std::thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
