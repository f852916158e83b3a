//! `exec`: any program becomes an Indexed Job. The partition on its standard input, the result from
//! its standard output.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::process::{ChildStdin, ChildStdout};
use std::time::{Duration, Instant};

use job_files::{BINARY, GATHER, InputFile, MANIFEST_NAME, Output, Publication, Work, blake3};
use object_storage::Storage;
use tokio::runtime::Handle;
use worker_runtime::child::ProcessGroup;
use worker_runtime::{Outcome, Pod, Progress, Report, Shutdown, on_blocking_thread};

use crate::already_done::already_done;
use crate::cli;
use crate::error::Error;
use crate::feed::{ANY_LENGTH, Feed, ProgramInput, Records, give_lines};
use crate::header::Reading;
use crate::output_version;
use crate::overlap;
use crate::partition::{Input, Partition, folder, share};
use crate::program::{self, log_stderr};
use crate::program_files::{Kind, files_of};
use crate::summary::{NOT_TOLD, SUMMARY_NAME, Summary};

/// What is left of the grace period for cleaning up after a program that does not end when asked.
const RESERVE: Duration = Duration::from_secs(1);

/// What a finished partition was held against, for people who wonder why their change made no
/// difference.
const COMPARED: &str = "; compared were the input, the command line and the files that it names: \
                        after a change of anything else, such as a module, a service or an \
                        environment variable, give --force, or name it by --depends-on or \
                        --depends-on-env";

/// How long after the program's end its output may stay open without a word.
const HELD: Duration = Duration::from_secs(5);

struct Job {
    args: cli::Exec,
    /// How records are read; `None` where the program gets lines or whatever it may be.
    reading: Option<Reading>,
    partition: Partition,
    work: Work,
    storage: Storage,
    publication: Publication,
    pod: Pod,
}

/// Runs `exec` for the partition that this pod is.
pub(crate) async fn run(args: cli::Exec, pod: Pod) -> Result<Report, Error> {
    let identity = share(&args.identity, &args.partition.input)?;
    pod.assume(identity);
    let (index, partitions) = (identity.index, identity.count.unwrap_or(NOT_TOLD));
    let reading = args.reading()?;
    check_output_name(&args.output_name)?;
    let input = Input::parse(&args.partition.input, args.partition.split, partitions)?;
    let name = format!("{}{}", args.output_name, args.partition.compress.suffix());
    overlap::refuse(&input, &args.partition.output, &[&name, SUMMARY_NAME])?;
    let storage = Storage::new(&args.storage);
    let found = {
        let storage = storage.clone();
        pod.blocking_unless_stopped(move || input.find(&storage, index, partitions)).await
    };
    let partition = found.ok_or(Error::Stopped)??;
    overlap::refuse_found(&partition.sources, &args.partition.output)?;
    tracing::info!(
        files = partition.sources.len(),
        size_bytes = partition.size(),
        "partition found"
    );
    let work = Work {
        command: "exec".to_owned(),
        output_version: output_version::EXEC,
        index,
        partitions,
        settings: settings(&args, &partition)?,
        input: Vec::new(),
    };
    let publication =
        Publication::new(storage.clone(), folder(&args.partition.output, index)?, pod.about);
    let job = Job { args, reading, partition, work, storage, publication, pod: pod.clone() };
    let looked = pod.blocking_unless_stopped(move || (job.already_done(), job)).await;
    match looked.ok_or(Error::Stopped)? {
        (Ok(None), job) => on_blocking_thread(move || job.run_and_close()).await,
        (Ok(Some(report)), _) => Ok(report),
        (Err(error), _) => Err(error),
    }
}

impl cli::Exec {
    /// How records are read, where they are: a header says that the input has records.
    fn reading(&self) -> Result<Option<Reading>, Error> {
        let dialect = self.cells.dialect(true).map_err(Error::Setting)?;
        let longest_record = self.max_record_size as usize;
        Ok(self.header.then_some(Reading { dialect, longest_record, utf8: false }))
    }
}

