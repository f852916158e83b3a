//! What the commands that work on a partition have in common: it is found first, and the work is
//! left out where an earlier run has done it. What the work is, each command knows itself.

use job_files::Publication;
use object_storage::{Location, Storage};
use worker_runtime::{Pod, Report, on_blocking_thread};

use crate::error::Error;
use crate::partition::{Partition, PartitionInput, folder, folder_name, overlap};

/// The folder of partition `index` in that of its dataset, for what `command` publishes.
pub(super) fn publication(
    pod: &Pod,
    storage: &Storage,
    output: &Location,
    index: u32,
    command: &'static str,
) -> Result<Publication, Error> {
    let publication = Publication::new(storage.clone(), folder(output, index)?, pod.about, command);
    Ok(publication.within(output.clone(), folder_name(index)))
}

/// Finds partition `index` of `partitions`, and refuses one that holds files of the output. A stop
/// ends the search at once.
pub(super) async fn find(
    pod: &Pod,
    storage: &Storage,
    input: PartitionInput,
    index: u32,
    partitions: u32,
    output: &Location,
) -> Result<Partition, Error> {
    let storage = storage.clone();
    let found = pod.blocking_unless_stopped(move || input.find(&storage, index, partitions)).await;
    let partition = found.ok_or(Error::Stopped)??;
    overlap::refuse_found(&partition.sources, output)?;
    tracing::info!(
        files = partition.sources.len(),
        size_bytes = partition.size(),
        "partition found"
    );
    Ok(partition)
}

/// The report of an earlier run, or that of the work itself. A stop ends the look at once; the work
/// ends itself.
pub(super) async fn run_unless_done<J: Send + 'static>(
    pod: &Pod,
    publication: Publication,
    job: J,
    already_done: fn(&J) -> Result<Option<Report>, Error>,
    run: fn(J) -> Result<Report, Error>,
) -> Result<Report, Error> {
    let looked = pod.blocking_unless_stopped(move || (already_done(&job), job)).await;
    match looked.ok_or(Error::Stopped)? {
        (Ok(None), job) => on_blocking_thread(move || run(job)).await,
        (Ok(Some(report)), _) => Ok(report),
        (Err(error), _) => publication.withdraw_on_failure(Err(error)).await,
    }
}
