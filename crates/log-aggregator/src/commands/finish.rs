//! `aggregate --finish`: when a pod's month is done it looks for the others, and if all twelve are
//! there it merges them and draws the year, as `merge --report` does.

use std::collections::BTreeMap;

use job_files::{Finish, Look, Manifest, Progress, Work, finish};
use worker_runtime::{Report, on_blocking_thread};

use super::merge::Merger;
use crate::cli::{AggregateArgs, MergeArgs};
use crate::error::Error;

/// What merges the year, and what this pod's share of it was.
pub(super) type YearToFinish = (Merger, Work);

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
    let Some((merger, own)) = year else { return Ok(report) };
    if !report.outcome.is_done() {
        return Ok(report);
    }
    let told = on_blocking_thread(move || {
        let ended = merge(&merger, &own);
        merger.close();
        ended
    })
    .await?;
    Ok(report.add_message(&told))
}

/// Merges the months if all are there, and says what came of it.
///
/// A year that was merged from other months stays until this one replaces it. It has files of its
/// own, and is what those months came to; `report` says when they have changed since.
fn merge(merger: &Merger, own: &Work) -> Result<String, Error> {
    let step = |_: &BTreeMap<u32, Manifest>| merger.publish(merger.read()?);
    Ok(match finish(|| look(merger, own), step, || Ok(()))? {
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

fn look(merger: &Merger, own: &Work) -> Result<Look<BTreeMap<u32, Manifest>>, Error> {
    let manifests = merger.manifests()?;
    let progress =
        Progress::of_run(own, &manifests.iter().map(|(index, found)| (*index, found)).collect());
    Ok(if progress.is_all() { Look::All(manifests) } else { Look::Some(progress) })
}
