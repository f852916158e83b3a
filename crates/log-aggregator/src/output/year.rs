//! The summary of a year, `year.json`, and how months add up to it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::counting::{
    Busiest, HostCounts, Month, OriginCounts, Part, STANDARD_ERROR, Tables, TimeSketch, Times,
};

use super::busiest_summary::{HostsSummary, PageTimesSummary};
use super::known::Known;
use super::origin_summary::OriginsSummary;
use super::summary::{
    HourVisitorsSummary, Summary, TimesSummary, VERSION, WeekCounts, status_classes, statuses,
    tables,
};
use super::table_summary::TableSummary;

/// What the months of a year came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct YearSummary {
    /// The version of this shape, the same as that of [`Summary`].
    pub version: u32,
    /// The year.
    pub year: i32,
    /// What days and hours are counted by: `UTC`, an offset such as `+02:00`, a zone such as
    /// `Europe/Berlin`, or `as-logged`.
    pub time_zone: String,
    /// Months that are not in it, 1 to 12.
    pub missing: Vec<u8>,
    /// Months of which only a part is in it, 1 to 12: see their `until`, `whole_days` and `days`.
    pub partial: Vec<u8>,
    /// Requests of the year.
    pub requests: u64,
    /// Bytes sent, by the requests whose size the logs have; null where they have none.
    pub bytes: Option<u64>,
    /// Requests that were answered by a status of 400 or more.
    pub errors: u64,
    /// Requests of bots; null where the log of some month has no user agents.
    pub bot_requests: Option<u64>,
    /// Distinct pairs of a client and a user agent on a day, summed over the days.
    pub visitors: u64,
    /// Those of them whose user agent is no bot's; null where the log of some month has none.
    pub people: Option<u64>,
    /// Those of them that are bots; null where the log of some month has no user agents.
    pub bots: Option<u64>,
    /// The relative standard error of each day's visitors.
    pub visitors_standard_error: f64,
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
    /// Response times, where the logs have them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub response_times: Option<TimesSummary>,
    /// Response times of the upstream, where the logs have them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub upstream_times: Option<TimesSummary>,
    /// Response times of the busiest pages, where the logs have times.
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
    /// Lines that are requests of other months than that of their log.
    pub of_other_months: u64,
    /// Lines that are requests behind the parts of months that are in it.
    pub after_until: u64,
    /// Requests that each filter leaves out, by its name; they are counted nowhere else.
    pub filtered: BTreeMap<String, u64>,
    /// Lines that are no requests, by what is wrong with them.
    pub unparsed: BTreeMap<String, u64>,
    /// Lines that are counted and have something odd about them, by what it is.
    pub remarks: BTreeMap<String, u64>,
    /// The months, in calendar order.
    pub months: Vec<Summary>,
}

/// Adds months up in calendar order. What is exact in the months and fits into a table is exact in
/// the year; beyond that, the order is what makes the result the same each time.
#[derive(Debug)]
pub struct Year {
    year: i32,
    top: usize,
    hours: [[u64; 24]; 7],
    hour_visitors: Option<WeekCounts>,
    statuses: BTreeMap<u16, u64>,
    tables: Tables,
    response_times: Times,
    upstream_times: Times,
    page_times: Option<Busiest<TimeSketch>>,
    hosts: Option<Busiest<HostCounts>>,
    countries: Option<Busiest<OriginCounts>>,
    networks: Option<Busiest<OriginCounts>>,
    has_sites: bool,
    months: Vec<Summary>,
}

impl Year {
    /// A year without a month, with the `top` most frequent keys of each table, which are exact up
    /// to `exact_keys` distinct ones.
    pub fn new(year: i32, top: usize, exact_keys: usize) -> Year {
        Year {
            year,
            top,
            hours: [[0; 24]; 7],
            hour_visitors: None,
            statuses: BTreeMap::new(),
            tables: Tables::new(exact_keys),
            response_times: Times::default(),
            upstream_times: Times::default(),
            page_times: None,
            hosts: None,
            countries: None,
            networks: None,
            has_sites: false,
            months: Vec::new(),
        }
    }

    /// Adds the month `number`, which comes behind those that were added.
    pub fn add(&mut self, number: u8, month: &Month) {
        for (sum, requests) in self.hours.iter_mut().flatten().zip(month.week().iter().flatten()) {
            *sum += requests;
        }
        if let Some(week) = &month.week_visitors {
            let sums = self.hour_visitors.get_or_insert_default();
            for (sum, count) in sums.iter_mut().flatten().zip(week.counts().iter().flatten()) {
                *sum = [*sum, *count].into_iter().sum();
            }
        }
        for (status, requests) in month.statuses() {
            *self.statuses.entry(status).or_default() += requests;
        }
        self.tables.merge(&month.tables);
        self.response_times.merge(&month.response_times);
        self.upstream_times.merge(&month.upstream_times);
        self.has_sites |= month.has_sites();
        add(&mut self.page_times, Some(&month.page_times));
        add(&mut self.hosts, month.hosts.as_ref().map(|hosts| hosts.busiest()));
        if let Some(origins) = &month.origins {
            add(&mut self.countries, origins.countries.as_ref());
            add(&mut self.networks, origins.networks.as_ref());
        }
        self.months.push(Summary::of(month, self.year, number, self.top));
    }

