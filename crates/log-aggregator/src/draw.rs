//! `report`: a merged year as a page.

use anyhow::Context as _;
use job_files::{BlockingStorage, LARGEST_JSON};
use object_storage::{Location, Storage};
use worker_runtime::{Outcome, Report};

use crate::cli;
use crate::error::Error;
use crate::outputs::YEAR;
use crate::report::page;
use crate::year::YearSummary;

/// Name of the page.
const REPORT: &str = "report.html";

/// Runs `report`.
pub(crate) async fn run(args: cli::Report) -> anyhow::Result<Report> {
    let storage = Storage::new(&args.storage);
    let blocking = BlockingStorage::new(storage.clone());
    let drawn = tokio::task::spawn_blocking(move || -> Result<YearSummary, Error> {
        let summary = read(&blocking, &args.output)?;
        draw(&blocking, &args.output, &summary)?;
        Ok(summary)
    });
    let drawn = drawn.await.context("the drawing thread ended early")?;
    storage.close().await;
    let summary = drawn?;
    Ok(Report::new(Outcome::Done).count("months", summary.months.len() as u64).count("requests", summary.requests))
}

/// Publishes the page of a year beside its summary.
pub(crate) fn draw(storage: &BlockingStorage, output: &Location, summary: &YearSummary) -> Result<(), Error> {
    let page = page(summary).into_bytes();
    let (at, size) = (output.join(REPORT)?, page.len());
    storage.put(&at, page)?;
    tracing::info!(report = %at, size_bytes = size, "report published");
    Ok(())
}

fn read(storage: &BlockingStorage, output: &Location) -> Result<YearSummary, Error> {
    let at = output.join(YEAR)?;
    let bytes = storage.read(&at, LARGEST_JSON)?.ok_or_else(|| Error::NoYear { at: at.to_string() })?;
    serde_json::from_slice(&bytes).map_err(|source| Error::Year { at: at.to_string(), source })
}
