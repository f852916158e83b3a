//! What summaries have of the countries and networks that clients come from.

use serde::{Deserialize, Serialize};

use crate::counting::{Busiest, HOUR_STANDARD_ERROR, OriginCounts, Part};

use super::busiest_summary::OTHERS;
use super::known::Known;

/// The countries, or the networks, with the most requests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Origins"))]
#[serde(deny_unknown_fields)]
pub struct OriginsSummary {
    /// The database that they were looked up in: its kind, when it was built, and the beginning of
    /// its BLAKE3 hash. Of a year whose months had several all of them.
    pub database: String,
    /// Requests that were looked up.
    pub requests: u64,
    /// The relative standard error of each one's visitors.
    pub visitors_standard_error: f64,
    /// How many requests of one may be among the others, as it was not always one of those that
    /// are kept apart; 0 where none is.
    pub moved: u64,
    /// Those with the most requests, the one with the most first.
    pub top: Vec<OriginSummary>,
    /// All others together, where there are any.
    pub others: Option<OriginSummary>,
}

/// A country or a network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Origin"))]
#[serde(deny_unknown_fields)]
pub struct OriginSummary {
    /// ISO 3166-1's two letters of a country, or the number of an autonomous system, such as
    /// `AS64496`; `unknown` for clients that the database does not know.
    pub code: String,
    /// What the database calls it; null where it has no name.
    pub name: Option<String>,
    /// Requests.
    pub requests: u64,
    /// Bytes sent; null where the log has no sizes.
    pub bytes: Option<u64>,
    /// Requests that were answered by a status of 400 or more.
    pub errors: u64,
    /// Distinct pairs of a client and a user agent on a day, over all days.
    pub visitors: u64,
    /// Those of them whose user agent is no bot's; null where the log has no user agents.
    pub people: Option<u64>,
    /// Those of them that are bots; null where the log has no user agents.
    pub bots: Option<u64>,
    /// Requests of bots; null where the log has no user agents.
    pub bot_requests: Option<u64>,
}

impl OriginsSummary {
    /// The `number` ones with the most requests.
    pub(super) fn of(
        origins: &Busiest<OriginCounts>,
        database: String,
        number: usize,
        known: Known,
    ) -> OriginsSummary {
        let (top, others) = origins.top(number);
        let origin = |code: &[u8], name: &str, counts: &OriginCounts| {
            let visitors = counts.visitors.map(|visitors| visitors.count());
            let (people, bots) = known.senders(visitors);
            OriginSummary {
                code: String::from_utf8_lossy(code).into_owned(),
                name: (!name.is_empty()).then(|| name.to_owned()),
                requests: counts.traffic.requests,
                bytes: known.size(counts.traffic.bytes),
                errors: counts.traffic.errors,
                visitors: visitors.all(),
                people,
                bots,
                bot_requests: known.of_bots(counts.traffic.bot_requests),
            }
        };
        let shown: u64 = top.iter().map(|(_, counts)| counts.requests()).sum();
        OriginsSummary {
            database,
            requests: shown + others.requests(),
            visitors_standard_error: HOUR_STANDARD_ERROR,
            moved: origins.error(),
            top: top.iter().map(|(code, counts)| origin(code, &counts.name, counts)).collect(),
            others: (others.requests() > 0).then(|| origin(OTHERS.as_bytes(), "", &others)),
        }
    }
}
