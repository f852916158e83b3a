//! How a month was counted, which says what it can be added up with.

use crate::counting::{OriginSources, OwnSites};
use crate::output::{MonthState, PublishedMonth};

/// How a month was counted. Only months that were counted alike can be added up.
#[derive(Debug, PartialEq)]
pub(super) struct MonthKind {
    pub year: i32,
    pub zone: String,
    pub keep_query: bool,
    pub exact_keys: usize,
    pub by_host: bool,
    pub by_hour: bool,
    pub own_sites: OwnSites,
    pub origins: OriginSources,
    /// Their names.
    pub filters: Vec<String>,
    /// What was stored in the place of clients.
    pub clients: String,
    pub output_version: u32,
}

impl MonthKind {
    /// That of a month.
    pub(super) fn of(month: &PublishedMonth, state: &MonthState) -> MonthKind {
        let rules = state.counts.rules();
        MonthKind {
            year: state.year,
            zone: rules.calendar.zone().name().to_owned(),
            keep_query: rules.keep_query,
            exact_keys: rules.exact_keys,
            by_host: rules.by_host,
            by_hour: rules.by_hour,
            own_sites: rules.own_sites.clone(),
            origins: rules.origins.clone(),
            filters: state.counts.filtered.keys().cloned().collect(),
            clients: month.clients.clone(),
            output_version: month.output_version,
        }
    }

    /// What can differ, in words.
    fn in_words(&self) -> [String; 11] {
        let with = |is_counted: bool| if is_counted { "with" } else { "without" };
        [
            format!("year {}", self.year),
            format!("the time zone {}", self.zone),
            format!("paths {} queries", with(self.keep_query)),
            format!("{} exact keys", self.exact_keys),
            format!("counts {} --by-host", with(self.by_host)),
            format!("counts {} --visitors-by-hour", with(self.by_hour)),
            match self.filters.as_slice() {
                [] => "no filters".to_owned(),
                filters => format!("the filters {}", filters.join(", ")),
            },
            match self.clients.as_str() {
                "false" => "clients as logged".to_owned(),
                "true" => "clients by network".to_owned(),
                hash => format!("clients by {hash}"),
            },
            format!("own sites {:?}", self.own_sites.names().join(", ")),
            in_words(&self.origins),
            format!("outputs of version {}", self.output_version),
        ]
    }
}

/// Where two kinds of months differ: what the one has, and what the other has.
pub(super) fn differences(one: &MonthKind, other: &MonthKind) -> (String, String) {
    let pairs = one.in_words().into_iter().zip(other.in_words());
    let (one, other): (Vec<_>, Vec<_>) = pairs.filter(|(one, other)| one != other).unzip();
    (one.join(", "), other.join(", "))
}

/// What clients were looked up in.
pub(super) fn in_words(origins: &OriginSources) -> String {
    let OriginSources { countries, networks } = origins;
    let part = |what: &str, database: &Option<String>| match database {
        Some(database) => format!("{what} by {database}"),
        None => format!("no {what}"),
    };
    format!("{}, {}", part("countries", countries), part("networks", networks))
}
