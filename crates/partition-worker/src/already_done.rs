//! Whether an earlier run has done the same work.

use std::collections::{BTreeMap, BTreeSet};

use job_files::{BlockingStorage, Publication, Work, fingerprint};
use worker_runtime::{Outcome, Report};

use crate::error::Error;
use crate::partition::Partition;

/// The report of an earlier run of `work` (its input not yet filled in) on `partition`, if all of
/// its outputs are there. Local inputs are read for it, objects are known by their entity tags.
/// `compared` is what people should know of the comparison.
pub(crate) fn already_done(
    storage: &BlockingStorage,
    publication: &Publication,
    work: &Work,
    partition: &Partition,
    longest_record: u64,
    compared: &str,
) -> Result<Option<Report>, Error> {
    let Some(manifest) = publication.manifest()? else { return Ok(None) };
    let again = |why: &str| {
        tracing::info!("the work is done again: {why}");
        Ok(None)
    };
    if manifest.work.command == work.command
        && let Some(why) = work.newer_than(&manifest.work)
    {
        return again(&why);
    }
    if manifest.work.command != work.command || manifest.work.partitions != work.partitions {
        return again("an earlier run had another command or another number of partitions");
    }
    if let Some(names) = different(&manifest.work.settings, &work.settings) {
        return again(&format!("an earlier run had other settings, schema or files: {names}"));
    }
    let mut input = Vec::new();
    for source in &partition.sources {
        input.push(fingerprint(storage, source, source.extent(longest_record))?);
    }
    if manifest.work.input != input {
        return again("the input has changed since an earlier run");
    }
    if !publication.is_whole(&manifest)? {
        return again("outputs of an earlier run are missing or cut short");
    }
    let message = format!(
        "this partition was finished before, from the same input; its outputs are in {}",
        publication.folder()
    );
    let message = format!("{message}{compared}");
    Ok(Some(Report {
        counts: manifest.counts,
        ..Report::new(Outcome::AlreadyDone).message(message)
    }))
}

/// The names of the settings in which two runs differ, if they do.
fn different(one: &BTreeMap<String, String>, other: &BTreeMap<String, String>) -> Option<String> {
    let names: BTreeSet<&str> = one.keys().chain(other.keys()).map(String::as_str).collect();
    let different: Vec<&str> =
        names.into_iter().filter(|name| one.get(*name) != other.get(*name)).collect();
    (!different.is_empty()).then(|| different.join(", "))
}
