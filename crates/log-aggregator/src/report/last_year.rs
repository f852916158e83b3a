//! This year beside the last one.

use maud::{Markup, html};

use crate::output::{Summary, YearSummary};

use super::chart::{BarChart, Form};
use super::scale::{COUNTS, change, count, duration, size};

/// The section that compares a year with the one before it: the figures of the months that both
/// have as a whole, and the requests and people of each month side by side.
pub(super) fn beside(year: &YearSummary, last: &YearSummary, months: &[&str]) -> Markup {
    let pairs: Vec<(&Summary, &Summary)> = year
        .months
        .iter()
        .filter_map(|month| {
            let other = last.months.iter().find(|other| other.month == month.month)?;
            let are_whole = !month.is_partial() && !other.is_partial();
            are_whole.then_some((month, other))
        })
        .collect();
    let name = |month: u8| months.get(usize::from(month).wrapping_sub(1)).copied().unwrap_or("?");
    let sums = |of: fn(&Summary) -> u64| -> (u64, u64) {
        pairs.iter().fold((0, 0), |sum, (one, other)| (sum.0 + of(one), sum.1 + of(other)))
    };
    let (requests, errors) = (sums(|month| month.requests), sums(|month| month.errors));
    // Where people are unknown in one of the months, only visitors can be compared.
    let told = pairs.iter().all(|(one, other)| one.people.is_some() && other.people.is_some());
    let (people, bots) =
        (sums(|month| month.people.unwrap_or(0)), sums(|month| month.bots.unwrap_or(0)));
    let visitors = sums(|month| month.visitors);
    let sized = pairs.iter().all(|(one, other)| one.bytes.is_some() && other.bytes.is_some());
    let bytes = sums(|month| month.bytes.unwrap_or(0));
    let row = |what: &str, (now, then): (u64, u64), show: fn(u64) -> String| {
        html! {
            tr {
                td.key { (what) }
                td { (show(now)) }
                td { (show(then)) }
                td { (change(now, then)) }
            }
        }
    };
    let time = |summary: &YearSummary| summary.response_times.as_ref().map(|times| times.p95_us);
    let common: Vec<&str> = pairs.iter().map(|(one, _)| name(one.month)).collect();
    let has_parts = !year.partial.is_empty() || !last.partial.is_empty();
    let as_a_whole = if has_parts { " as a whole" } else { "" };
    let whole = pairs.len() == year.months.len() && pairs.len() == last.months.len();
    let bars = |of: fn(&Summary) -> u64| -> Vec<(String, Vec<u64>)> {
        pairs
            .iter()
            .map(|(one, other)| (name(one.month).to_owned(), vec![of(other), of(one)]))
            .collect()
    };
    let (then, now) = (last.year.to_string(), year.year.to_string());
    let chart = |label: &str, of: fn(&Summary) -> u64| {
        BarChart {
            label,
            kinds: &[("c5", &then), ("c1", &now)],
            bars: &bars(of),
            form: Form::Pairs,
            unit: COUNTS,
            width: 420,
            under: |name| Some(name),
        }
        .draw()
    };
    html! {
        section {
            h2 { (year.year) " and " (last.year) }
            @if pairs.is_empty() {
                p.faint { "The two years have no month in common" (as_a_whole) "." }
            } @else {
                table {
                    tr { th.key { "" } th { (now) } th { (then) } th { "change" } }
                    (row("requests", requests, count))
                    @if told {
                        (row("visitors: people", people, count))
                        (row("visitors: bots", bots, count))
                    } @else {
                        (row("visitors", visitors, count))
                    }
                    @if sized { (row("sent", bytes, size)) }
                    (row("errors", errors, count))
                    @if let (true, Some(now), Some(then)) = (whole, time(year), time(last)) {
                        (row("p95", (now, then), duration))
                    }
                }
                @if !whole {
                    p.faint {
                        "Of the months that both have" (as_a_whole) ": " (common.join(", ")) "."
                    }
                }
            }
        }
        @if !pairs.is_empty() {
            section {
                h2 { "Requests beside " (last.year) }
                (chart("Requests by month of this year and the last one", |month| month.requests))
            }
            section {
                @if told {
                    h2 { "People beside " (last.year) }
                    (chart("People by month of this year and the last one", |month| {
                        month.people.unwrap_or(0)
                    }))
                } @else {
                    h2 { "Visitors beside " (last.year) }
                    (chart("Visitors by month of this year and the last one", |month| {
                        month.visitors
                    }))
                }
            }
        }
    }
}
