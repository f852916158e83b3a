//! The report: one page of HTML about the months of a year.

use std::collections::BTreeMap;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::summary::{Entry, Summary, Times};

use super::STYLE;
use super::chart::{Bars, HeatMap, Lines};
use super::scale::{COUNTS, SIZES, Unit, count, duration, share, size};

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Rows of a table.
const ROWS: usize = 15;

/// The tables of the report: the name in the summary, the heading, and what a key is.
const TABLES: [(&str, &str, &str); 9] = [
    ("paths", "Pages", "path"),
    ("not_found", "Not found", "path"),
    ("static_files", "Static files", "path"),
    ("clients", "Clients", "client"),
    ("referrers", "Referrers", "referrer"),
    ("agents", "Browsers", "user agent"),
    ("bots", "Programs", "user agent"),
    ("hosts", "Hosts", "host"),
    ("methods", "Methods", "method"),
];

/// The page about these months of one year, in calendar order. It is whole in itself: it asks nothing of any server, and no
/// script is needed to read it.
pub fn page(year: i32, months: &[Summary]) -> String {
    let sum = |of: fn(&Summary) -> u64| months.iter().map(of).sum::<u64>();
    let (requests, errors) = (sum(|month| month.requests), sum(|month| month.errors));
    let title = format!("Access logs of {year}");
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (title) }
                    p.faint { (span(months)) }
                    dl.figures {
                        (figure("Requests", count(requests)))
                        (figure("Visitors", count(sum(|month| month.visitors))))
                        (figure("Sent", size(sum(|month| month.bytes))))
                        (figure("Errors", share(errors, requests)))
                        @if let Some(slowest) = months.iter().filter_map(|month| month.response_times.as_ref()).map(|times| times.p99_us).max() {
                            (figure("Slowest month's p99", duration(slowest)))
                        }
                    }
                }
                main {
                    (days(months))
                    (section("Requests by month", per_month("Requests by month", months, &[("c1", "requests", |month| month.requests)], COUNTS)))
                    (section("Visitors by month", per_month("Visitors by month", months, &[("c2", "visitors", |month| month.visitors)], COUNTS)))
                    (section("Sent by month", per_month("Bytes sent by month", months, &[("c5", "sent", |month| month.bytes)], SIZES)))
                    (section("Status by month", per_month("Requests by class of status and month", months, &[
                        ("c2", "2xx", |month| class(month, '2')), ("c1", "3xx", |month| class(month, '3')),
                        ("c3", "4xx", |month| class(month, '4')), ("c4", "5xx", |month| class(month, '5')),
                    ], COUNTS)))
                    (heat(months))
                    @if months.iter().any(|month| month.response_times.is_some()) { (times(months)) }
                    (statuses(months, requests))
                    @for (name, heading, key) in TABLES { (table(months, name, heading, key)) }
                }
                footer {
                    p { "A visitor is a client with a user agent on a day; a day's number has a standard error of "
                        (format!("{:.2}\u{202f}%", months.first().map_or(0.0, |month| month.visitors_standard_error * 100.0))) ". "
                        (leftovers(months)) }
                }
            }
        }
    };
    page.into_string()
}

fn figure(name: &str, value: String) -> Markup {
    html! { div { dt { (name) } dd { (value) } } }
}

fn section(heading: &str, content: Markup) -> Markup {
    html! { section { h2 { (heading) } (content) } }
}

fn name(month: &Summary) -> String {
    MONTHS
        .get(usize::from(month.month).wrapping_sub(1))
        .map_or_else(|| month.month.to_string(), |name| (*name).to_owned())
}

/// Which months there are.
fn span(months: &[Summary]) -> String {
    let missing: Vec<&str> = (1..)
        .zip(MONTHS)
        .filter(|(number, _)| !months.iter().any(|month| month.month == *number))
        .map(|(_, name)| name)
        .collect();
    match missing.as_slice() {
        [] => "All twelve months".to_owned(),
        missing => format!("{} of 12 months; missing: {}", months.len(), missing.join(", ")),
    }
}

type Kind<'a> = (&'a str, &'a str, fn(&Summary) -> u64);

