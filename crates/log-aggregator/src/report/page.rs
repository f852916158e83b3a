//! The report: one page of HTML about the months of a year.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::output::{Summary, TimesSummary, YearSummary};

use super::STYLE;
use super::busiest::{hosts, origins, page_times};
use super::chart::{BarChart, Form, HeatMap, LineChart};
use super::last_year::beside;
use super::readable::readable;
use super::scale::{AxisUnit, COUNTS, SIZES, count, duration, share, size};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Rows of a table.
const ROWS: usize = 15;

/// Visitors where the log has no user agents.
const UNTOLD: &str = "people or bots";

/// The tables of the report: the name in the summary, the heading, and what a key is.
const TABLES: [(&str, &str, &str); 15] = [
    ("paths", "Pages", "path"),
    ("not_found", "Not found", "path"),
    ("server_errors", "Errors of the server (5xx)", "status and path"),
    ("client_errors", "Errors of the client (4xx but 404)", "status and path"),
    ("static_files", "Static files", "path"),
    ("clients", "Clients", "client"),
    ("sites", "Sites that people come from", "site"),
    ("entry_pages", "Pages where people come in", "site and path"),
    ("referrers", "Referrers", "referrer"),
    ("browsers", "Browsers", "browser"),
    ("systems", "Systems", "system"),
    ("agents", "User agents of people", "user agent"),
    ("bots", "Bots", "user agent"),
    ("hosts", "Hosts", "host"),
    ("protocols", "Protocols", "protocol"),
];

/// The page about a year, beside the year before it if there is one. It needs nothing else: it asks
/// no server for anything, and is readable without scripts.
pub fn page(year: &YearSummary, last: Option<&YearSummary>) -> String {
    let months = &year.months;
    let title = format!("Access logs of {}", year.year);
    let timed = months.iter().any(|month| month.response_times.is_some());
    let methods = table(year, "methods", "Methods", "method");
    let by_month = |heading, label, series: &[Series<'_>], unit| {
        section(heading, per_month(label, months, series, unit))
    };
    let requests: [Series<'_>; 1] = [("c1", "requests", |month| month.requests)];
    let visitors: [Series<'_>; 3] = [
        ("c2", "people", |month| month.people.unwrap_or(0)),
        ("c5", "bots", |month| month.bots.unwrap_or(0)),
        ("c1", UNTOLD, |month| if month.people.is_none() { month.visitors } else { 0 }),
    ];
    let visitors = &visitors[..if year.people.is_none() { 3 } else { 2 }];
    let bytes: [Series<'_>; 1] = [("c5", "sent", |month| month.bytes.unwrap_or(0))];
    let classes: [Series<'_>; 5] = [
        ("c2", "2xx", |month| class(month, '2')),
        ("c1", "3xx", |month| class(month, '3')),
        ("c3", "4xx", |month| class(month, '4')),
        ("c4", "5xx", |month| class(month, '5')),
        ("c5", "1xx or none", |month| class(month, '1') + class(month, '-')),
    ];
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta
                    http-equiv="Content-Security-Policy"
                    content="default-src 'none'; style-src 'unsafe-inline'";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (title) }
                    p.faint { (span(year)) }
                    dl.figures {
                        (figure("Requests", count(year.requests)))
                        @if let (Some(people), Some(bots), Some(requests)) =
                            (year.people, year.bots, year.bot_requests)
                        {
                            (figure("Visitors: people", count(people)))
                            (figure("Visitors: bots", count(bots)))
                            (figure("Requests of bots", share(requests, year.requests)))
                        } @else {
                            (figure("Visitors", count(year.visitors)))
                        }
                        (figure("Sent", sent(year.bytes)))
                        (figure("Errors (4xx, 5xx)", share(year.errors, year.requests)))
                        @if let Some(times) = &year.response_times {
                            (figure("Median time", duration(times.p50_us)))
                            (figure("p99", duration(times.p99_us)))
                        }
                    }
                }
                main {
                    (days(months))
                    (visitors_by_day(months))
                    @if let Some(last) = last { (beside(year, last, &MONTHS)) }
                    (by_month("Requests by month", "Requests by month", &requests, COUNTS))
                    (by_month("Visitors by month", "Visitors by month", visitors, COUNTS))
                    @if year.bytes.is_some() {
                        (by_month("Sent by month", "Bytes sent by month", &bytes, SIZES))
                    }
                    (by_month(
                        "Status by month",
                        "Requests by class of status and month",
                        &classes,
                        COUNTS,
                    ))
                    (heat("Requests by weekday and hour", &year.hours))
                    @if let Some(visitors) = &year.hour_visitors {
                        @match &visitors.people {
                            Some(people) => { (heat("People by weekday and hour", people)) }
                            None => {
                                (heat("Visitors by weekday and hour", &visitors.visitors))
                            }
                        }
                    }
                    (hosts(year))
                    (page_times(year))
                    (origins(year, year.countries.as_ref(), "Countries", "country"))
                    (origins(year, year.networks.as_ref(), "Networks", "network"))
                    // A short panel beside short ones.
                    @if timed { (times(months)) } @else { (methods) }
                    @for (name, heading, key) in TABLES { (table(year, name, heading, key)) }
                    (statuses(year))
                    @if timed { (methods) }
                }
                footer {
                    p { "An error is an answer with a status of 400 or more, of the client (4xx) "
                        "or of the server (5xx). A visitor is a client with a user agent on a day; "
                        "bots are told from people by the user agent"
                        @if year.people.is_none() {
                            ", which the log of some month does not have"
                        }
                        ". A day's number has a "
                        "standard error of " (percent(year.visitors_standard_error)) ". "
                        (leftovers(year)) }
                }
            }
        }
    };
    page.into_string()
}

