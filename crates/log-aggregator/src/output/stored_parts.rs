//! What a state has of the busiest pages and hosts: the parts of each, and of all others.

use serde::{Deserialize, Serialize, Serializer};

use crate::counting::{Busiest, BySender, HostCounts, Part, TimeSketch, Traffic, Visitors};

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
