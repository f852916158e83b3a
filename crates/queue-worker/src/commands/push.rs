//! `push`: appends tasks, in batches and in the order of the input.

use std::{
    cell::RefCell,
    io::{BufRead, BufReader, ErrorKind, Read},
    path::{Path, PathBuf},
    rc::Rc,
    time::{Duration, Instant},
};

use tokio::{
    sync::mpsc,
    task::{JoinHandle, spawn_blocking},
};
use tracing::{info, warn};
use worker_runtime::{Outcome, Pod, Progress, Report, Shutdown};

use super::{
    CommandError,
    arrivals::{Arrivals, Between},
    csv_quotes::Checked,
    eviction::{self, Eviction},
    open,
    text_check::{self, BYTE_ORDER_MARK},
    unique_key::unique_key,
};
use crate::{
    Queue, QueueError,
    cli::{Format, PushArgs},
    protocol::{Pushed, Pusher},
};

/// Batches that are cut ahead of the one on its way. What is ready by then goes in one call, so
/// that a slow network costs few round trips.
const AHEAD: usize = 3;
/// Tasks in a batch at most.
const BATCH_TASKS: usize = 1000;
/// Bytes in a batch at most, unless one task is larger.
const BATCH_BYTES: usize = 256 << 10;
/// How long a task may wait for others: a slow producer's tasks are in the queue while it thinks of
/// the next.
const FLUSH_AFTER: Duration = Duration::from_millis(100);
/// What is kept of the grace period for saying how far the push came.
const LAST_WORDS: Duration = Duration::from_millis(500);

const DOUBLES: &str = "a push that is tried again pushes them again, unless --unique or \
                       --unique-by says what is the same";

/// Tasks, with their keys where they must be unique.
#[derive(Default)]
struct Batch {
    payloads: Vec<Vec<u8>>,
    keys: Vec<Vec<u8>>,
    bytes: usize,
}

impl Batch {
    fn join(&mut self, mut other: Batch) {
        self.payloads.append(&mut other.payloads);
        self.keys.append(&mut other.keys);
        self.bytes += other.bytes;
    }
}

/// What became of the tasks that were read.
struct Totals {
    read: u64,
    /// Lines with nothing in them, which are no tasks.
    blank: u64,
    /// Whether a stop came before the end of the input.
    is_cut: bool,
}

pub(super) async fn push(args: PushArgs, pod: Pod) -> anyhow::Result<Report> {
    let queue = open(&args.queue)?;
    let began = Instant::now();
    let progress = pod.progress("tasks", None);
    let (sender, receiver) = mpsc::channel(AHEAD);
    let mut pusher = Pusher::new(&format!("{:016x}", rand::random::<u64>()));
    // The queue is there from now on, though nothing may come: a night without work is drained, and
    // not missing.
    let make = async {
        queue.push::<&[u8]>(&mut pusher, &[]).await?;
        warn_of_eviction(&queue, !args.unique_ttl.is_zero()).await;
        Ok::<(), QueueError>(())
    };
    tokio::select! {
        biased;
        made = make => made?,
        // As when redis is down: nothing was read yet, so that there is nothing to save.
        () = pod.shutdown.requested() => return Ok(Report::new(Outcome::Stopped).message("nothing was pushed")),
    }
    let mut sink = Sink { queue, pusher, unique_ttl: args.unique_ttl, progress, added: 0 };
    let reading = read_all(args, sender, pod.shutdown.clone());
    let sent = tokio::select! {
        sent = sink.send_all(receiver) => Some(sent),
        () = nearly_over(&pod.shutdown) => None,
    };
    let added = sink.added;
    let told = |error: anyhow::Error| match added {
        0 => error.context("nothing was pushed"),
        _ => error.context(format!("{added} tasks were pushed before; {DOUBLES}")),
    };
    match sent {
        Some(Err(error)) if error.is::<CommandError>() => return Err(error),
        Some(Err(error)) => return Err(told(error)),
        Some(Ok(())) => {}
        None => {
            warn!(tasks = added, "redis does not take the last tasks in time: they are not pushed");
            return Ok(stopped(added));
        }
    }
    let totals = match reading.await {
        Ok(totals) => totals.map_err(|error| told(error.into()))?,
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    };
    let blank = totals.blank;
    if totals.read == 0 && !totals.is_cut {
        warn!("the input is empty: the queue is there, and nothing was added to it");
    }
    let seconds = began.elapsed().as_secs_f64();
    let skipped = totals.read - added;
    info!(
        tasks = added,
        skipped,
        blank,
        elapsed_ms = (seconds * 1000.0) as u64,
        tasks_per_second = (added as f64 / seconds.max(1e-6)) as u64,
        "pushed"
    );
    let report = if totals.is_cut {
        stopped(added)
    } else {
        Report::new(Outcome::Done).count("pushed", added)
    };
    let report = report.count("skipped", skipped);
    Ok(if blank > 0 { report.count("blank", blank) } else { report })
}

