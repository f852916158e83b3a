//! The summary of a month, as programs read it: `summary.json`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::counting::{
    BySender, HOUR_STANDARD_ERROR, Month, Origins, STANDARD_ERROR, Tables, Times, Traffic,
};

use super::busiest_summary::{HostsSummary, PageTimesSummary};
use super::families::families;
use super::known::Known;
use super::origin_summary::OriginsSummary;
use super::table_summary::TableSummary;

/// The version of the shape of [`Summary`]. Raise it with every change that could break a reader.
pub(super) const VERSION: u32 = 5;

/// What a month came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// The version of this shape.
    pub version: u32,
    /// The year.
    pub year: i32,
    /// The month, 1 to 12.
    pub month: u8,
    /// What days and hours are counted by: `UTC`, an offset such as `+02:00`, a zone such as
    /// `Europe/Berlin`, or `as-logged`.
    pub time_zone: String,
    /// Where this is only a part of the month, the end of that part, such as
    /// `2024-03-15T00:00:00+01:00`: only requests before it are counted. Null for the whole month.
    pub until: Option<String>,
    /// Days of the month that are wholly in it: all of them, or those that are over at `until`.
    pub whole_days: u8,
    /// Requests of the month.
    pub requests: u64,
    /// Bytes sent, by the requests whose size the log has; null where it has none.
    pub bytes: Option<u64>,
    /// Requests that were answered by a status of 400 or more.
    pub errors: u64,
    /// Requests of bots; null where no request has a user agent.
    pub bot_requests: Option<u64>,
    /// Distinct pairs of a client and a user agent on a day, summed over the days.
    pub visitors: u64,
    /// Those of them whose user agent is no bot's; null where no request has one.
    pub people: Option<u64>,
    /// Those of them that are bots; null where no request has a user agent.
    pub bots: Option<u64>,
    /// The relative standard error of each day's visitors.
    pub visitors_standard_error: f64,
    /// The days of the month, in order; of a part of the month, those that have begun before its
    /// end.
    pub days: Vec<Day>,
    /// Requests by day of the week, from Monday, and hour of the day.
    pub hours: Vec<Vec<u64>>,
    /// Visitors by day of the week and hour of the day, where they are counted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hour_visitors: Option<HourVisitorsSummary>,
    /// Requests by status; `-` for those without one.
    pub statuses: BTreeMap<String, u64>,
    /// Requests by class of status, such as `4xx`; `-` for those without a status.
    pub status_classes: BTreeMap<String, u64>,
    /// The most frequent keys of each table.
    pub tables: BTreeMap<String, TableSummary>,
    /// Response times, where the log has them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub response_times: Option<TimesSummary>,
    /// Response times of the upstream, where the log has them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub upstream_times: Option<TimesSummary>,
    /// Response times of the busiest pages, where the log has times.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub page_times: Option<PageTimesSummary>,
    /// The busiest virtual hosts, where they are counted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hosts: Option<HostsSummary>,
    /// The countries that clients come from, where they are looked up.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub countries: Option<OriginsSummary>,
    /// The networks that clients come from, where they are looked up.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub networks: Option<OriginsSummary>,
    /// Lines that are requests of other months.
    pub of_other_months: u64,
    /// Lines that are requests of this month at or after `until`; they are counted nowhere else.
    pub after_until: u64,
    /// Requests that each filter leaves out, by its name; they are counted nowhere else.
    pub filtered: BTreeMap<String, u64>,
    /// Lines that are no requests, by what is wrong with them.
    pub unparsed: BTreeMap<String, u64>,
    /// Lines that are counted and have something odd about them, by what it is.
    pub remarks: BTreeMap<String, u64>,
}

/// One day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Day {
    /// Its date, such as `2024-02-29`.
    pub date: String,
    /// Requests.
    pub requests: u64,
    /// Bytes sent; null where the log has no sizes.
    pub bytes: Option<u64>,
    /// Requests that were answered by a status of 400 or more.
    pub errors: u64,
    /// About how many distinct pairs of a client and a user agent.
    pub visitors: u64,
    /// Those of them whose user agent is no bot's; null where the month's log has none.
    pub people: Option<u64>,
    /// Those of them that are bots; null where the month's log has no user agents.
    pub bots: Option<u64>,
    /// Requests of bots; null where the month's log has no user agents.
    pub bot_requests: Option<u64>,
}

/// Visitors by day of the week, from Monday, and hour of the day: distinct ones in an hour, summed
/// over the days.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "HourVisitors"))]
#[serde(deny_unknown_fields)]
pub struct HourVisitorsSummary {
    /// The relative standard error of each hour's visitors.
    pub standard_error: f64,
    /// All of them.
    pub visitors: Vec<Vec<u64>>,
    /// Those whose user agent is no bot's; null where the log has no user agents.
    pub people: Option<Vec<Vec<u64>>>,
    /// Bots; null where the log has no user agents.
    pub bots: Option<Vec<Vec<u64>>>,
}

/// Counts of visitors by weekday and hour.
pub(crate) type WeekCounts = [[BySender<u64>; 24]; 7];

impl HourVisitorsSummary {
    pub(super) fn of(week: &WeekCounts, known: Known) -> HourVisitorsSummary {
        let counts = |of: fn(&BySender<u64>) -> u64| {
            week.iter().map(|hours| hours.iter().map(of).collect()).collect()
        };
        HourVisitorsSummary {
            standard_error: HOUR_STANDARD_ERROR,
            visitors: counts(|hour| hour.all()),
            people: known.agents.then(|| counts(|hour| hour.people)),
            bots: known.agents.then(|| counts(|hour| hour.bots)),
        }
    }
}

