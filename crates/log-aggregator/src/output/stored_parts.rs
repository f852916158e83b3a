//! What a state has of tables, and of the busiest pages and hosts: the parts of each, and of all
//! others.

use serde::{Deserialize, Serialize, Serializer};

use crate::counting::{
    Busiest, BySender, Count, HostCounts, Label, OriginCounts, Part, Table, TimeSketch, Traffic,
    Visitors,
};

/// Writes bytes as one piece. In postcard's form that is the same as one by one, which takes many
/// times as long.
pub(super) fn at_once<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
    to.serialize_bytes(bytes)
}

/// Sketches of people and of bots, in the form of Apache DataSketches.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredVisitors {
    #[serde(serialize_with = "at_once")]
    people: Vec<u8>,
    #[serde(serialize_with = "at_once")]
    bots: Vec<u8>,
}

pub(super) fn store_visitors<const LG: u8>(visitors: &BySender<Visitors<LG>>) -> StoredVisitors {
    StoredVisitors { people: visitors.people.to_bytes(), bots: visitors.bots.to_bytes() }
}

pub(super) fn read_visitors<const LG: u8>(
    stored: &StoredVisitors,
) -> Option<BySender<Visitors<LG>>> {
    Some(BySender {
        people: Visitors::from_bytes(&stored.people)?,
        bots: Visitors::from_bytes(&stored.bots)?,
    })
}

/// The parts of the busiest keys.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredBusiest<S> {
    error: u64,
    /// Keys in the order of their bytes, with their weights.
    keys: Vec<(Vec<u8>, u64, S)>,
    /// All others.
    rest: S,
}

impl<S> StoredBusiest<S> {
    /// All of it, with the form in which each part is stored.
    pub(super) fn of<P: Part>(busiest: &Busiest<P>, store: fn(&P) -> S) -> StoredBusiest<S> {
        let mut keys: Vec<(Vec<u8>, u64, S)> = busiest
            .stored()
            .map(|(key, weight, part)| (key.to_vec(), weight, store(part)))
            .collect();
        keys.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        StoredBusiest { error: busiest.error(), keys, rest: store(busiest.rest()) }
    }

    /// Fills what has nothing yet; `None` where a part cannot be read.
    pub(super) fn fill<P: Part>(
        &self,
        busiest: &mut Busiest<P>,
        read: fn(&S) -> Option<P>,
    ) -> Option<()> {
        busiest.add_rest(&read(&self.rest)?, self.error);
        for (key, weight, part) in &self.keys {
            busiest.add_stored(key, *weight, &read(part)?);
        }
        Some(())
    }
}

/// Buckets of a sketch of times, and how many times are in each.
pub(super) type StoredTimes = Vec<(u16, u64)>;

pub(super) fn store_times(times: &TimeSketch) -> StoredTimes {
    times.buckets().collect()
}

pub(super) fn read_times(stored: &StoredTimes) -> Option<TimeSketch> {
    TimeSketch::stored(stored)
}

/// The counts of a host.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredHost {
    requests: u64,
    bytes: u64,
    errors: u64,
    bot_requests: u64,
    visitors: StoredVisitors,
    times: StoredTimes,
}

pub(super) fn store_host(counts: &HostCounts) -> StoredHost {
    let Traffic { requests, bytes, errors, bot_requests } = counts.traffic;
    StoredHost {
        requests,
        bytes,
        errors,
        bot_requests,
        visitors: store_visitors(&counts.visitors),
        times: store_times(&counts.times),
    }
}

pub(super) fn read_host(stored: &StoredHost) -> Option<HostCounts> {
    let StoredHost { requests, bytes, errors, bot_requests, .. } = *stored;
    Some(HostCounts {
        traffic: Traffic { requests, bytes, errors, bot_requests },
        visitors: read_visitors(&stored.visitors)?,
        times: read_times(&stored.times)?,
    })
}

/// The counts of a country or a network.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredOrigin {
    name: String,
    requests: u64,
    bytes: u64,
    errors: u64,
    bot_requests: u64,
    visitors: StoredVisitors,
}

pub(super) fn store_origin(counts: &OriginCounts) -> StoredOrigin {
    let Traffic { requests, bytes, errors, bot_requests } = counts.traffic;
    let (name, visitors) = (counts.name.to_string(), store_visitors(&counts.visitors));
    StoredOrigin { name, requests, bytes, errors, bot_requests, visitors }
}

pub(super) fn read_origin(stored: &StoredOrigin) -> Option<OriginCounts> {
    let StoredOrigin { requests, bytes, errors, bot_requests, .. } = *stored;
    Some(OriginCounts {
        traffic: Traffic { requests, bytes, errors, bot_requests },
        visitors: read_visitors(&stored.visitors)?,
        name: (stored.name.len() <= Label::LONGEST).then(|| stored.name.as_str().into())?,
    })
}

/// A table.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredTable {
    pub name: String,
    error: u64,
    /// Length, requests and bytes of each key, in the order of the keys.
    keys: Vec<(u32, u64, u64)>,
    /// The keys themselves.
    #[serde(serialize_with = "at_once")]
    text: Vec<u8>,
}

/// The first bytes of a key as a number, which sorts like the key.
fn beginning(key: &[u8]) -> u128 {
    let mut first = [0; 16];
    let length = key.len().min(16);
    first[..length].copy_from_slice(&key[..length]);
    u128::from_be_bytes(first)
}

impl StoredTable {
    pub(super) fn of(name: &str, table: &Table) -> StoredTable {
        let mut sorted: Vec<_> =
            table.keys().map(|(key, count)| (beginning(key), key, count)).collect();
        // Most keys differ in their beginnings, and comparing numbers is several times as fast.
        sorted.sort_unstable_by(|one, other| (one.0, one.1).cmp(&(other.0, other.1)));
        let mut text = Vec::with_capacity(sorted.iter().map(|(_, key, _)| key.len()).sum());
        sorted.iter().for_each(|(_, key, _)| text.extend_from_slice(key));
        let keys = sorted
            .iter()
            .map(|(_, key, count)| (key.len() as u32, count.requests, count.bytes))
            .collect();
        StoredTable { name: name.to_owned(), error: table.error(), keys, text }
    }

    /// Adds its keys to a table; `None` where they contradict each other.
    pub(super) fn fill(&self, table: &mut Table) -> Option<()> {
        table.add_error(self.error);
        let mut rest = self.text.as_slice();
        for (length, requests, bytes) in &self.keys {
            let (key, behind) = rest.split_at_checked(*length as usize)?;
            table.add_counted(key, Count { requests: *requests, bytes: *bytes });
            rest = behind;
        }
        rest.is_empty().then_some(())
    }
}