/// A queue that Redis may drop is no place for tasks. Where it does not say, a worker will.
async fn warn_of_eviction(queue: &Queue, forgets_keys: bool) {
    if let Ok(Eviction::Policy(policy)) = eviction::policy(queue).await {
        if policy.starts_with("allkeys-") {
            warn!(
                policy,
                "redis may drop the queue and its tasks when its memory is short: set \
                 maxmemory-policy to noeviction"
            );
        } else if forgets_keys {
            warn!(
                policy,
                "redis may drop the keys of --unique before --unique-ttl is over, when its memory \
                 is short, and tasks would be pushed twice: set maxmemory-policy to noeviction"
            );
        }
    }
}

fn stopped(added: u64) -> Report {
    let report = Report::new(Outcome::Stopped).count("pushed", added);
    report.message(format!(
        "stopped before the end of the input: {added} tasks are pushed; {DOUBLES}"
    ))
}

/// Ends shortly before the grace period does.
async fn nearly_over(shutdown: &Shutdown) {
    shutdown.requested().await;
    if let Some(deadline) = shutdown.deadline() {
        let left = deadline.saturating_duration_since(Instant::now());
        tokio::time::sleep(left.saturating_sub(LAST_WORDS)).await;
    }
}

/// Where batches go: one call after the other, so that the list has the order of the input.
struct Sink {
    queue: Queue,
    pusher: Pusher,
    unique_ttl: Duration,
    progress: Progress,
    added: u64,
}

impl Sink {
    async fn send_all(&mut self, mut batches: mpsc::Receiver<Batch>) -> anyhow::Result<()> {
        while let Some(mut batch) = batches.recv().await {
            while batch.bytes < AHEAD * BATCH_BYTES
                && let Ok(more) = batches.try_recv()
            {
                batch.join(more);
            }
            let count = batch.payloads.len() as u64;
            let command = if batch.keys.is_empty() {
                self.pusher.push(self.queue.keys(), &batch.payloads)
            } else {
                let pairs: Vec<_> = batch.keys.iter().zip(&batch.payloads).collect();
                self.pusher.push_unique(self.queue.keys(), self.unique_ttl, &pairs)
            };
            drop(batch);
            match self.queue.pushed(&mut self.pusher, &command).await? {
                Pushed::Added(added) => self.added += added,
                Pushed::Vanished => {
                    let queue = self.queue.keys().pending().to_owned();
                    return Err(CommandError::PushVanished { queue, pushed: self.added }.into());
                }
            }
            self.progress.advance(count);
        }
        Ok(())
    }
}

fn read_all(
    args: PushArgs,
    sender: mpsc::Sender<Batch>,
    shutdown: Shutdown,
) -> JoinHandle<Result<Totals, CommandError>> {
    spawn_blocking(move || {
        let batcher = Rc::new(RefCell::new(Batcher {
            batch: Batch::default(),
            since: None,
            sender,
            shutdown,
        }));
        let mut reader = Reader { args: &args, batcher: Rc::clone(&batcher), tasks: 0, blank: 0 };
        let sources =
            if args.files.is_empty() { vec![PathBuf::from("-")] } else { args.files.clone() };
        let mut is_cut = false;
        let mut result = Ok(());
        for source in &sources {
            is_cut = batcher.borrow().is_stopped();
            if is_cut {
                break;
            }
            match reader.source(source) {
                Ok(whole) => is_cut = !whole,
                Err(error) => {
                    result = Err(error);
                    break;
                }
            }
            if is_cut {
                break;
            }
        }
        // What was good before an error is pushed, and counted: the line that the error names is
        // the first that is not.
        batcher.borrow_mut().flush();
        result.map(|()| Totals { read: reader.tasks, blank: reader.blank, is_cut })
    })
}

