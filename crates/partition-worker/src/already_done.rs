//! Whether an earlier run has done the same work.

use job_files::{BlockingStorage, Publication, Work, fingerprint};
use worker_runtime::{Outcome, Report};

use crate::error::Error;
use crate::partition::Partition;

/// The report of an earlier run of `work` (its input not yet filled in) on `partition`, if all of its outputs are there.
/// Local inputs are read for it, objects are known by their entity tags.
pub(crate) fn already_done(
    storage: &BlockingStorage,
    publication: &Publication,
    work: &Work,
    partition: &Partition,
    longest_record: u64,
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
    if (&manifest.work.command, &manifest.work.settings) != (&work.command, &work.settings)
        || manifest.work.partitions != work.partitions
    {
        return again("an earlier run had other settings, schema or files");
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
    let message =
        format!("this partition was finished before, from the same input; its outputs are in {}", publication.folder());
    Ok(Some(Report { counts: manifest.counts, ..Report::new(Outcome::AlreadyDone).message(message) }))
}
