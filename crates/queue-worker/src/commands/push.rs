//! `push`: appends tasks, in batches, some of them on their way at once.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    sync::{Mutex, mpsc},
    task::{JoinSet, spawn_blocking},
};
use tracing::info;
use worker_runtime::{Outcome, Pod, Progress, Report};

use super::{CommandError, open};
use crate::{
    Queue, QueueError,
    cli::{Format, PushArgs},
    protocol::Pusher,
};

/// Batches on their way at once.
const IN_FLIGHT: usize = 4;
/// Tasks in a batch at most.
const BATCH_TASKS: usize = 1000;
/// Bytes in a batch at most, unless one task is larger.
const BATCH_BYTES: usize = 256 << 10;

/// Tasks, with their keys where they must be unique.
#[derive(Default)]
struct Batch {
    payloads: Vec<Vec<u8>>,
    keys: Vec<Vec<u8>>,
    bytes: usize,
}

pub(super) async fn push(args: PushArgs, pod: Pod) -> anyhow::Result<Report> {
    let queue = open(&args.queue)?;
    let began = Instant::now();
    let progress = pod.progress("tasks", None);
    let (sender, receiver) = mpsc::channel(IN_FLIGHT);
    let receiver = Arc::new(Mutex::new(receiver));
    let nonce = format!("{:016x}", rand::random::<u64>());
    let mut slots = JoinSet::new();
    for slot in 0..IN_FLIGHT {
        let pusher = Pusher::new(&format!("{nonce}.{slot}"));
        slots.spawn(send(queue.clone(), pusher, args.unique_ttl, Arc::clone(&receiver), progress.clone()));
    }
    drop(receiver);
    let shutdown = pod.shutdown.clone();
    let unique = args.unique || args.unique_by.is_some();
    let reading = spawn_blocking(move || {
        let mut reader = Reader { args: &args, batch: Batch::default(), sender, tasks: 0, unique };
        let sources = if args.files.is_empty() { vec![PathBuf::from("-")] } else { args.files.clone() };
        for source in &sources {
            if shutdown.is_requested() {
                break;
            }
            reader.source(source, &|| shutdown.is_requested())?;
        }
        reader.flush();
        Ok::<u64, CommandError>(reader.tasks)
    });
    let mut added = 0;
    let mut failure = None;
    while let Some(slot) = slots.join_next().await {
        match slot {
            Ok(Ok(tasks)) => added += tasks,
            Ok(Err(error)) => failure = failure.or(Some(error)),
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        }
    }
    if let Some(error) = failure {
        return Err(anyhow::Error::from(error).context(format!("{} tasks were pushed before", progress.done())));
    }
    let tasks = match reading.await {
        Ok(tasks) => {
            tasks.map_err(|error| anyhow::Error::from(error).context(format!("{added} tasks were pushed before")))?
        }
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    };
    let seconds = began.elapsed().as_secs_f64();
    info!(
        tasks = added,
        skipped = tasks - added,
        elapsed_ms = (seconds * 1000.0) as u64,
        tasks_per_second = (added as f64 / seconds.max(1e-6)) as u64,
        "pushed"
    );
    let outcome = if pod.shutdown.is_requested() { Outcome::Stopped } else { Outcome::Done };
    Ok(Report::new(outcome).count("pushed", added).count("skipped", tasks - added))
}

/// One slot: its batches are numbered, so each is sent until it is answered before the next is begun.
async fn send(
    queue: Queue,
    mut pusher: Pusher,
    unique_ttl: Duration,
    batches: Arc<Mutex<mpsc::Receiver<Batch>>>,
    progress: Progress,
) -> Result<u64, QueueError> {
    let mut added = 0;
    loop {
        let Some(batch) = batches.lock().await.recv().await else { return Ok(added) };
        let command = if batch.keys.is_empty() {
            pusher.push(queue.keys(), &batch.payloads)
        } else {
            let pairs: Vec<_> = batch.keys.iter().zip(&batch.payloads).collect();
            pusher.push_unique(queue.keys(), unique_ttl, &pairs)
        };
        let count = batch.payloads.len() as u64;
        drop(batch);
        added += queue.number(&command).await?;
        progress.advance(count);
    }
}