/// The worker's own files are not the program's to write, and names that begin with `_` or `.` are
/// passed over by whoever reads the folder, this worker among them.
fn check_output_name(name: &str) -> Result<(), Error> {
    let hidden = name.split('/').any(|part| part.starts_with(['_', '.']));
    if hidden || name.eq_ignore_ascii_case(SUMMARY_NAME) {
        return Err(Error::Setting(format!(
            "--output-name {name:?} cannot be the program's output: {SUMMARY_NAME} and \
             {MANIFEST_NAME} are the worker's own, and names that begin with _ or . are hidden \
             from readers; give another name"
        )));
    }
    Ok(())
}

/// What the result depends on, as far as it can be known.
fn settings(args: &cli::Exec, partition: &Partition) -> Result<BTreeMap<String, String>, Error> {
    let mut settings = partition.settings();
    let program =
        serde_json::to_string(&args.program).expect("a list of strings always has a JSON form");
    settings.insert("program".to_owned(), program);
    // The variables are the program's, which is found by PATH and given all of them; none is a
    // setting of the worker's own.
    let variable = |name: &str| std::env::var_os(name).map(|value| value.into_encoded_bytes());
    let path = variable("PATH").unwrap_or_default();
    let files = files_of(&args.program, &args.depends_on, &String::from_utf8_lossy(&path))
        .map_err(Error::DependsOn)?;
    for (name, file) in files {
        let kind = match file.kind {
            Kind::Binary => BINARY,
            Kind::File => "file",
        };
        settings.insert(format!("{kind} {name}"), file.hash);
    }
    for name in &args.depends_on_env {
        // A value may be a secret, and the manifest is for everybody who reads the output.
        let value = variable(name).map_or("not set".to_owned(), |value| blake3(&value));
        settings.insert(format!("variable {name}"), value);
    }
    settings.insert("output_name".to_owned(), args.output_name.clone());
    settings.insert("header".to_owned(), args.header.to_string());
    if args.header {
        settings.extend(args.cells.settings());
        settings.insert("max_record_size".to_owned(), args.max_record_size.to_string());
    }
    settings.insert("compress".to_owned(), args.partition.compress.as_str().to_owned());
    Ok(settings)
}

impl Job {
    /// The report of an earlier run that has done the same.
    fn already_done(&self) -> Result<Option<Report>, Error> {
        if self.args.partition.force {
            return Ok(None);
        }
        let longest_record =
            self.reading.map_or(ANY_LENGTH, |reading| reading.longest_record as u64);
        already_done(
            &self.storage,
            &self.publication,
            &self.work,
            &self.partition,
            longest_record,
            COMPARED,
        )
    }

    fn run_and_close(self) -> Result<Report, Error> {
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
        let (fed, read, said, ended) = std::thread::scope(|threads| {
            let feeder = threads.spawn(|| {
                let fed = self.feed(stdin, &progress);
                if fed.as_ref().is_err_and(|error| !matches!(error, Error::Stopped)) {
                    // Half an input must not become a result. Asked to stop, the program has its
                    // grace period first, and nothing of it is published.
                    group.kill();
                }
                fed
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
        // The storage's error is the cause where there is one; the program only suffered from it.
        let (input_bytes, input) = fed?;
        let output_bytes = read?;
        ended.map_err(|error| match error {
            Error::Program { program, how, exit, .. } => {
                Error::Program { program, how, said, exit }
            }
            error => error,
        })?;

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
    fn feed(&self, stdin: ChildStdin, progress: &Progress) -> Result<(u64, Vec<InputFile>), Error> {
        let mut stdin = ProgramInput::new(stdin);
        let mut write = |bytes: &[u8]| {
            if self.pod.shutdown.is_requested() {
                return Err(Error::Stopped);
            }
            stdin.write(bytes)
        };
        let mut feed = Feed::new(&mut write);
        let one_line = self.args.partition.split == cli::Split::Bytes;
        let mut records = self.reading.map(|reading| Records::new(reading, one_line));
        let mut input = Vec::new();
        for source in &self.partition.sources {
            input.push(match &mut records {
                Some(records) => records.give(&self.storage, source, progress, &mut feed)?,
                None => give_lines(&self.storage, source, progress, &mut feed)?,
            });
        }
        Ok((feed.given(), input))
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

/// The program has ended, and with it all of its process group. What it started in a session of its
/// own (a daemon) may hold its output open, and may still write to it: nothing can be published
/// before that ends.
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