fn percent(share: f64) -> String {
    format!("{:.2}\u{202f}%", share * 100.0)
}

fn figure(name: &str, value: String) -> Markup {
    html! { div { dt { (name) } dd { (value) } } }
}

/// A size, or a dash where it is unknown.
fn sent(bytes: Option<u64>) -> String {
    bytes.map_or_else(|| "–".to_owned(), size)
}

fn section(heading: &str, content: Markup) -> Markup {
    html! { section { h2 { (heading) } (content) } }
}

/// The month's name; with a star where there is only a part of it.
fn name(month: &Summary) -> String {
    let name = MONTHS
        .get(usize::from(month.month).wrapping_sub(1))
        .map_or_else(|| month.month.to_string(), |name| (*name).to_owned());
    name + if month.is_partial() { "*" } else { "" }
}

/// Which months are there only in part, each with where that part ends.
fn parts(year: &YearSummary) -> Option<String> {
    let part = |month: &Summary| {
        let until = month.until.as_deref()?;
        let (name, days) = (name(month), month.whole_days);
        Some(format!("{name} only up to {until} (whole days: {days})"))
    };
    let parts: Vec<String> = year.months.iter().filter_map(part).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// Which months there are.
fn span(year: &YearSummary) -> String {
    match parts(year) {
        Some(parts) => format!("{}. A part of a month: {parts}", months_there(year)),
        None => months_there(year),
    }
}

fn months_there(year: &YearSummary) -> String {
    let zone = &year.time_zone;
    match year.partial.len() {
        _ if !year.missing.is_empty() => {}
        0 => return format!("All twelve months, {zone}"),
        parts => return format!("Twelve months, {parts} of them not as a whole, {zone}"),
    }
    let name =
        |month: &u8| MONTHS.get(usize::from(*month).wrapping_sub(1)).copied().unwrap_or_default();
    let missing: Vec<&str> = year.missing.iter().map(name).collect();
    format!("{} of 12 months, {zone}; missing: {}", year.months.len(), missing.join(", "))
}

type Series<'a> = (&'a str, &'a str, fn(&Summary) -> u64);

fn per_month(label: &str, months: &[Summary], kinds: &[Series<'_>], unit: AxisUnit) -> Markup {
    let bars: Vec<(String, Vec<u64>)> = months
        .iter()
        .map(|month| (name(month), kinds.iter().map(|(_, _, of)| of(month)).collect()))
        .collect();
    let kinds: Vec<(&str, &str)> = kinds.iter().map(|(class, name, _)| (*class, *name)).collect();
    BarChart {
        label,
        kinds: &kinds,
        bars: &bars,
        form: Form::Stack,
        unit,
        width: 420,
        under: |name| Some(name),
    }
    .draw()
}

fn days(months: &[Summary]) -> Markup {
    let bars: Vec<(String, Vec<u64>)> = months
        .iter()
        .flat_map(|month| &month.days)
        .map(|day| (day.date.clone(), vec![day.requests, day.errors]))
        .collect();
    let kinds = [("c1", "requests"), ("c4", "errors among them")];
    let chart = BarChart {
        label: "Requests and errors by day",
        kinds: &kinds,
        under: first_of_month,
        bars: &bars,
        form: Form::Parts,
        unit: COUNTS,
        width: 1320,
    };
    html! { section.wide { h2 { "Requests by day" } div.scroll { (chart.draw()) } } }
}

fn visitors_by_day(months: &[Summary]) -> Markup {
    let kinds = [("c2", "people"), ("c5", "bots"), ("c1", UNTOLD)];
    let kinds = &kinds[..if months.iter().all(|month| month.people.is_some()) { 2 } else { 3 }];
    let days = months.iter().flat_map(|month| &month.days);
    let bars: Vec<(String, Vec<u64>)> = days
        .map(|day| {
            let untold = if day.people.is_none() { day.visitors } else { 0 };
            let values = [day.people.unwrap_or(0), day.bots.unwrap_or(0), untold];
            (day.date.clone(), values[..kinds.len()].to_vec())
        })
        .collect();
    let chart = BarChart {
        label: "Visitors by day",
        kinds,
        under: first_of_month,
        bars: &bars,
        form: Form::Stack,
        unit: COUNTS,
        width: 1320,
    };
    html! { section.wide { h2 { "Visitors by day" } div.scroll { (chart.draw()) } } }
}

/// The month's name under its first day.
fn first_of_month(date: &str) -> Option<&str> {
    let month: usize = date.strip_suffix("-01")?.rsplit('-').next()?.parse().ok()?;
    MONTHS.get(month.wrapping_sub(1)).copied()
}

fn heat(heading: &str, values: &[Vec<u64>]) -> Markup {
    let columns: Vec<String> = (0..24).map(|hour| hour.to_string()).collect();
    let chart = HeatMap { label: heading, rows: &WEEKDAYS, values, columns: &columns };
    section(heading, chart.draw())
}

fn times(months: &[Summary]) -> Markup {
    let line = |class, name, of: fn(&TimesSummary) -> u64| {
        (class, name, months.iter().map(|month| month.response_times.as_ref().map(of)).collect())
    };
    let lines = [
        line("c2", "median", |times| times.p50_us),
        line("c1", "p90", |times| times.p90_us),
        line("c3", "p95", |times| times.p95_us),
        line("c4", "p99", |times| times.p99_us),
    ];
    let places: Vec<String> = months.iter().map(name).collect();
    let chart = LineChart {
        label: "Response times by month",
        lines: &lines,
        places: &places,
        show: duration,
        width: 420,
    };
    section("Response times", chart.draw())
}

fn class(month: &Summary, first: char) -> u64 {
    month
        .statuses
        .iter()
        .filter(|(status, _)| status.starts_with(first))
        .map(|(_, requests)| requests)
        .sum()
}

fn statuses(year: &YearSummary) -> Markup {
    let content = html! {
        table {
            tr { th.key { "status" } th { "requests" } th { "share" } }
            @for (status, requests) in &year.statuses {
                tr {
                    td.key { (status) }
                    td { (count(*requests)) }
                    td { (share(*requests, year.requests)) }
                }
            }
        }
    };
    section("Status codes", content)
}

/// The most frequent keys of a table.
fn table(year: &YearSummary, name: &str, heading: &str, key: &str) -> Markup {
    let Some(table) = year.tables.get(name) else { return html! {} };
    let rows = &table.top[..table.top.len().min(ROWS)];
    // These are of people alone, and so is their share.
    let of_people = ["browsers", "systems"].contains(&name);
    let bots = year.bot_requests.filter(|_| of_people).unwrap_or(0);
    let all = year.requests.saturating_sub(bots);
    html! {
        @if !rows.is_empty() {
            section {
                h2 { (heading) }
                table {
                    tr { th.key { (key) } th { "requests" } th { "share" } th { "sent" } }
                    @for row in rows {
                        tr {
                            td.key { (readable(&row.key)) }
                            td { (count(row.requests)) }
                            td { (share(row.requests, all)) }
                            td { (sent(row.bytes)) }
                        }
                    }
                }
                @if bots > 0 { p.faint { "Of the requests of people." } }
                @if table.error > 0 {
                    p.faint { "A number may be too low by at most " (count(table.error)) "." }
                }
            }
        }
    }
}

fn leftovers(year: &YearSummary) -> String {
    let unparsed: u64 = year.unparsed.values().sum();
    let mut text = format!(
        "Lines that could not be parsed: {}; of other months: {}.",
        count(unparsed),
        count(year.of_other_months)
    );
    if !year.partial.is_empty() {
        let late = count(year.after_until);
        text.push_str(&format!(" Left out behind the part of a month: {late}."));
    }
    for (filter, requests) in &year.filtered {
        text.push_str(&format!(" Left out by the filter {filter}: {}.", count(*requests)));
    }
    for (remark, lines) in &year.remarks {
        text.push_str(&format!(" Lines with a remark, {remark}: {}.", count(*lines)));
    }
    text
}
