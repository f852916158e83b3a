//! The requests of each country and each network that clients come from.

use crate::formats::Entry;

use super::busiest::{Busiest, Limits};
use super::by_sender::BySender;
use super::part::Part;
use super::recent_visitors::{RecentVisitors, Visitor};
use super::traffic::Traffic;
use super::week_visitors::HourVisitors;

/// Countries that are kept apart, which are all there are, and bytes of memory for them.
const COUNTRIES: Limits = Limits { keys: 300, bytes: 4 << 20 };

/// The same of networks, of which there are some 80,000.
const NETWORKS: Limits = Limits { keys: 512, bytes: 4 << 20 };

/// The code of a country or a network that the database does not know.
const UNKNOWN: &str = "unknown";

/// What the origins of clients were looked up in; `None` where they were not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OriginSources {
    /// The database of countries.
    pub countries: Option<String>,
    /// The database of networks.
    pub networks: Option<String>,
}

/// A country or a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Its code, such as `DE` or `AS64496`, or `unknown`.
    pub code: Box<str>,
    /// What people call it, in at most [`Label::LONGEST`] bytes; empty where that is not known.
    pub name: Box<str>,
}

impl Label {
    /// Bytes of the longest name.
    pub const LONGEST: usize = 120;

    /// What the database does not know.
    pub fn unknown() -> Label {
        Label { code: UNKNOWN.into(), name: "".into() }
    }
}

/// Where a client comes from, as far as it was looked up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Its country.
    pub country: Option<Label>,
    /// Its network: the autonomous system that its address belongs to.
    pub network: Option<Label>,
}

/// The counts of one country or network.
#[derive(Clone, Debug, Default)]
pub struct OriginCounts {
    /// Its requests.
    pub traffic: Traffic,
    /// Its visitors: distinct ones of a day, over all days.
    pub visitors: BySender<HourVisitors>,
    /// What people call it. Of several names, as in months of different databases, the first in
    /// the order of their bytes, so that the order of the log does not matter.
    pub name: Box<str>,
}

impl OriginCounts {
    fn call(&mut self, name: &str) {
        if !name.is_empty() && (self.name.is_empty() || name < &*self.name) {
            self.name = name.into();
        }
    }
}

impl Part for OriginCounts {
    fn merge(&mut self, other: &OriginCounts) {
        self.merge_all(std::iter::once(other));
    }

    fn merge_all<'a>(&mut self, others: impl Iterator<Item = &'a Self>) {
        let others: Vec<&Self> = others.collect();
        self.visitors.merge_all(others.iter().map(|other| &other.visitors));
        for other in others {
            self.traffic.merge(&other.traffic);
            self.call(&other.name);
        }
    }

    fn requests(&self) -> u64 {
        self.traffic.requests
    }

    #[inline]
    fn size(&self) -> usize {
        // Two sketches of visitors at their largest, and the longest name.
        (2 << 12) + Label::LONGEST
    }
}

/// The counts of the busiest countries and networks, and those of all others together.
#[derive(Clone, Debug)]
pub struct Origins {
    /// Countries, where they are looked up.
    pub countries: Option<Busiest<OriginCounts>>,
    /// Networks, where they are looked up.
    pub networks: Option<Busiest<OriginCounts>>,
    sources: OriginSources,
    recent: RecentVisitors,
}

impl Origins {
    /// Nothing yet; `None` where nothing is looked up.
    pub(super) fn new(sources: &OriginSources) -> Option<Origins> {
        let countries = sources.countries.as_ref().map(|_| Busiest::new(COUNTRIES));
        let networks = sources.networks.as_ref().map(|_| Busiest::new(NETWORKS));
        (countries.is_some() || networks.is_some()).then(|| Origins {
            countries,
            networks,
            sources: sources.clone(),
            recent: RecentVisitors::new(),
        })
    }

    /// Counts a request of a day, by its number among the days of all months, and who sent it from
    /// where.
    pub(super) fn add(
        &mut self,
        entry: &Entry<'_>,
        origin: &Origin,
        day: i64,
        sender: &Visitor<'_>,
    ) {
        // Clients that are stored without what tells them apart may come from several origins, and
        // are other visitors of each.
        let (client, known) = sender.client;
        let here = u64::from(entry.origin).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let sender = Visitor { client: (client, known ^ here), ..*sender };
        let arrival = self.recent.arrival(day as usize % 32, None, &sender);
        for (busiest, label) in
            [(&mut self.countries, &origin.country), (&mut self.networks, &origin.network)]
        {
            let (Some(busiest), Some(label)) = (busiest, label) else { continue };
            busiest.add(label.code.as_bytes(), |_, counts| {
                counts.traffic.add_of(entry, sender.is_bot);
                if let Some(arrival) = arrival {
                    counts.visitors.of(sender.is_bot).add_of_day(arrival.hash, day);
                    counts.call(&label.name);
                }
            });
        }
    }

    /// Countries and networks, each with what they were looked up in.
    pub(crate) fn named(&self) -> [Option<(&str, &Busiest<OriginCounts>)>; 2] {
        let OriginSources { countries, networks } = &self.sources;
        [
            countries.as_deref().zip(self.countries.as_ref()),
            networks.as_deref().zip(self.networks.as_ref()),
        ]
    }

    /// Adds another part of the same month.
    pub(super) fn merge(&mut self, other: &Origins) {
        for (own, other) in
            [(&mut self.countries, &other.countries), (&mut self.networks, &other.networks)]
        {
            if let (Some(own), Some(other)) = (own, other) {
                own.merge(other);
            }
        }
    }

    /// Forgets all, and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.countries.iter_mut().chain(&mut self.networks).for_each(Busiest::clear);
        self.recent.clear();
    }

    /// About how many bytes of memory it takes.
    pub(super) fn size(&self) -> usize {
        self.countries.iter().chain(&self.networks).map(Busiest::size).sum()
    }
}
