//! The requests of each virtual host by themselves.

use std::borrow::Cow;

use crate::formats::Entry;

use super::busiest::{Busiest, Limits};
use super::by_sender::BySender;
use super::part::Part;
use super::recent_visitors::{RecentVisitors, Visitor};
use super::time_sketch::TimeSketch;
use super::traffic::Traffic;
use super::week_visitors::HourVisitors;

/// Hosts that are kept apart, and bytes of memory for them.
const LIMITS: Limits = Limits { keys: 256, bytes: 4 << 20 };

/// What requests without a host are counted for.
const NONE: &[u8] = b"-";

/// The counts of one host.
#[derive(Clone, Debug, Default)]
pub struct HostCounts {
    /// Its requests.
    pub traffic: Traffic,
    /// Its visitors: distinct ones of a day, over all days.
    pub visitors: BySender<HourVisitors>,
    /// Its response times.
    pub times: TimeSketch,
}

impl Part for HostCounts {
    fn merge(&mut self, other: &HostCounts) {
        self.merge_all(std::iter::once(other));
    }

    fn merge_all<'a>(&mut self, others: impl Iterator<Item = &'a Self>) {
        let others: Vec<&Self> = others.collect();
        self.visitors.merge_all(others.iter().map(|other| &other.visitors));
        for other in others {
            self.traffic.merge(&other.traffic);
            self.times.merge(&other.times);
        }
    }

    fn requests(&self) -> u64 {
        self.traffic.requests
    }

    #[inline]
    fn size(&self) -> usize {
        // Two sketches of visitors at their largest.
        const VISITORS: usize = 2 << 12;
        VISITORS + self.times.size()
    }
}

/// The counts of the busiest hosts, and those of all others together.
#[derive(Clone, Debug)]
pub struct Hosts {
    hosts: Busiest<HostCounts>,
    recent: RecentVisitors,
}

impl Hosts {
    /// Nothing yet.
    pub(super) fn new() -> Hosts {
        Hosts { hosts: Busiest::new(LIMITS), recent: RecentVisitors::new() }
    }

    /// Counts a request of a day, by its number among the days of all months, and who sent it.
    #[inline]
    pub(super) fn add(&mut self, entry: &Entry<'_>, day: i64, sender: &Visitor<'_>) {
        let host = match entry.host {
            Some(host) if host.iter().any(u8::is_ascii_uppercase) => {
                Cow::Owned(host.to_ascii_lowercase())
            }
            host => Cow::Borrowed(host.unwrap_or(NONE)),
        };
        let recent = &mut self.recent;
        self.hosts.add(&host, |hash, counts| {
            counts.traffic.add_of(entry, sender.is_bot);
            if let Some(micros) = entry.response_time {
                counts.times.add(micros);
            }
            // The same visitor is another one for each host.
            let (client, known) = sender.client;
            let sender = Visitor { client: (client, known ^ hash), ..*sender };
            if let Some(arrival) = recent.arrival(day as usize % 32, None, &sender) {
                counts.visitors.of(sender.is_bot).add_of_day(arrival.hash, day);
            }
        });
    }

    /// Adds another part of the same month.
    pub(super) fn merge(&mut self, other: &Hosts) {
        self.hosts.merge(&other.hosts);
    }

    /// Forgets all, and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.hosts.clear();
        self.recent.clear();
    }

    /// About how many bytes of memory it takes.
    pub(super) fn size(&self) -> usize {
        self.hosts.size()
    }

    /// The hosts.
    pub(crate) fn busiest(&self) -> &Busiest<HostCounts> {
        &self.hosts
    }

    /// The hosts, to be filled from what was stored.
    pub(crate) fn busiest_mut(&mut self) -> &mut Busiest<HostCounts> {
        &mut self.hosts
    }
}