/// A distribution of times, in microseconds, to a relative error of 0.1 %.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Times"))]
#[serde(deny_unknown_fields)]
pub struct TimesSummary {
    /// Requests that have a time.
    pub requests: u64,
    /// Half of them took no longer.
    pub p50_us: u64,
    /// 90 % of them took no longer.
    pub p90_us: u64,
    /// 95 % of them took no longer.
    pub p95_us: u64,
    /// 99 % of them took no longer.
    pub p99_us: u64,
    /// The longest.
    pub max_us: u64,
}

/// The hours of a month that have begun before the end of what is counted, with those in which
/// something was counted: where a clock is put back, some of them may come once more.
pub(crate) fn hours_of(counts: &Month) -> &[Traffic] {
    let hours = counts.hours();
    let (_, begun) = counts.rules().calendar.begun();
    let last = hours.iter().rposition(|hour| hour.requests > 0).map_or(0, |last| last + 1);
    &hours[..begun.max(last)]
}

impl Summary {
    /// The month's name, such as `2024-03`.
    pub fn name(&self) -> String {
        format!("{:04}-{:02}", self.year, self.month)
    }

    /// Whether this is only a part of the month.
    pub fn is_partial(&self) -> bool {
        self.until.is_some()
    }

    /// The summary of `month` of `year`, with the `top` most frequent keys of each table.
    pub fn of(counts: &Month, year: i32, month: u8, top: usize) -> Summary {
        let Traffic { requests, bytes, errors, bot_requests } = counts.total();
        let visitors = counts.visitors();
        let known = Known::of(counts);
        let calendar = counts.rules().calendar;
        let mut days = counts.days();
        days.truncate(hours_of(counts).len().div_ceil(24));
        let days = days.iter().zip(&counts.visitors).zip(1..).map(|((day, visitors), number)| {
            let visitors = visitors.map(|sketch| sketch.count());
            let (people, bots) = known.senders(visitors);
            Day {
                date: format!("{year:04}-{month:02}-{number:02}"),
                requests: day.requests,
                bytes: known.size(day.bytes),
                errors: day.errors,
                visitors: visitors.all(),
                people,
                bots,
                bot_requests: known.of_bots(day.bot_requests),
            }
        });
        let origins = counts.origins.as_deref().map_or([None, None], Origins::named);
        let [countries, networks] = origins.map(|named| {
            let (database, busiest) = named?;
            Some(OriginsSummary::of(busiest, database.to_owned(), top, known))
        });
        let (people, bots) = known.senders(visitors);
        Summary {
            version: VERSION,
            year,
            month,
            time_zone: calendar.zone().name().to_owned(),
            until: calendar.end_of_part().map(|until| calendar.zone().show(until)),
            whole_days: calendar.whole_days() as u8,
            requests,
            bytes: known.size(bytes),
            errors,
            bot_requests: known.of_bots(bot_requests),
            visitors: visitors.all(),
            people,
            bots,
            visitors_standard_error: STANDARD_ERROR,
            days: days.collect(),
            hours: counts.week().iter().map(|hours| hours.to_vec()).collect(),
            hour_visitors: counts
                .week_visitors
                .as_ref()
                .map(|week| HourVisitorsSummary::of(&week.counts(), known)),
            statuses: statuses(&counts.statuses()),
            status_classes: status_classes(&counts.statuses()),
            tables: tables(&counts.tables, requests.saturating_sub(bot_requests), top, known),
            response_times: TimesSummary::of(&counts.response_times),
            upstream_times: TimesSummary::of(&counts.upstream_times),
            page_times: PageTimesSummary::of(&counts.page_times, top),
            hosts: counts.hosts.as_ref().map(|hosts| HostsSummary::of(hosts.busiest(), top, known)),
            countries,
            networks,
            of_other_months: counts.of_other_months,
            after_until: counts.after_until,
            filtered: counts.filtered.clone(),
            unparsed: counts
                .unparsed
                .iter()
                .map(|(why, lines)| (why.to_string(), *lines))
                .collect(),
            remarks: counts
                .remarks
                .iter()
                .map(|(remark, lines)| (remark.to_string(), *lines))
                .collect(),
        }
    }
}

/// Requests by status as a summary has them.
pub(crate) fn statuses(statuses: &BTreeMap<u16, u64>) -> BTreeMap<String, u64> {
    let name = |status: u16| if status == 0 { "-".to_owned() } else { status.to_string() };
    statuses.iter().map(|(status, requests)| (name(*status), *requests)).collect()
}

/// Requests by class of status as a summary has them.
pub(crate) fn status_classes(statuses: &BTreeMap<u16, u64>) -> BTreeMap<String, u64> {
    let mut classes = BTreeMap::new();
    for (status, requests) in statuses {
        let name = if *status == 0 { "-".to_owned() } else { format!("{}xx", status / 100) };
        *classes.entry(name).or_default() += requests;
    }
    classes
}

/// Tables as a summary has them; people have sent this many of the requests.
pub(super) fn tables(
    tables: &Tables,
    of_people: u64,
    top: usize,
    known: Known,
) -> BTreeMap<String, TableSummary> {
    let counted = tables
        .named()
        .filter(|(name, _)| known.has_table(name))
        .map(|(name, table)| (name.to_owned(), TableSummary::of(table, top, known)));
    let families = known.has_table("agents").then(|| families(tables, of_people, top, known));
    counted.chain(families.into_iter().flatten()).collect()
}

impl TimesSummary {
    pub(crate) fn of(times: &Times) -> Option<TimesSummary> {
        (!times.is_empty()).then(|| TimesSummary {
            requests: times.len(),
            p50_us: times.at(0.5),
            p90_us: times.at(0.9),
            p95_us: times.at(0.95),
            p99_us: times.at(0.99),
            max_us: times.longest(),
        })
    }
}
