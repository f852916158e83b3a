//! The files that a month and a year are published as.

use std::collections::BTreeMap;

use job_files::{Compression, Encoder, Finished, json_bytes};
use object_storage::{Location, Storage};
use serde::Serialize;

use crate::counting::{NAMES, Traffic};
use crate::error::Error;

use super::csv_cell::{harmless, needs_quotes};
use super::summary::{Summary, TableSummary, TimesSummary};
use super::year::YearSummary;

/// Name of the sample of lines that could not be parsed.
pub(crate) const UNPARSED: &str = "unparsed.log.gz";

/// Name of the counts to be merged.
pub(crate) const STATE: &str = "state";

/// Name of a year's summary.
pub(crate) const YEAR: &str = "year.json";

/// What the keys of each table are, in the order of [`NAMES`].
const KEYS: [&str; NAMES.len()] =
    ["method", "protocol", "host", "path", "path", "path", "client", "referrer", "agent", "agent"];

/// All files of a month, in the order of publication.
pub(crate) fn month_outputs(
    storage: &Storage,
    folder: &Location,
    summary: &Summary,
    hours: &[Traffic],
    state: Vec<u8>,
    unparsed: &[u8],
) -> Result<Vec<Finished>, Error> {
    let mut files = OutputFiles { storage, folder, finished: Vec::new() };
    files.csv("daily.csv", &summary.days)?;
    let hours = hours.iter().enumerate().map(|(hour, traffic)| HourRow {
        date: &summary.days[hour / 24].date,
        hour: hour % 24,
        requests: traffic.requests,
        bytes: summary.bytes.map(|_| traffic.bytes),
        errors: traffic.errors,
    });
    files.csv("hourly.csv", hours)?;
    files.statuses(summary.statuses.iter())?;
    files.tables(&summary.tables)?;
    files.times(&[("response", &summary.response_times), ("upstream", &summary.upstream_times)])?;
    files.add(STATE, state)?;
    if !unparsed.is_empty() {
        let mut encoder = Encoder::new(Vec::new(), Compression::Gzip)?;
        encoder.write_all(unparsed)?;
        files.add(UNPARSED, encoder.finish()?)?;
    }
    files.add("summary.json", json_bytes(summary))?;
    Ok(files.finished)
}

/// All files of a year, in the order of publication.
pub(crate) fn year_outputs(
    storage: &Storage,
    folder: &Location,
    summary: &YearSummary,
    state: Vec<u8>,
) -> Result<Vec<Finished>, Error> {
    let mut files = OutputFiles { storage, folder, finished: Vec::new() };
    let months = summary.months.iter().map(|month| MonthRow {
        month: month.name(),
        requests: month.requests,
        bytes: month.bytes,
        errors: month.errors,
        visitors: month.visitors,
        of_other_months: month.of_other_months,
        unparsed: month.unparsed.values().sum(),
    });
    files.csv("monthly.csv", months)?;
    files.csv("daily.csv", summary.months.iter().flat_map(|month| &month.days))?;
    let hours = summary.hours.iter().enumerate().flat_map(|(weekday, hours)| {
        hours.iter().enumerate().map(move |(hour, requests)| WeekHourRow {
            weekday: weekday + 1,
            hour,
            requests: *requests,
        })
    });
    files.csv("hourly.csv", hours)?;
    files.statuses(summary.statuses.iter())?;
    files.tables(&summary.tables)?;
    files.times(&[("response", &summary.response_times), ("upstream", &summary.upstream_times)])?;
    files.add(STATE, state)?;
    files.add(YEAR, json_bytes(summary))?;
    Ok(files.finished)
}

#[derive(Serialize)]
struct HourRow<'a> {
    date: &'a str,
    hour: usize,
    requests: u64,
    bytes: Option<u64>,
    errors: u64,
}

#[derive(Serialize)]
struct WeekHourRow {
    /// ISO 8601: Monday is 1.
    weekday: usize,
    hour: usize,
    requests: u64,
}

#[derive(Serialize)]
struct MonthRow {
    month: String,
    requests: u64,
    bytes: Option<u64>,
    errors: u64,
    visitors: u64,
    of_other_months: u64,
    unparsed: u64,
}

struct OutputFiles<'a> {
    storage: &'a Storage,
    folder: &'a Location,
    finished: Vec<Finished>,
}

impl OutputFiles<'_> {
    fn add(&mut self, name: &str, bytes: Vec<u8>) -> Result<(), Error> {
        self.finished.push(Finished::whole(self.storage, self.folder, name, bytes)?);
        Ok(())
    }

    /// Rows whose fields are the columns.
    fn csv<T: Serialize>(
        &mut self,
        name: &str,
        rows: impl IntoIterator<Item = T>,
    ) -> Result<(), Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        for row in rows {
            writer.serialize(row).map_err(std::io::Error::from)?;
        }
        let bytes = writer.into_inner().map_err(|error| error.into_error())?;
        self.add(name, bytes)
    }

    /// Rows under titles that are not the names of fields. The first cell of a row may be a text of
    /// the log.
    fn titled(
        &mut self,
        name: &str,
        titles: &[&str],
        rows: impl IntoIterator<Item = Vec<String>>,
    ) -> Result<(), Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(titles).map_err(std::io::Error::from)?;
        let mut bytes = writer.into_inner().map_err(|error| error.into_error())?;
        for row in rows {
            let style = match row.first() {
                Some(key) if needs_quotes(key) => csv::QuoteStyle::NonNumeric,
                _ => csv::QuoteStyle::Necessary,
            };
            let mut writer = csv::WriterBuilder::new().quote_style(style).from_writer(bytes);
            writer.write_record(row).map_err(std::io::Error::from)?;
            bytes = writer.into_inner().map_err(|error| error.into_error())?;
        }
        self.add(name, bytes)
    }

    fn statuses<'a>(
        &mut self,
        statuses: impl Iterator<Item = (&'a String, &'a u64)>,
    ) -> Result<(), Error> {
        let rows = statuses.map(|(status, requests)| vec![status.clone(), requests.to_string()]);
        self.titled("statuses.csv", &["status", "requests"], rows)
    }

    fn tables(&mut self, tables: &BTreeMap<String, TableSummary>) -> Result<(), Error> {
        for (name, key) in NAMES.iter().zip(KEYS) {
            let rows = tables.get(*name).into_iter().flat_map(|table| &table.top);
            let rows = rows.map(|entry| {
                let bytes = entry.bytes.map_or_else(String::new, |bytes| bytes.to_string());
                vec![harmless(&entry.key).into_owned(), entry.requests.to_string(), bytes]
            });
            self.titled(&format!("{name}.csv"), &[key, "requests", "bytes"], rows)?;
        }
        Ok(())
    }

    /// Quantiles, where there are any.
    fn times(&mut self, times: &[(&str, &Option<TimesSummary>)]) -> Result<(), Error> {
        let rows: Vec<Vec<String>> = times
            .iter()
            .filter_map(|(name, times)| {
                let times = times.as_ref()?;
                let numbers = [
                    times.requests,
                    times.p50_us,
                    times.p90_us,
                    times.p95_us,
                    times.p99_us,
                    times.max_us,
                ];
                Some(
                    [(*name).to_owned()]
                        .into_iter()
                        .chain(numbers.map(|number| number.to_string()))
                        .collect(),
                )
            })
            .collect();
        if rows.is_empty() {
            return Ok(());
        }
        let titles = ["time", "requests", "p50_us", "p90_us", "p95_us", "p99_us", "max_us"];
        self.titled("times.csv", &titles, rows)
    }
}
