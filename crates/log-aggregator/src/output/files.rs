//! The files that a month and a year are published as.

use std::collections::BTreeMap;

use job_files::{Compression, Encoder, Finished, json_bytes};
use object_storage::{Location, Storage};
use serde::Serialize;

use crate::counting::{NAMES, Traffic};
use crate::error::Error;

use super::busiest_summary::{HostsSummary, PageTimesSummary};
use super::csv_cell::{harmless, needs_quotes};
use super::families::FAMILIES;
use super::origin_summary::OriginsSummary;
use super::summary::{HourVisitorsSummary, Summary, TimesSummary};
use super::table_summary::TableSummary;
use super::year::YearSummary;

/// Name of the sample of lines that could not be parsed.
pub(crate) const UNPARSED: &str = "unparsed.log.gz";

/// Name of the counts to be merged.
pub(crate) const STATE: &str = "state";

/// Name of a year's summary.
pub(crate) const YEAR: &str = "year.json";

/// What the keys of each table are, in the order of [`NAMES`]. Those of two words are two columns.
const KEYS: [&str; NAMES.len()] = [
    "method",
    "protocol",
    "host",
    "path",
    "path",
    "path",
    "client",
    "referrer",
    "agent",
    "agent",
    "status path",
    "status path",
    "site",
    "site path",
];

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
        bot_requests: summary.bot_requests.map(|_| traffic.bot_requests),
    });
    files.csv("hourly.csv", hours)?;
    files.csv("weekdays.csv", week(&summary.hours, summary.hour_visitors.as_ref()))?;
    files.statuses(summary.statuses.iter())?;
    files.tables(&summary.tables)?;
    files.times(&[("response", &summary.response_times), ("upstream", &summary.upstream_times)])?;
    files.busiest(summary.page_times.as_ref(), summary.hosts.as_ref())?;
    files.origins("countries.csv", "country", summary.countries.as_ref())?;
    files.origins("networks.csv", "network", summary.networks.as_ref())?;
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
        people: month.people,
        bots: month.bots,
        bot_requests: month.bot_requests,
        whole_days: month.whole_days,
        until: month.until.as_deref(),
        after_until: month.after_until,
    });
    files.csv("monthly.csv", months)?;
    files.csv("daily.csv", summary.months.iter().flat_map(|month| &month.days))?;
    files.csv("hourly.csv", week(&summary.hours, summary.hour_visitors.as_ref()))?;
    files.statuses(summary.statuses.iter())?;
    files.tables(&summary.tables)?;
    files.times(&[("response", &summary.response_times), ("upstream", &summary.upstream_times)])?;
    files.busiest(summary.page_times.as_ref(), summary.hosts.as_ref())?;
    files.origins("countries.csv", "country", summary.countries.as_ref())?;
    files.origins("networks.csv", "network", summary.networks.as_ref())?;
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
    bot_requests: Option<u64>,
}

#[derive(Serialize)]
struct WeekHourRow {
    /// ISO 8601: Monday is 1.
    weekday: usize,
    hour: usize,
    requests: u64,
    people: Option<u64>,
    bots: Option<u64>,
    visitors: Option<u64>,
}

/// A row for each hour of each weekday.
fn week<'a>(
    hours: &'a [Vec<u64>],
    visitors: Option<&'a HourVisitorsSummary>,
) -> impl Iterator<Item = WeekHourRow> + 'a {
    let rows = hours.iter().enumerate().flat_map(|(weekday, hours)| {
        hours.iter().enumerate().map(move |(hour, requests)| (weekday, hour, *requests))
    });
    rows.map(move |(weekday, hour, requests)| {
        let at = |counts: Option<&Vec<Vec<u64>>>| Some(counts?[weekday][hour]);
        WeekHourRow {
            weekday: weekday + 1,
            hour,
            requests,
            people: at(visitors.and_then(|visitors| visitors.people.as_ref())),
            bots: at(visitors.and_then(|visitors| visitors.bots.as_ref())),
            visitors: at(visitors.map(|visitors| &visitors.visitors)),
        }
    })
}