fn per_month(label: &str, months: &[Summary], kinds: &[Kind<'_>], unit: Unit) -> Markup {
    let bars: Vec<(String, Vec<u64>)> =
        months.iter().map(|month| (name(month), kinds.iter().map(|(_, _, of)| of(month)).collect())).collect();
    let kinds: Vec<(&str, &str)> = kinds.iter().map(|(class, name, _)| (*class, *name)).collect();
    Bars { label, kinds: &kinds, bars: &bars, unit, width: 420, under: |name| Some(name) }.draw()
}

fn days(months: &[Summary]) -> Markup {
    let bars: Vec<(String, Vec<u64>)> = months
        .iter()
        .flat_map(|month| &month.days)
        .map(|day| (day.date.clone(), vec![day.requests.saturating_sub(day.errors), day.errors]))
        .collect();
    let kinds = [("c1", "requests"), ("c4", "errors")];
    let chart = Bars {
        label: "Requests and errors by day",
        kinds: &kinds,
        under: first_of_month,
        bars: &bars,
        unit: COUNTS,
        width: 1320,
    };
    html! { section.wide { h2 { "Requests by day" } div.scroll { (chart.draw()) } } }
}

/// The month's name under its first day.
fn first_of_month(date: &str) -> Option<&str> {
    let month: usize = date.strip_suffix("-01")?.rsplit('-').next()?.parse().ok()?;
    MONTHS.get(month.wrapping_sub(1)).copied()
}

fn heat(months: &[Summary]) -> Markup {
    let mut values = vec![vec![0_u64; 24]; 7];
    for month in months {
        for (sum, hours) in values.iter_mut().zip(&month.hours) {
            for (sum, requests) in sum.iter_mut().zip(hours) {
                *sum += requests;
            }
        }
    }
    let columns: Vec<String> = (0..24).map(|hour| hour.to_string()).collect();
    let chart = HeatMap { label: "Requests by weekday and hour", rows: &WEEKDAYS, values: &values, columns: &columns };
    section("Requests by weekday and hour", chart.draw())
}

fn times(months: &[Summary]) -> Markup {
    let line = |class, name, of: fn(&Times) -> u64| {
        (class, name, months.iter().map(|month| month.response_times.as_ref().map(of)).collect())
    };
    let lines = [
        line("c2", "median", |times| times.p50_us),
        line("c1", "p90", |times| times.p90_us),
        line("c3", "p95", |times| times.p95_us),
        line("c4", "p99", |times| times.p99_us),
    ];
    let places: Vec<String> = months.iter().map(name).collect();
    let chart = Lines { label: "Response times by month", lines: &lines, places: &places, show: duration, width: 420 };
    section("Response times", chart.draw())
}

fn class(month: &Summary, first: char) -> u64 {
    month.statuses.iter().filter(|(status, _)| status.starts_with(first)).map(|(_, requests)| requests).sum()
}

fn statuses(months: &[Summary], all: u64) -> Markup {
    let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
    for (status, requests) in months.iter().flat_map(|month| &month.statuses) {
        *sums.entry(status).or_default() += requests;
    }
    let content = html! {
        table {
            tr { th.key { "status" } th { "requests" } th { "share" } }
            @for (status, requests) in sums { tr { td.key { (status) } td { (count(requests)) } td { (share(requests, all)) } } }
        }
    };
    section("Status codes", content)
}

/// The most frequent keys over all months, of those that each month's summary names.
fn table(months: &[Summary], name: &str, heading: &str, key: &str) -> Markup {
    let tables: Vec<_> = months.iter().filter_map(|month| month.tables.get(name)).collect();
    let mut sums: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for Entry { key, requests, bytes } in tables.iter().flat_map(|table| &table.top) {
        let sum = sums.entry(key).or_default();
        *sum = (sum.0 + requests, sum.1 + bytes);
    }
    let mut rows: Vec<_> = sums.into_iter().collect();
    rows.sort_by_key(|(key, (requests, _))| (std::cmp::Reverse(*requests), *key));
    rows.truncate(ROWS);
    let error: u64 = tables.iter().map(|table| table.error).sum();
    html! {
        @if !rows.is_empty() {
            section {
                h2 { (heading) }
                table {
                    tr { th.key { (key) } th { "requests" } th { "sent" } }
                    @for (key, (requests, bytes)) in rows {
                        tr { td.key { @if key.is_empty() { "–" } @else { (key) } } td { (count(requests)) } td { (size(bytes)) } }
                    }
                }
                @if error > 0 { p.faint { "A number may be too low by at most " (count(error)) "." } }
            }
        }
    }
}

fn leftovers(months: &[Summary]) -> String {
    let unparsed: u64 = months.iter().flat_map(|month| month.unparsed.values()).sum();
    let others: u64 = months.iter().map(|month| month.of_other_months).sum();
    format!("Lines that are no requests: {}; of other months: {}.", count(unparsed), count(others))
}
