//! `--finish`: when a pod's partition is done it looks for the others, and if all are there it adds
//! them up as `summarize` does.

use std::collections::BTreeMap;

use job_files::{Finish, Look, Manifest, Progress, Work, finish};
use object_storage::{Location, Storage};
use worker_runtime::{Outcome, Report, on_blocking_thread};

use super::finish_input::Inputs;
use super::summarize::{
    Folders, Sum, list, manifest_entries, manifests_of, over_max_duplicates, read,
};
use crate::cli::{PartitionArgs, RecordLimit};
use crate::error::Error;
use crate::partition::PartitionInput;
use crate::summary::{NOT_TOLD, SUMMARY_NAME};

/// What is to be finished.
pub(super) struct Dataset {
    pub(super) storage: Storage,
    /// What its partitions are made of.
    pub(super) input: PartitionInput,
    /// In bytes: how far a partition of a byte range may read behind it.
    pub(super) longest_record: u64,
    /// A partition of a part of a file is made of all of it.
    pub(super) of_whole_files: bool,
    pub(super) output: Location,
    /// What this pod's share of it was.
    pub(super) own: Work,
    /// How many accepted records may have a key of a record in another partition.
    pub(super) max_duplicates: RecordLimit,
}

/// Refuses `--finish` where nobody can know when all partitions are there.
pub(super) fn check(args: &PartitionArgs, partitions: u32) -> Result<(), Error> {
    if args.finish && partitions == NOT_TOLD {
        return Err(Error::Setting(
            "--finish needs to know how many partitions there are: set TOTAL_PARTITIONS (or \
             --total-partitions) to the Job's completions"
                .to_owned(),
        ));
    }
    Ok(())
}

/// Finishes the dataset if all of its partitions are done, after this one has come to a good end.
pub(super) async fn after(dataset: Option<Dataset>, report: Report) -> Result<Report, Error> {
    let Some(dataset) = dataset else { return Ok(report) };
    if !report.outcome.is_done() {
        return Ok(report);
    }
    let told = on_blocking_thread(move || {
        let ended = add_up(&dataset);
        dataset.storage.close();
        ended
    })
    .await?;
    Ok(match told {
        Told::Done(told) => report.add_message(&told),
        // Nobody would finish it as long as nothing is done about that.
        Told::Mixed(told) => Report { is_warning: true, ..report.add_message(&told) },
        Told::Rejected { why, duplicates } => {
            let Report { index, counts, .. } = report;
            let rejected = Report::new(Outcome::Rejected).message(why);
            Report { index, counts, ..rejected }.count("duplicates", duplicates)
        }
    })
}

/// What came of it.
enum Told {
    /// The sum, or that others are not done.
    Done(String),
    /// What is there of others was made with other settings.
    Mixed(String),
    /// All are done, and what they are together is not good enough.
    Rejected { why: String, duplicates: u64 },
}

/// Adds all partitions up if they are there, and says what came of it.
fn add_up(dataset: &Dataset) -> Result<Told, Error> {
    let &Dataset { ref storage, ref output, max_duplicates, .. } = dataset;
    let sum = Sum { storage, output, max_duplicates };
    match finish(|| look(dataset), |found| sum.publish(found), || sum.withdraw())? {
        Finish::NotYet(progress) => {
            let told = format!("{}; the last one adds them up", progress.in_words("partitions"));
            Ok(match progress.differs {
                Some(_) => Told::Mixed(told),
                None => Told::Done(told),
            })
        }
        Finish::Done(total) => {
            let duplicates = total.duplicates.as_ref().map_or(0, |found| found.records);
            if let Some(why) = over_max_duplicates(&total) {
                return Ok(Told::Rejected { why, duplicates });
            }
            let records = total.records.as_ref().map_or_else(String::new, |records| {
                format!(
                    " ({} rows, {} accepted, {} rejected)",
                    records.rows, records.accepted, records.rejected
                )
            });
            let compared = match total.duplicates.as_ref() {
                Some(found) if found.records > 0 => {
                    format!(
                        "; {} of the accepted ones are listed in {}, as records before them have \
                             their keys",
                        found.records, found.listed_in
                    )
                }
                Some(_) => String::new(),
                None => {
                    let records = total.records.as_ref();
                    let keys = records.map_or(&[][..], |records| &records.unique_within_partition);
                    let keys = keys.join(", ");
                    match keys.as_str() {
                        "" => keys,
                        _ => format!("; {keys} was not compared between partitions"),
                    }
                }
            };
            Ok(Told::Done(format!(
                "all {} partitions are done: their sum{records} is in {}{compared}",
                total.partitions,
                output.join(SUMMARY_NAME)?
            )))
        }
    }
}

/// What is published. As long as a partition has no manifest none is read: of N pods only the last
/// ones read what all of them have published. A partition counts if its results are of this run and
/// of its input as it is now.
fn look(dataset: &Dataset) -> Result<Look<Folders>, Error> {
    let Dataset { storage, output, own, .. } = dataset;
    let listed = list(storage, output)?;
    let finished = manifests_of(&listed);
    if finished < own.partitions {
        let of = own.partitions;
        let progress = Progress { done: finished, of, others: Vec::new(), differs: None };
        return Ok(Look::Some(progress));
    }
    let entries = manifest_entries(&listed);
    let found = read(storage, listed)?;
    let manifests =
        found.iter().filter_map(|(index, found)| Some((*index, found.manifest.as_ref()?)));
    let mut manifests: BTreeMap<u32, &Manifest> = manifests.collect();
    let mut progress = Progress::of_run(own, &manifests);
    if progress.is_all() {
        let inputs = Inputs {
            storage,
            input: &dataset.input,
            partitions: own.partitions,
            longest_record: dataset.longest_record,
            of_whole_files: dataset.of_whole_files,
            manifests: &entries,
        };
        let stale = stale(&inputs, own, &manifests)?;
        manifests.retain(|index, _| !stale.contains(index));
        progress = Progress::of_run(own, &manifests);
        progress.others.extend(stale);
        progress.others.sort_unstable();
    }
    Ok(if progress.is_all() { Look::All(found) } else { Look::Some(progress) })
}

/// The partitions of this run whose input is not any more what their results were made of. In a
/// large run only the first is looked for: one is enough to know that the run is not done.
fn stale(
    inputs: &Inputs<'_>,
    own: &Work,
    manifests: &BTreeMap<u32, &Manifest>,
) -> Result<Vec<u32>, Error> {
    /// A request for each, by each pod of a run that is done again, is bearable up to here.
    const ALL: u32 = 100;
    let mut stale = Vec::new();
    for (&index, manifest) in manifests {
        let is_other = index != own.index && manifest.work.is_same_run(own);
        if is_other && !inputs.are_those_of(index, manifest)? {
            stale.push(index);
            if own.partitions > ALL {
                break;
            }
        }
    }
    Ok(stale)
}
