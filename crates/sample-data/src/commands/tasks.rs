//! `sample-data tasks`: its settings, and how the tasks come about.

use std::io::{self, Write};

use clap::Args;
use object_storage::{Condition, Location, Storage, StorageArgs};
use worker_runtime::{Exit, Outcome, Pod, Progress, Report, Shutdown};

use super::recipe_args::RecipeArgs;
use crate::error::Error;
use crate::tasks::{TaskTruth, write_task};
use crate::transactions::{Recipe, Record, SCHEMA};

/// Bytes of tasks that are handed on in one piece.
const PIECE: usize = 64 << 10;

/// The same transactions as tasks for a queue: one JSON object a line, to stdout or a file
///
/// Task K holds the cells of row K of `sample-data transactions` with the same settings, all as
/// strings. A row's mistake is its task's: a missing cell is a missing field, an extra cell an
/// unknown field, a blank row an object without fields; with invalid-utf8 and malformed-quoting the
/// task is no JSON. A duplicate-id is no mistake for who sees one task at a time.
///
/// The same settings give the same bytes on every machine.
#[derive(Args, Clone, Debug)]
pub(crate) struct TasksArgs {
    /// File or s3://bucket/key that the tasks go to [default: stdout]
    #[arg(long, env = "SAMPLE_DATA_OUTPUT", value_name = "LOCATION")]
    output: Option<Location>,

    /// Also write which verdicts a validator must come to: rows, accepted, rejected and how many
    /// were damaged in which way
    #[arg(long, env = "SAMPLE_DATA_TRUTH", value_name = "LOCATION")]
    truth: Option<Location>,

    /// Also write the Frictionless Table Schema that the good tasks conform to and the bad ones do
    /// not
    #[arg(long, env = "SAMPLE_DATA_SCHEMA", value_name = "LOCATION")]
    schema: Option<Location>,

    #[command(flatten)]
    recipe: RecipeArgs,

    #[command(flatten)]
    storage: StorageArgs,
}

/// How the writing ended.
enum Written {
    All(TaskTruth),
    /// A signal came first.
    Stopped(TaskTruth),
}

/// Writes the schema, the tasks, and their truth last. An earlier truth goes before the tasks.
pub(crate) fn write_tasks(args: &TasksArgs, pod: &Pod) -> Result<Report, Error> {
    let storage = Storage::until(&pod.shutdown, &args.storage);
    let report = write_all(args, pod, &storage);
    storage.close();
    report
}

fn write_all(args: &TasksArgs, pod: &Pod, storage: &Storage) -> Result<Report, Error> {
    if let Some(at) = &args.schema {
        storage.put(at, SCHEMA)?;
    }
    if let Some(at) = &args.truth {
        storage.delete(at)?;
    }
    let recipe = args.recipe.recipe();
    let progress = pod.progress("tasks", Some(recipe.rows));
    let tasks = Tasks { recipe, progress: progress.clone(), shutdown: pod.shutdown.clone() };
    let written = match &args.output {
        Some(at) => {
            let mut upload = storage.create(at)?;
            let write = || -> io::Result<Written> {
                let written = tasks.write(&mut upload)?;
                match written {
                    Written::All(_) => drop(upload.publish(Condition::Always)?),
                    Written::Stopped(_) => upload.abort(),
                }
                Ok(written)
            };
            write().map_err(|source| Error::Write { at: at.clone(), source })?
        }
        None => match tasks.write(&mut io::stdout().lock()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                let message = "the reader of stdout went away before all tasks were written";
                let report =
                    Report::new(Outcome::Stopped).count("rows", progress.done()).message(message);
                return Ok(Report { exit: Exit::Io, ..report });
            }
            written => written.map_err(Error::Stdout)?,
        },
    };
    progress.finish();
    let truth = match written {
        Written::All(truth) => truth,
        Written::Stopped(truth) => {
            let report = Report::new(Outcome::Stopped).count("rows", truth.total().rows());
            return Ok(report.message("stopped before all tasks were written; run again"));
        }
    };
    if let Some(at) = &args.truth {
        storage.put(at, truth.to_json())?;
    }
    let total = truth.total();
    Ok(Report::new(Outcome::Done)
        .count("rows", total.rows())
        .count("accepted", total.accepted())
        .count("rejected", total.rejected())
        .count("not_json", truth.not_json()))
}

/// What the thread that writes is given.
struct Tasks {
    recipe: Recipe,
    progress: Progress,
    shutdown: Shutdown,
}

impl Tasks {
    fn write(&self, out: &mut impl Write) -> io::Result<Written> {
        let mut rows = self.recipe.rows(0..self.recipe.rows);
        let mut record = Record::default();
        let mut truth = TaskTruth::default();
        let mut piece = Vec::with_capacity(PIECE + 1024);
        let mut told = 0;
        loop {
            let is_row = rows.read(&mut record);
            if is_row {
                truth.count(&record);
                write_task(&record, &mut piece);
            }
            if piece.len() >= PIECE || !is_row {
                if self.shutdown.is_requested() {
                    return Ok(Written::Stopped(truth));
                }
                out.write_all(&piece)?;
                out.flush()?;
                piece.clear();
                self.progress.advance(truth.total().rows() - told);
                told = truth.total().rows();
            }
            if !is_row {
                return Ok(Written::All(truth));
            }
        }
    }
}
