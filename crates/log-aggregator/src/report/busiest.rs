//! The sections of the report about pages' response times, virtual hosts, countries and networks.

use maud::{Markup, html};

use crate::output::{HostSummary, OriginSummary, OriginsSummary, PageTimes, YearSummary};

use super::readable::readable;
use super::scale::{count, duration, share, size};

/// Rows of a table.
const ROWS: usize = 15;

/// Response times of the busiest pages, where the logs have times.
pub(super) fn page_times(year: &YearSummary) -> Markup {
    let Some(pages) = &year.page_times else { return html! {} };
    let row = |page: &PageTimes| {
        html! {
            tr {
                td.key { (readable(&page.path)) }
                td { (count(page.requests)) }
                td { (duration(page.p50_us)) }
                td { (duration(page.p95_us)) }
                td { (duration(page.p99_us)) }
            }
        }
    };
    html! {
        section {
            h2 { "Response times of pages" }
            table {
                tr {
                    th.key { "path" } th { "requests" }
                    th { "median" } th { "p95" } th { "p99" }
                }
                @for page in pages.top.iter().take(ROWS) { (row(page)) }
            }
            p.faint {
                "The busiest pages. A time may be off by " (percent(pages.relative_error))
                (moved(pages.moved)) "."
            }
        }
    }
}

/// The virtual hosts, where they are counted by themselves.
pub(super) fn hosts(year: &YearSummary) -> Markup {
    let Some(hosts) = &year.hosts else { return html! {} };
    let timed = hosts.top.iter().chain(&hosts.others).any(|host| host.p50_us.is_some());
    let time = |micros: Option<u64>| micros.map_or_else(|| "–".to_owned(), duration);
    let row = |host: &HostSummary| {
        html! {
            tr {
                td.key { (readable(&host.host)) }
                td { (count(host.requests)) }
                td { (share(host.requests, year.requests)) }
                td { (known(host.people)) }
                td { (known(host.bots)) }
                td { (share(host.errors, host.requests)) }
                td { (host.bytes.map_or_else(|| "–".to_owned(), size)) }
                @if timed {
                    td { (time(host.p50_us)) }
                    td { (time(host.p95_us)) }
                    td { (time(host.p99_us)) }
                }
            }
        }
    };
    html! {
        section.wide {
            h2 { "Virtual hosts" }
            div.scroll {
                table {
                    tr {
                        th.key { "host" } th { "requests" } th { "share" } th { "people" }
                        th { "bots" } th { "errors" } th { "sent" }
                        @if timed { th { "median" } th { "p95" } th { "p99" } }
                    }
                    @for host in hosts.top.iter().take(ROWS).chain(&hosts.others) { (row(host)) }
                }
            }
            p.faint {
                @if hosts.top.len() > ROWS {
                    "The busiest " (ROWS) " of the " (count(hosts.top.len() as u64))
                    " hosts of year.json. "
                }
                "Whoever visits two hosts is a visitor of both; a host's number has a standard "
                "error of " (percent(hosts.visitors_standard_error)) (moved(hosts.moved)) "."
            }
        }
    }
}

/// Countries, or networks, where they are looked up.
pub(super) fn origins(
    year: &YearSummary,
    origins: Option<&OriginsSummary>,
    heading: &str,
    what: &str,
) -> Markup {
    let Some(origins) = origins else { return html! {} };
    let row = |origin: &OriginSummary| {
        html! {
            tr {
                td.key {
                    @match &origin.name {
                        Some(name) => { (readable(name)) " (" (origin.code) ")" }
                        None => { (origin.code) }
                    }
                }
                td { (count(origin.requests)) }
                td { (share(origin.requests, origins.requests)) }
                td { (known(origin.people)) }
                td { (known(origin.bots)) }
            }
        }
    };
    html! {
        section {
            h2 { (heading) }
            table {
                tr {
                    th.key { (what) } th { "requests" } th { "share" } th { "people" }
                    th { "bots" }
                }
                @for origin in origins.top.iter().take(ROWS) { (row(origin)) }
            }
            p.faint {
                "By " (origins.database) ". "
                @if origins.requests < year.requests {
                    (count(origins.requests)) " of the " (count(year.requests))
                    " requests were looked up. "
                }
                "People and bots have a standard error of "
                (percent(origins.visitors_standard_error)) (moved(origins.moved)) "."
            }
        }
    }
}

/// A number, or a dash where it is unknown.
fn known(number: Option<u64>) -> String {
    number.map_or_else(|| "–".to_owned(), count)
}

fn percent(part: f64) -> String {
    format!("{:.2}\u{202f}%", part * 100.0)
}

/// Words about requests that are among the others, if there may be any.
fn moved(requests: u64) -> String {
    match requests {
        0 => String::new(),
        requests => format!("; at most {} requests of each are among the others", count(requests)),
    }
}