    /// The summary of the months that were added.
    pub fn summary(self) -> YearSummary {
        let sum = |of: fn(&Summary) -> u64| self.months.iter().map(of).sum();
        let by_name = |of: fn(&Summary) -> &BTreeMap<String, u64>| {
            let mut sums = BTreeMap::new();
            for (name, lines) in self.months.iter().flat_map(of) {
                *sums.entry(name.clone()).or_default() += lines;
            }
            sums
        };
        let (unparsed, remarks) =
            (by_name(|month| &month.unparsed), by_name(|month| &month.remarks));
        let bytes =
            self.months.iter().fold(None, |sum: Option<u64>, month| match (sum, month.bytes) {
                (Some(sum), Some(bytes)) => Some(sum.saturating_add(bytes)),
                (sum, bytes) => sum.or(bytes),
            });
        // Where the people of a month are unknown, so are those of the year.
        let sum_known =
            |of: fn(&Summary) -> Option<u64>| -> Option<u64> { self.months.iter().map(of).sum() };
        let people = sum_known(|month| month.people);
        let requests: u64 = sum(|month| month.requests);
        let of_bots = sum(|month| month.bot_requests.unwrap_or_default());
        let of_people = requests.saturating_sub(of_bots);
        let known = Known {
            sizes: bytes.is_some(),
            agents: people.is_some(),
            some_agents: self.months.is_empty()
                || self.months.iter().any(|month| month.people.is_some()),
            sites: self.has_sites,
        };
        YearSummary {
            version: VERSION,
            year: self.year,
            time_zone: time_zones(&self.months),
            missing: (1..=12)
                .filter(|number| self.months.iter().all(|month| month.month != *number))
                .collect(),
            partial: self
                .months
                .iter()
                .filter(|month| month.is_partial())
                .map(|month| month.month)
                .collect(),
            requests,
            bytes: if self.months.is_empty() { Some(0) } else { bytes },
            errors: sum(|month| month.errors),
            bot_requests: sum_known(|month| month.bot_requests),
            visitors: sum(|month| month.visitors),
            people,
            bots: sum_known(|month| month.bots),
            visitors_standard_error: STANDARD_ERROR,
            hours: self.hours.iter().map(|hours| hours.to_vec()).collect(),
            hour_visitors: self
                .hour_visitors
                .as_ref()
                .map(|week| HourVisitorsSummary::of(week, known)),
            statuses: statuses(&self.statuses),
            status_classes: status_classes(&self.statuses),
            tables: tables(&self.tables, of_people, self.top, known),
            response_times: TimesSummary::of(&self.response_times),
            upstream_times: TimesSummary::of(&self.upstream_times),
            page_times: self.page_times.and_then(|times| PageTimesSummary::of(&times, self.top)),
            hosts: self.hosts.map(|hosts| HostsSummary::of(&hosts, self.top, known)),
            countries: self.countries.map(|countries| {
                let databases = databases(&self.months, |month| month.countries.as_ref());
                OriginsSummary::of(&countries, databases, self.top, known)
            }),
            networks: self.networks.map(|networks| {
                let databases = databases(&self.months, |month| month.networks.as_ref());
                OriginsSummary::of(&networks, databases, self.top, known)
            }),
            of_other_months: sum(|month| month.of_other_months),
            after_until: sum(|month| month.after_until),
            filtered: by_name(|month| &month.filtered),
            unparsed,
            remarks,
            months: self.months,
        }
    }
}

/// Adds the busiest of a month to those of the months before it.
fn add<P: Part>(sum: &mut Option<Busiest<P>>, month: Option<&Busiest<P>>) {
    match (sum, month) {
        (Some(sum), Some(month)) => sum.merge(month),
        (sum, Some(month)) => *sum = Some(month.clone()),
        (_, None) => {}
    }
}

/// The zones that the months were counted by, mostly one.
fn time_zones(months: &[Summary]) -> String {
    match distinct(months.iter().map(|month| month.time_zone.as_str())) {
        zones if zones.is_empty() => "UTC".to_owned(),
        zones => zones,
    }
}

/// The databases that origins were looked up in, mostly one.
fn databases(months: &[Summary], of: fn(&Summary) -> Option<&OriginsSummary>) -> String {
    distinct(months.iter().filter_map(of).map(|origins| origins.database.as_str()))
}

/// Each of these names once, in their order.
fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut found: Vec<&str> = Vec::new();
    for name in names {
        if !found.contains(&name) {
            found.push(name);
        }
    }
    found.join(", ")
}
