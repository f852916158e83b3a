//! How a month is counted: what its counts depend on besides the log.

use super::calendar::Calendar;
use super::origins::OriginSources;
use super::site::OwnSites;

/// How a month is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The month.
    pub calendar: Calendar,
    /// Whether paths keep their query strings.
    pub keep_query: bool,
    /// Distinct keys of a table up to which it is exact.
    pub exact_keys: usize,
    /// Whether each virtual host is counted by itself.
    pub by_host: bool,
    /// Whether visitors are counted by hour of each weekday.
    pub by_hour: bool,
    /// Sites that are one's own, besides the virtual host of each request.
    pub own_sites: OwnSites,
    /// What countries and networks are looked up in.
    pub origins: OriginSources,
}

impl Rules {
    /// The rules as a manifest has them, by name.
    pub(crate) fn settings(&self) -> impl Iterator<Item = (String, String)> {
        let until = self.calendar.end_of_part().map(|until| until.to_string());
        [
            ("time_zone", self.calendar.zone().name().to_owned()),
            ("until", until.unwrap_or_default()),
            ("keep_query", self.keep_query.to_string()),
            ("exact_keys", self.exact_keys.to_string()),
            ("by_host", self.by_host.to_string()),
            ("visitors_by_hour", self.by_hour.to_string()),
            ("own_sites", self.own_sites.names().join(",")),
            ("countries", self.origins.countries.clone().unwrap_or_default()),
            ("networks", self.origins.networks.clone().unwrap_or_default()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
    }
}
