//! The sections of the report about pages' response times and about virtual hosts.

use maud::{Markup, html};

use crate::output::{HostSummary, PageTimes, YearSummary};

use super::scale::{count, duration, share, size};

/// Rows of a table.
const ROWS: usize = 15;

/// Response times of the busiest pages, where the logs have times.
pub(super) fn page_times(year: &YearSummary) -> Markup {
    let Some(pages) = &year.page_times else { return html! {} };
    let row = |page: &PageTimes| {
        html! {
            tr {
                td.key { @if page.path.is_empty() { "–" } @else { (page.path) } }
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
            div.scroll {
                table {
                    tr {
                        th.key { "path" } th { "requests" }
                        th { "median" } th { "p95" } th { "p99" }
                    }
                    @for page in pages.top.iter().take(ROWS) { (row(page)) }
                }
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
                td.key { (host.host) }
                td { (count(host.requests)) }
                td { (share(host.requests, year.requests)) }
                td { (count(host.people)) }
                td { (count(host.bots)) }
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