/// Gathers tasks until they are worth a call, or have waited long enough.
struct Batcher {
    batch: Batch,
    /// When the first task of the batch came.
    since: Option<Instant>,
    sender: mpsc::Sender<Batch>,
    shutdown: Shutdown,
}

impl Batcher {
    fn add(&mut self, task: Vec<u8>, key: Option<Vec<u8>>) {
        self.batch.bytes += task.len();
        self.batch.payloads.push(task);
        self.batch.keys.extend(key);
        if self.batch.payloads.len() >= BATCH_TASKS || self.batch.bytes >= BATCH_BYTES {
            self.flush();
        }
    }

    fn flush(&mut self) {
        self.since = None;
        if !self.batch.payloads.is_empty() {
            // The receiver is gone only after an error, which is told elsewhere.
            let _ = self.sender.blocking_send(std::mem::take(&mut self.batch));
        }
    }

    fn is_stopped(&self) -> bool {
        self.shutdown.is_requested() || self.sender.is_closed()
    }
}

impl Between for Rc<RefCell<Batcher>> {
    fn patience(&self) -> Option<Duration> {
        self.borrow().since.map(|since| FLUSH_AFTER.saturating_sub(since.elapsed()))
    }

    fn idle(&mut self) {
        let mut batcher = self.borrow_mut();
        if batcher.batch.payloads.is_empty() {
            return;
        }
        // Counted from the first time that the reader had to wait with tasks in hand.
        let since = *batcher.since.get_or_insert_with(Instant::now);
        if since.elapsed() >= FLUSH_AFTER {
            batcher.flush();
        }
    }

    fn is_stopped(&self) -> bool {
        self.borrow().is_stopped()
    }
}

/// Cuts input into tasks.
struct Reader<'a> {
    args: &'a PushArgs,
    batcher: Rc<RefCell<Batcher>>,
    tasks: u64,
    blank: u64,
}

type Input = Arrivals<Rc<RefCell<Batcher>>>;