#[derive(Serialize)]
struct MonthRow<'a> {
    month: String,
    requests: u64,
    bytes: Option<u64>,
    errors: u64,
    visitors: u64,
    of_other_months: u64,
    unparsed: u64,
    people: Option<u64>,
    bots: Option<u64>,
    bot_requests: Option<u64>,
    whole_days: u8,
    /// Empty where the whole month is there.
    until: Option<&'a str>,
    after_until: u64,
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

    /// Rows under titles that are not the names of fields. The cells before the numbers may be
    /// texts of the log.
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
            let style = if row.iter().any(|cell| needs_quotes(cell)) {
                csv::QuoteStyle::NonNumeric
            } else {
                csv::QuoteStyle::Necessary
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
        for (name, key) in NAMES.into_iter().zip(KEYS).chain(FAMILIES) {
            let Some(TableSummary { top, .. }) = tables.get(name) else { continue };
            let rows = top.iter();
            let columns = key.split(' ').count();
            let rows = rows.map(|entry| {
                let bytes = entry.bytes.map_or_else(String::new, |bytes| bytes.to_string());
                let keys = entry.key.splitn(columns, ' ').map(|key| harmless(key).into_owned());
                keys.chain([entry.requests.to_string(), bytes]).collect()
            });
            let titles: Vec<&str> = key.split(' ').chain(["requests", "bytes"]).collect();
            self.titled(&format!("{name}.csv"), &titles, rows)?;
        }
        Ok(())
    }

    /// Response times of pages, and hosts, where they are counted; the others come last.
    fn busiest(
        &mut self,
        pages: Option<&PageTimesSummary>,
        hosts: Option<&HostsSummary>,
    ) -> Result<(), Error> {
        if let Some(PageTimesSummary { top, others, .. }) = pages {
            let rows = top.iter().chain(others).map(|page| {
                let numbers = [page.requests, page.p50_us, page.p95_us, page.p99_us];
                let numbers = numbers.map(|number| number.to_string());
                [harmless(&page.path).into_owned()].into_iter().chain(numbers).collect()
            });
            let titles = ["path", "requests", "p50_us", "p95_us", "p99_us"];
            self.titled("page_times.csv", &titles, rows)?;
        }
        if let Some(HostsSummary { top, others, .. }) = hosts {
            let rows = top.iter().chain(others).map(|host| {
                let numbers = [
                    Some(host.requests),
                    host.bytes,
                    Some(host.errors),
                    Some(host.visitors),
                    host.people,
                    host.bots,
                    host.bot_requests,
                    host.p50_us,
                    host.p95_us,
                    host.p99_us,
                ];
                [harmless(&host.host).into_owned()].into_iter().chain(numbers.map(text)).collect()
            });
            let titles = [
                "host",
                "requests",
                "bytes",
                "errors",
                "visitors",
                "people",
                "bots",
                "bot_requests",
                "p50_us",
                "p95_us",
                "p99_us",
            ];
            self.titled("by_host.csv", &titles, rows)?;
        }
        Ok(())
    }

    /// Countries or networks, where they are looked up; the others come last.
    fn origins(
        &mut self,
        name: &str,
        code: &str,
        origins: Option<&OriginsSummary>,
    ) -> Result<(), Error> {
        let Some(OriginsSummary { top, others, .. }) = origins else { return Ok(()) };
        let rows = top.iter().chain(others).map(|origin| {
            let before = [origin.code.as_str(), origin.name.as_deref().unwrap_or_default()];
            let before = before.map(|text| harmless(text).into_owned());
            let numbers = [
                Some(origin.requests),
                origin.bytes,
                Some(origin.errors),
                Some(origin.visitors),
                origin.people,
                origin.bots,
                origin.bot_requests,
            ];
            before.into_iter().chain(numbers.map(text)).collect()
        });
        let titles = [
            code,
            "name",
            "requests",
            "bytes",
            "errors",
            "visitors",
            "people",
            "bots",
            "bot_requests",
        ];
        self.titled(name, &titles, rows)
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

/// A number, or nothing where it is unknown.
fn text(number: Option<u64>) -> String {
    number.map_or_else(String::new, |number| number.to_string())
}
