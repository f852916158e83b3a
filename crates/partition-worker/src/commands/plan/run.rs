//! From the settings of `plan` to what it prints.

use std::io::{Read as _, Write as _};

use job_files::{MANIFEST_NAME, Whole};
use object_storage::Storage;
use worker_runtime::{Outcome, Pod, Report, on_blocking_thread};

use super::job::Job;
use super::to_do::to_do;
use crate::cli;
use crate::commands::summarize::{Folders, list, read};
use crate::error::Error;
use crate::summary::NOT_TOLD;

/// A Job has some kilobytes; anything much larger is something else.
const LARGEST_JOB: u64 = 4 << 20;

/// Runs `plan`.
pub(crate) async fn run(args: cli::Plan, pod: Pod) -> Result<Report, Error> {
    let storage = Storage::until(&pod.shutdown, &args.storage);
    on_blocking_thread(move || {
        let planned = plan(&args, &storage);
        storage.close();
        planned
    })
    .await
}

fn plan(args: &cli::Plan, storage: &Storage) -> Result<Report, Error> {
    let job = args.job.as_deref().map(read_job).transpose()?;
    let found = read(storage, list(storage, &args.output)?)?;
    let count = args
        .total_partitions
        .or(job.as_ref().and_then(Job::partitions))
        .or_else(|| told_by(&found))
        .ok_or_else(|| {
            Error::Setting(
                "the number of partitions is not known: give --total-partitions, or a Job whose \
                 pods are told TOTAL_PARTITIONS"
                    .to_owned(),
            )
        })?;
    let indexes = to_do(&found, count);
    let text = match &job {
        _ if indexes.is_empty() => String::new(),
        None => format!("{indexes}\n"),
        Some(job) => {
            let only = job.only(&indexes, args.name.as_deref()).map_err(not_a_job)?;
            format!("{only:#}\n")
        }
    };
    std::io::stdout().lock().write_all(text.as_bytes()).map_err(Error::from)?;
    let whole = Whole::new(storage.clone(), args.output.clone(), env!("CARGO_PKG_NAME"));
    let message = match whole.manifest()? {
        _ if !indexes.is_empty() => {
            format!("{} of {count} partitions are to be done: {indexes}", indexes.count())
        }
        Some(_) => format!("all {count} partitions are done"),
        None => format!(
            "all {count} partitions are done, and there is no {MANIFEST_NAME} above them: run \
             summarize, or any index with --finish"
        ),
    };
    let done = u64::from(count) - indexes.count();
    Ok(Report::new(Outcome::Done)
        .count("partitions", count.into())
        .count("done", done)
        .count("to_do", indexes.count())
        .message(message))
}

/// How many partitions there are, by those that are there.
fn told_by(found: &Folders) -> Option<u32> {
    let told = found.values().filter_map(|found| Some(found.manifest.as_ref()?.work.partitions));
    told.filter(|told| *told != NOT_TOLD).max()
}

/// Reads the Job from a file, or from stdin.
fn read_job(name: &str) -> Result<Job, Error> {
    let mut bytes = Vec::new();
    let read = match name {
        "-" => std::io::stdin().lock().take(LARGEST_JOB).read_to_end(&mut bytes),
        name => std::fs::File::open(name)
            .and_then(|file| file.take(LARGEST_JOB).read_to_end(&mut bytes)),
    };
    read.map_err(|error| Error::Setting(format!("--job {name} cannot be read: {error}")))?;
    Job::parse(&bytes).map_err(not_a_job)
}

fn not_a_job(problem: String) -> Error {
    Error::Setting(format!("the Job of --job cannot be used: {problem}"))
}
