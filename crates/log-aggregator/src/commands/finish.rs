//! `aggregate --finish`: when a pod's month is done it looks for the others, and if all twelve are
//! there it merges them and draws the year, as `merge --report` does.

use std::collections::BTreeMap;

use job_files::{Finish, Look, Manifest, Progress, Work, finish};
use worker_runtime::{Report, on_blocking_thread};

use super::finish_input::Logs;
use super::merge::Merger;
use crate::cli::{AggregateArgs, MergeArgs};
use crate::error::Error;

/// What is to be finished.
pub(super) struct YearToFinish {
    pub(super) merger: Merger,
    /// What this pod's share of it was.
    pub(super) own: Work,
    /// What its months are made of.
    pub(super) logs: Logs,
}

/// The settings of the merge.
pub(super) fn merge_args(args: &AggregateArgs) -> MergeArgs {
    MergeArgs {
        output: args.output.clone(),
        year: Some(args.year),
        allow_missing: false,
        allow_other_filters: false,
        allow_other_time_zones: false,
        allow_other_geo_databases: false,
        top: args.top,
        report: true,
        storage: args.storage.clone(),
    }
}

/// Finishes the year if all of its months are done, after this one has come to a good end.
pub(super) async fn after(year: Option<YearToFinish>, report: Report) -> Result<Report, Error> {
    let Some(year) = year else { return Ok(report) };
    if !report.outcome.is_done() {
        return Ok(report);
    }
    let told = on_blocking_thread(move || {
        let ended = merge(&year);
        year.merger.close();
        ended
    })
    .await?;
    Ok(report.add_message(&told))
}

/// Merges the months if all are there, and says what came of it.
fn merge(year: &YearToFinish) -> Result<String, Error> {
    let merger = &year.merger;
    let step = |_: &BTreeMap<u32, Manifest>| merger.publish(merger.read()?);
    Ok(match finish(|| look(year), step, || merger.withdraw())? {
        Finish::NotYet(progress) => {
            // Folders of months count from 01, indexes from 0.
            let others = progress.others.iter().map(|index| index + 1).collect();
            let progress = Progress { others, ..progress };
            format!("{}; the last one merges them", progress.in_words("months"))
        }
        Finish::Done(year) => format!(
            "all months are done: the year {} ({} requests) and report.html are in {}",
            year.year,
            year.requests,
            merger.output()
        ),
    })
}

/// The months that are there. One counts if its results are of this run, and of its logs as they
/// are now.
fn look(year: &YearToFinish) -> Result<Look<BTreeMap<u32, Manifest>>, Error> {
    let YearToFinish { merger, own, logs } = year;
    let manifests = merger.manifests()?;
    let mut counted: BTreeMap<u32, &Manifest> =
        manifests.iter().map(|(index, found)| (*index, found)).collect();
    let mut progress = Progress::of_run(own, &counted);
    if progress.is_all() {
        let mut stale = Vec::new();
        for (&index, manifest) in &counted {
            // This pod has just compared its own.
            if index != own.index && !logs.are_those_of(index as u8 + 1, manifest)? {
                stale.push(index);
            }
        }
        counted.retain(|index, _| !stale.contains(index));
        progress = Progress::of_run(own, &counted);
        progress.others.extend(stale);
        progress.others.sort_unstable();
    }
    Ok(if progress.is_all() { Look::All(manifests) } else { Look::Some(progress) })
}