/// Cuts input into tasks and tasks into batches.
struct Reader<'a> {
    args: &'a PushArgs,
    batch: Batch,
    sender: mpsc::Sender<Batch>,
    tasks: u64,
    unique: bool,
}

impl Reader<'_> {
    fn source(&mut self, path: &Path, stop: &dyn Fn() -> bool) -> Result<(), CommandError> {
        let failed = |source| CommandError::Read { path: path.display().to_string(), source };
        if path == Path::new("-") {
            return self.read("stdin", io::stdin().lock(), stop);
        }
        let file = File::open(path).map_err(failed)?;
        self.read(&path.display().to_string(), BufReader::with_capacity(64 << 10, file), stop)
    }

    fn read(&mut self, name: &str, input: impl BufRead, stop: &dyn Fn() -> bool) -> Result<(), CommandError> {
        match self.args.format {
            Format::Lines => self.lines(name, input, false, stop),
            Format::Ndjson => self.lines(name, input, true, stop),
            Format::Csv => self.csv(name, input, stop),
        }
    }

    fn lines(
        &mut self,
        name: &str,
        mut input: impl BufRead,
        json: bool,
        stop: &dyn Fn() -> bool,
    ) -> Result<(), CommandError> {
        let most = self.args.max_task_size;
        for number in 1u64.. {
            let place = || format!("line {number}");
            let mut line = Vec::new();
            let read = (&mut input).take(most as u64 + 2).read_until(b'\n', &mut line);
            let read = read.map_err(|source| CommandError::Read { path: name.to_owned(), source })?;
            if read == 0 || stop() {
                return Ok(());
            }
            if line.last() == Some(&b'\n') {
                line.pop();
            }
            if json && line.trim_ascii().is_empty() {
                continue;
            }
            if json && let Err(error) = serde_json::from_slice::<serde::de::IgnoredAny>(&line) {
                return Err(input_error(name, place(), format!("not JSON: {error}")));
            }
            self.task(name, &place, line)?;
        }
        Ok(())
    }

    fn csv(&mut self, name: &str, input: impl Read, stop: &dyn Fn() -> bool) -> Result<(), CommandError> {
        let mut rows = csv::Reader::from_reader(input);
        let header = rows.headers().map_err(|error| input_error(name, "line 1".to_owned(), error.to_string()))?.clone();
        let mut row = csv::StringRecord::new();
        for number in 2u64.. {
            let more = rows.read_record(&mut row);
            if !more.map_err(|error| input_error(name, format!("record {number}"), error.to_string()))? || stop() {
                return Ok(());
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
        Ok(())
    }

    fn task(&mut self, name: &str, place: &dyn Fn() -> String, task: Vec<u8>) -> Result<(), CommandError> {
        if task.len() > self.args.max_task_size {
            let what = format!("longer than --max-task-size ({} bytes)", self.args.max_task_size);
            return Err(input_error(name, place(), what));
        }
        if let Some(field) = &self.args.unique_by {
            let key = serde_json::from_slice::<serde_json::Value>(&task)
                .ok()
                .and_then(|task| task.get(field).map(ToString::to_string))
                .ok_or_else(|| input_error(name, place(), format!("no JSON object with a field {field:?}")))?;
            self.batch.keys.push(key.into_bytes());
        } else if self.unique {
            self.batch.keys.push(task.clone());
        }
        self.batch.bytes += task.len();
        self.batch.payloads.push(task);
        self.tasks += 1;
        if self.batch.payloads.len() >= BATCH_TASKS || self.batch.bytes >= BATCH_BYTES {
            self.flush();
        }
        Ok(())
    }

    fn flush(&mut self) {
        if !self.batch.payloads.is_empty() {
            // The receivers are gone only after an error, which is told elsewhere.
            let _ = self.sender.blocking_send(std::mem::take(&mut self.batch));
        }
    }
}

fn input_error(name: &str, place: String, what: String) -> CommandError {
    CommandError::Input { source_name: name.to_owned(), place, what }
}
