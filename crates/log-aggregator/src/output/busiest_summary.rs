//! What summaries have of the busiest pages and hosts.

use serde::{Deserialize, Serialize};

use crate::counting::{
    Busiest, HOUR_STANDARD_ERROR, HostCounts, Part, TIME_SKETCH_ERROR, TimeSketch,
};

use super::known::Known;

/// The name of what is not told apart, in tables.
pub(super) const OTHERS: &str = "(others)";

/// Response times of the pages with the most requests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "PageTimes"))]
#[serde(deny_unknown_fields)]
pub struct PageTimesSummary {
    /// The relative error of each time.
    pub relative_error: f64,
    /// How many requests of a page may be among the others, as it was not always one of those that
    /// are kept apart; 0 where none is.
    pub moved: u64,
    /// The pages, the one with the most requests first.
    pub top: Vec<PageTimes>,
    /// All other pages together, where there are any.
    pub others: Option<PageTimes>,
}

/// The response times of a page, in microseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "PageTime"))]
#[serde(deny_unknown_fields)]
pub struct PageTimes {
    /// Its path; what is not UTF-8 in it is replaced by U+FFFD.
    pub path: String,
    /// Requests that have a time.
    pub requests: u64,
    /// Half of them took no longer.
    pub p50_us: u64,
    /// 95 % of them took no longer.
    pub p95_us: u64,
    /// 99 % of them took no longer.
    pub p99_us: u64,
}

/// The virtual hosts with the most requests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Hosts"))]
#[serde(deny_unknown_fields)]
pub struct HostsSummary {
    /// The relative standard error of each host's visitors.
    pub visitors_standard_error: f64,
    /// The relative error of each time.
    pub times_relative_error: f64,
    /// How many requests of a host may be among the others, as it was not always one of those that
    /// are kept apart; 0 where none is.
    pub moved: u64,
    /// The hosts, the one with the most requests first; `-` for requests without one.
    pub top: Vec<HostSummary>,
    /// All other hosts together, where there are any.
    pub others: Option<HostSummary>,
}

/// A virtual host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Host"))]
#[serde(deny_unknown_fields)]
pub struct HostSummary {
    /// Its name.
    pub host: String,
    /// Requests.
    pub requests: u64,
    /// Bytes sent; null where the log has no sizes.
    pub bytes: Option<u64>,
    /// Requests that were answered by a status of 400 or more.
    pub errors: u64,
    /// Distinct pairs of a client and a user agent on a day at this host, over all days.
    pub visitors: u64,
    /// Those of them whose user agent is no bot's; null where the log has no user agents.
    pub people: Option<u64>,
    /// Those of them that are bots; null where the log has no user agents.
    pub bots: Option<u64>,
    /// Requests of bots; null where the log has no user agents.
    pub bot_requests: Option<u64>,
    /// Half of the requests that have a time took no longer, in microseconds; null without times.
    pub p50_us: Option<u64>,
    /// The same of 95 %.
    pub p95_us: Option<u64>,
    /// The same of 99 %.
    pub p99_us: Option<u64>,
}

impl PageTimesSummary {
    /// The `number` pages with the most requests; `None` where there are no times.
    pub(super) fn of(times: &Busiest<TimeSketch>, number: usize) -> Option<PageTimesSummary> {
        let (top, others) = times.top(number);
        let page = |path: &[u8], times: &TimeSketch| PageTimes {
            path: String::from_utf8_lossy(path).into_owned(),
            requests: times.len(),
            p50_us: times.at(0.5),
            p95_us: times.at(0.95),
            p99_us: times.at(0.99),
        };
        (!times.is_empty()).then(|| PageTimesSummary {
            relative_error: TIME_SKETCH_ERROR,
            moved: times.error(),
            top: top.iter().map(|(path, times)| page(path, times)).collect(),
            others: (!others.is_empty()).then(|| page(OTHERS.as_bytes(), &others)),
        })
    }
}

impl HostsSummary {
    /// The `number` hosts with the most requests.
    pub(super) fn of(hosts: &Busiest<HostCounts>, number: usize, known: Known) -> HostsSummary {
        let (top, others) = hosts.top(number);
        let host = |name: &[u8], counts: &HostCounts| {
            let visitors = counts.visitors.map(|visitors| visitors.count());
            let (people, bots) = known.senders(visitors);
            let time = |share| (!counts.times.is_empty()).then(|| counts.times.at(share));
            HostSummary {
                host: String::from_utf8_lossy(name).into_owned(),
                requests: counts.traffic.requests,
                bytes: known.size(counts.traffic.bytes),
                errors: counts.traffic.errors,
                visitors: visitors.all(),
                people,
                bots,
                bot_requests: known.of_bots(counts.traffic.bot_requests),
                p50_us: time(0.5),
                p95_us: time(0.95),
                p99_us: time(0.99),
            }
        };
        HostsSummary {
            visitors_standard_error: HOUR_STANDARD_ERROR,
            times_relative_error: TIME_SKETCH_ERROR,
            moved: hosts.error(),
            top: top.iter().map(|(name, counts)| host(name, counts)).collect(),
            others: (others.requests() > 0).then(|| host(OTHERS.as_bytes(), &others)),
        }
    }
}
