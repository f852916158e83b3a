//! `summarize`: all partitions' results, read back, added up, published and printed.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use job_files::{
    LARGEST_JSON, MANIFEST_FORMAT, MANIFEST_NAME, Manifest, OutputFile, blake3, json_bytes,
    part_folder,
};
use object_storage::{Location, Storage};
use serde::{Deserialize, Serialize};
use worker_runtime::{Action, Outcome, Pod, Report, WorkerError as _, on_blocking_thread};

use super::table::table;
use super::total::{PartitionFolder, Total, all_outputs};
use crate::cli::{self, SummaryFormat};
use crate::error::Error;
use crate::summary::SUMMARY_NAME;

/// The manifest above all partitions.
#[derive(Serialize, Deserialize)]
struct TotalManifest {
    format: u32,
    worker: String,
    version: String,
    partitions: u32,
    outputs: Vec<OutputFile>,
}

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
    let found = {
        let (storage, output) = (storage.clone(), args.output.clone());
        pod.blocking_unless_stopped(move || find(&storage, &output)).await
    };
    let found = found.ok_or(Error::Stopped)?;
    on_blocking_thread(move || {
        let outcome = found.and_then(|found| summarize(&args, &storage, &found));
        if let Err(error) = &outcome
            && error.exit().action() != Action::Retry
        {
            withdraw(&storage, &args.output);
        }
        outcome
    })
    .await
}

/// Takes the manifest of an earlier sum away, which is not that of what is there now. One that
/// another program wrote stays; that a manifest cannot be taken away is logged, as the failure that
/// led here says more.
fn withdraw(storage: &Storage, output: &Location) {
    let taken = || {
        let manifest = output.join(MANIFEST_NAME)?;
        let bytes = storage.read_if_present(&manifest, LARGEST_JSON)?;
        let earlier = bytes.and_then(|bytes| serde_json::from_slice::<TotalManifest>(&bytes).ok());
        if earlier.is_some_and(|earlier| earlier.worker == env!("CARGO_PKG_NAME")) {
            storage.delete(&manifest)?;
        }
        Ok::<(), Error>(())
    };
    if let Err(error) = taken() {
        tracing::warn!(
            folder = %output,
            %error,
            "whether an earlier sum has left a {MANIFEST_NAME} here cannot be told; if there is \
             one, it does not vouch for these partitions"
        );
    }
}

/// Adds up what was found, publishes it and tells it on stdout.
fn summarize(
    args: &cli::Summarize,
    storage: &Storage,
    found: &BTreeMap<u32, PartitionFolder>,
) -> Result<Report, Error> {
    if found.is_empty() {
        return Err(Error::NothingPublished { output: args.output.to_string() });
    }
    let total = Total::of(found)
        .map_err(|problem| Error::Incomplete { output: args.output.to_string(), problem })?;
    let ended = match &args.termination_messages {
        Some(folder) => termination_messages(folder)?,
        None => BTreeMap::new(),
    };
    let json = json_bytes(&total);
    let text = match args.format {
        SummaryFormat::Table => table(&total, &ended).into_bytes(),
        SummaryFormat::Json => json.clone(),
    };
    publish(storage, &args.output, &total, json, found)?;
    std::io::stdout().lock().write_all(&text).map_err(Error::from)?;
    let mut report = Report::new(Outcome::Done).count("partitions", total.partitions.into());
    if let Some(records) = &total.records {
        report = report
            .count("rows", records.rows)
            .count("accepted", records.accepted)
            .count("rejected", records.rejected);
    }
    Ok(report)
}

/// Every manifest and summary below the output, by index.
fn find(storage: &Storage, output: &Location) -> Result<BTreeMap<u32, PartitionFolder>, Error> {
    let mut all: BTreeMap<u32, PartitionFolder> = BTreeMap::new();
    let base = output.to_string();
    for entry in storage.list(output)? {
        let name = entry.location.to_string();
        let below = name.strip_prefix(base.trim_end_matches('/')).unwrap_or(&name);
        let Some((folder, file)) = part_folder(below.trim_start_matches('/')) else { continue };
        let Some(index) = folder.strip_prefix("part-").and_then(|index| index.parse().ok()) else {
            continue;
        };
        let found = all.entry(index).or_default();
        found.sizes.insert(file.to_owned(), entry.size);
        if file != MANIFEST_NAME && file != SUMMARY_NAME {
            continue;
        }
        let bytes = storage.read(&entry.location, LARGEST_JSON)?;
        match file {
            MANIFEST_NAME => found.manifest = Manifest::from_bytes(&bytes),
            _ => {
                found.summary = serde_json::from_slice(&bytes).ok();
                found.summary_blake3 = blake3(&bytes);
            }
        }
    }
    Ok(all)
}

fn publish(
    storage: &Storage,
    output: &Location,
    total: &Total,
    summary: Vec<u8>,
    found: &BTreeMap<u32, PartitionFolder>,
) -> Result<(), Error> {
    let mut outputs = all_outputs(found);
    outputs.push(OutputFile {
        name: SUMMARY_NAME.to_owned(),
        size_bytes: summary.len() as u64,
        blake3: blake3(&summary),
    });
    let manifest = TotalManifest {
        format: MANIFEST_FORMAT,
        worker: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        partitions: total.partitions,
        outputs,
    };
    storage.put(&output.join(SUMMARY_NAME)?, summary)?;
    storage.put(&output.join(MANIFEST_NAME)?, json_bytes(&manifest))?;
    Ok(())
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