impl Reader<'_> {
    /// Reads a source; false when it was stopped before its end.
    fn source(&mut self, path: &Path) -> Result<bool, CommandError> {
        let name =
            if path == Path::new("-") { "stdin".to_owned() } else { path.display().to_string() };
        let input = Arrivals::of(path, Rc::clone(&self.batcher));
        match self.args.format {
            Format::Lines => self.lines(&name, input, false),
            Format::Ndjson => self.lines(&name, input, true),
            Format::Csv => self.csv(&name, input),
        }
    }

    fn lines(&mut self, name: &str, input: Input, json: bool) -> Result<bool, CommandError> {
        let most = self.args.max_task_size;
        let mut input = BufReader::with_capacity(64 << 10, input);
        for number in 1u64.. {
            let place = || format!("line {number}");
            let mut line = Vec::new();
            let read = (&mut input).take(most as u64 + 2).read_until(b'\n', &mut line);
            let read =
                read.map_err(|source| CommandError::Read { path: name.to_owned(), source })?;
            if line.last() == Some(&b'\n') {
                line.pop();
            } else if read == 0 || input.get_ref().is_cut() {
                // Half a line is no task: its producer has not written it yet.
                return Ok(!input.get_ref().is_cut());
            }
            let refused = |what| input_error(name, place(), what);
            if number == 1 {
                text_check::beginning(&line).map_err(refused)?;
                if line.starts_with(BYTE_ORDER_MARK) {
                    line.drain(..BYTE_ORDER_MARK.len());
                }
            }
            text_check::no_nul(&line).map_err(refused)?;
            // A file that was made on Windows: the CR belongs to the line's end, and no handler
            // expects it in its task.
            if line.last() == Some(&b'\r') {
                line.pop();
            }
            if line.len() <= most && line.trim_ascii().is_empty() {
                self.blank += 1;
                continue;
            }
            if json && let Err(error) = serde_json::from_slice::<serde::de::IgnoredAny>(&line) {
                let what = format!(
                    "not JSON: {error}; a line is one whole JSON value, as jq -c writes it"
                );
                return Err(input_error(name, place(), what));
            }
            self.task(name, &place, line)?;
        }
        Ok(true)
    }

    fn csv(&mut self, name: &str, input: Input) -> Result<bool, CommandError> {
        let input = Checked::new(input, self.args.delimiter);
        let mut rows = csv::ReaderBuilder::new().delimiter(self.args.delimiter).from_reader(input);
        let broken = |place: String, error: csv::Error| match error.into_kind() {
            csv::ErrorKind::Io(source) if source.kind() == ErrorKind::InvalidData => {
                input_error(name, format!("at or after {place}"), source.to_string())
            }
            csv::ErrorKind::Io(source) => CommandError::Read { path: name.to_owned(), source },
            kind => input_error(name, place, describe(&kind)),
        };
        let header = rows.headers().map_err(|error| broken("line 1".to_owned(), error))?.clone();
        check_header(&header, self.args.delimiter)
            .map_err(|what| input_error(name, "line 1".to_owned(), what))?;
        let mut row = csv::StringRecord::new();
        for number in 2u64.. {
            let more = rows
                .read_record(&mut row)
                .map_err(|error| broken(format!("record {number}"), error));
            if rows.get_ref().is_cut() {
                // The record that a stop has cut, if there was one.
                return Ok(false);
            }
            if !more? {
                return Ok(true);
            }
            let mut task = Vec::with_capacity(64 + row.as_slice().len() * 2);
            for (field, value) in header.iter().zip(&row) {
                task.push(if task.is_empty() { b'{' } else { b',' });
                serde_json::to_writer(&mut task, field).expect("a Vec takes every write");
                task.push(b':');
                serde_json::to_writer(&mut task, value).expect("a Vec takes every write");
            }
            task.push(b'}');
            self.task(name, &|| format!("record {number}"), task)?;
        }
        Ok(true)
    }

    fn task(
        &mut self,
        name: &str,
        place: &dyn Fn() -> String,
        task: Vec<u8>,
    ) -> Result<(), CommandError> {
        if task.len() > self.args.max_task_size {
            let what = format!("longer than --max-task-size ({} bytes)", self.args.max_task_size);
            return Err(input_error(name, place(), what));
        }
        let key = match &self.args.unique_by {
            Some(field) => Some(
                unique_key(&task, field)
                    .map_err(|why| input_error(name, place(), why.words(field)))?,
            ),
            None => self.args.unique.then(|| task.clone()),
        };
        self.tasks += 1;
        self.batcher.borrow_mut().add(task, key);
        Ok(())
    }
}

/// A header that makes no object, or one that nobody can have meant.
fn check_header(header: &csv::StringRecord, delimiter: u8) -> Result<(), String> {
    if let Some(named) = header.get(0).and_then(|first| first.strip_prefix("sep="))
        && header.iter().skip(1).all(str::is_empty)
        && named.len() <= 1
    {
        let named = named.chars().next().unwrap_or(delimiter as char);
        return Err(format!(
            "this line is for Excel and is no header; take it away (tail -n +2) and say \
             --delimiter {named:?}"
        ));
    }
    for (place, field) in header.iter().enumerate() {
        if header.iter().take(place).any(|before| before == field) {
            return Err(format!(
                "the column {field:?} is there twice, so that a task would have two fields of one \
                 name"
            ));
        }
    }
    let first = header.get(0).unwrap_or("");
    let other = [b';', b'\t', b'|', b',']
        .into_iter()
        .find(|other| *other != delimiter && first.contains(*other as char));
    match other {
        Some(other) if header.len() == 1 => Err(format!(
            "the only column is {:?}; if {:?} stands between its columns, say --delimiter {:?}",
            first, other as char, other as char
        )),
        _ => Ok(()),
    }
}

fn describe(kind: &csv::ErrorKind) -> String {
    match kind {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} cells, where the header has {expected_len}")
        }
        csv::ErrorKind::Utf8 { err, .. } => {
            format!("not UTF-8 ({err}); convert it first, as with iconv -f WINDOWS-1252 -t UTF-8")
        }
        other => format!("{other:?}"),
    }
}

fn input_error(name: &str, place: String, what: String) -> CommandError {
    CommandError::Input { source_name: name.to_owned(), place, what }
}
