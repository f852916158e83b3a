//! Whether an earlier run has done the same work.

use job_files::{Publication, Work, fingerprint};
use object_storage::Storage;
use worker_runtime::{Outcome, Report};

use super::files::Partition;
use crate::error::Error;

/// The report of an earlier run of `work` (its input not yet filled in) on `partition`, if all of
/// its outputs are there. Local inputs are read for it, objects are known by their entity tags.
/// `compared` is what people should know of the comparison.
pub(crate) fn already_done(
    storage: &Storage,
    publication: &Publication,
    work: &Work,
    partition: &Partition,
    longest_record: u64,
    compared: &str,
) -> Result<Option<Report>, Error> {
    let fingerprints = || {
        let sources = partition.sources.iter();
        let fingerprints =
            sources.map(|source| Ok(fingerprint(storage, source, source.extent(longest_record))?));
        fingerprints.collect::<Result<_, Error>>()
    };
    let Some(manifest) = job_files::already_done(publication, work, fingerprints)? else {
        return Ok(None);
    };
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
