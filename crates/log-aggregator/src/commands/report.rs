//! `report`: a merged year as a page.

use object_storage::{Location, Storage};
use worker_runtime::{Outcome, Pod, Report, on_blocking_thread};

use crate::cli::ReportArgs;
use crate::error::Error;
use crate::output::{PublishedYear, YEAR, YearSummary, check_year};
use crate::report::page;

use super::last_year::last_year;

/// Name of the page.
const REPORT: &str = "report.html";

/// Runs `report`.
pub(super) async fn run(args: ReportArgs, pod: Pod) -> Result<Report, Error> {
    let storage = Storage::until(&pod.shutdown, &args.storage);
    let look = move || -> Result<_, Error> { Ok((read(&storage, &args)?, storage, args)) };
    let read = pod.blocking_unless_stopped(look).await;
    let (summary, storage, args) = read.ok_or(Error::Stopped)??;
    let summary = on_blocking_thread(move || {
        let drawn = draw(&storage, &args.output, &summary, args.last_year.as_ref());
        storage.close();
        drawn.map(|()| summary)
    })
    .await?;
    Ok(Report::new(Outcome::Done)
        .count("months", summary.months.len() as u64)
        .count("requests", summary.requests))
}

/// Publishes the page of a year beside its summary. The year before it is drawn beside this one:
/// the one that is told, or that of the folder beside this one, where both are named by their year.
pub(super) fn draw(
    storage: &Storage,
    output: &Location,
    summary: &YearSummary,
    told: Option<&Location>,
) -> Result<(), Error> {
    let last = last_year(storage, output, summary, told)?;
    let page = page(summary, last.as_ref()).into_bytes();
    let (at, size) = (output.join(REPORT)?, page.len());
    storage.put(&at, page)?;
    tracing::info!(report = %at, size_bytes = size, "report published");
    Ok(())
}

/// Whether there is a page. Without permission to list a bucket, S3 answers 403 where there is
/// none.
pub(super) fn is_drawn(storage: &Storage, output: &Location) -> Result<bool, Error> {
    match storage.entry(&output.join(REPORT)?) {
        Err(object_storage::Error::Denied { .. }) => Ok(false),
        entry => Ok(entry?.is_some()),
    }
}

/// The year, if its months have not changed since it was merged.
fn read(storage: &Storage, args: &ReportArgs) -> Result<YearSummary, Error> {
    let at = args.output.join(YEAR)?.to_string();
    let parse = |bytes: &[u8]| -> Result<YearSummary, Error> {
        let parsed = serde_json::from_slice(bytes);
        let summary: YearSummary =
            parsed.map_err(|source| Error::Year { at: at.clone(), source })?;
        check_year(args.year, summary.year, &args.output)?;
        Ok(summary)
    };
    let merged = match PublishedYear::read(storage, &args.output) {
        Err(Error::UnfinishedYear { .. }) if args.as_merged => {
            let summary = parse(&PublishedYear::bytes(storage, &args.output)?)?;
            tracing::warn!(
                "{at} is drawn as it was merged; it has no _SUCCESS any more, since a month was \
                 counted again or has come"
            );
            return Ok(summary);
        }
        read => read?,
    };
    let summary = parse(&merged.bytes)?;
    match merged.changes(storage, &args.output) {
        Ok(None) => {}
        Ok(Some(changes)) if args.as_merged => {
            tracing::warn!("{at} is drawn as it was merged; since then {changes}")
        }
        Ok(Some(changes)) => return Err(Error::Stale { at, changes }),
        Err(error) if args.as_merged => {
            tracing::warn!(
                %error,
                "{at} is drawn as it was merged; its months cannot be looked at"
            );
        }
        Err(error) => return Err(error),
    }
    Ok(summary)
}
