//! `summarize`: all partitions' results, read back, added up, published and printed.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use job_files::{Finish, Look, MANIFEST_NAME, finish, json_bytes};
use object_storage::Storage;
use serde::Deserialize;
use worker_runtime::{Outcome, Pod, Report, on_blocking_thread};

use super::found::{list, read};
use super::sum::Sum;
use super::table::table;
use super::total::over_max_duplicates;
use crate::cli::{self, SummaryFormat};
use crate::error::Error;

/// What `summarize` reads of a termination message.
#[derive(Deserialize)]
struct TerminationMessage {
    index: u32,
    seconds: f64,
    outcome: String,
}

/// Runs `summarize`.
pub(crate) async fn run(args: cli::Summarize, pod: Pod) -> Result<Report, Error> {
    let storage = Storage::until(&pod.shutdown, &args.storage);
    on_blocking_thread(move || {
        let outcome = summarize(&args, &storage);
        storage.close();
        outcome
    })
    .await
}

/// Adds up what is published, publishes that and tells it on stdout.
fn summarize(args: &cli::Summarize, storage: &Storage) -> Result<Report, Error> {
    let max_duplicates = args.duplicates.max_duplicates;
    let sum = Sum { storage, output: &args.output, max_duplicates };
    let look = || Ok(Look::All(read(storage, list(storage, &args.output)?)?));
    let take_back = || {
        withdraw(sum);
        Ok(())
    };
    let total = match finish(look, |found| sum.publish(found), take_back)? {
        Finish::Done(total) => total,
        Finish::NotYet(_) => unreachable!("what is missing is an error of the step"),
    };
    let ended = match &args.termination_messages {
        Some(folder) => termination_messages(folder)?,
        None => BTreeMap::new(),
    };
    let text = match args.format {
        SummaryFormat::Table => table(&total, &ended).into_bytes(),
        SummaryFormat::Json => json_bytes(&total),
    };
    std::io::stdout().lock().write_all(&text).map_err(Error::from)?;
    let mut report = match over_max_duplicates(&total) {
        None => Report::new(Outcome::Done),
        Some(told) => Report::new(Outcome::Rejected).message(told),
    };
    report = report.count("partitions", total.partitions.into());
    if let Some(duplicates) = &total.duplicates {
        report = report.count("duplicates", duplicates.records);
    }
    if let Some(records) = &total.records {
        report = report
            .count("rows", records.rows)
            .count("accepted", records.accepted)
            .count("rejected", records.rejected);
    }
    Ok(report)
}

/// Takes the manifest of an earlier sum away. That it cannot be taken away is logged, as the
/// failure that led here says more.
fn withdraw(sum: Sum<'_>) {
    if let Err(error) = sum.withdraw() {
        tracing::warn!(
            folder = %sum.output,
            %error,
            "whether an earlier sum has left a {MANIFEST_NAME} here cannot be told; if there is \
             one, it does not vouch for these partitions"
        );
    }
}

/// The seconds of each index' last finished run; a run that only found the work done says nothing
/// of its speed.
fn termination_messages(folder: &Path) -> Result<BTreeMap<u32, f64>, Error> {
    let mut seconds = BTreeMap::new();
    for file in std::fs::read_dir(folder)? {
        let path = file?.path();
        if path.extension().is_some_and(|extension| extension == "json")
            && let Ok(ended) = serde_json::from_slice::<TerminationMessage>(&std::fs::read(&path)?)
            && ended.outcome == Outcome::Done.as_str()
        {
            seconds.insert(ended.index, ended.seconds);
        }
    }
    Ok(seconds)
}
