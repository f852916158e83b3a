//! A month's counts as bytes, to be merged with other months: the file `state`.
//!
//! A state begins with [`MAGIC`], the version of its form, and the XXH3 (64 bits, seed 0) of the
//! rest, which is one zstd frame of the fields of `Stored` in the
//! [postcard](https://postcard.jamesmunns.com/wire-format) format. All numbers of fixed size are
//! little-endian. A state of another version, of sketches with other parameters, or with a changed
//! byte is refused.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::counting::{
    Calendar, DIGITS, LG_K, Month, NAMES, OriginSources, Origins, OwnSites, Rules, Traffic,
    WeekVisitors, Zone,
};
use crate::formats::{Remark, Unparsed};

use super::stored_parts::{
    StoredBusiest, StoredHost, StoredOrigin, StoredTable, StoredTimes, StoredVisitors, read_host,
    read_origin, read_times, read_visitors, store_host, store_origin, store_times, store_visitors,
};

/// What a state begins with.
pub const MAGIC: [u8; 8] = *b"LOGSTATE";

/// The version of the form.
pub const VERSION: u32 = 8;

const HEADER: usize = MAGIC.len() + 4 + 8;

/// The most bytes that a state may decompress to: several times those of the largest one.
const LARGEST: usize = 64 << 20;

const LEVEL: i32 = 1;

/// Why bytes are not a state that can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// They begin with something else.
    #[error("it is no state of the log-aggregator")]
    Foreign,
    /// Another version wrote them.
    #[error(
        "it is of version {0}, and this program reads version {VERSION}: aggregate the month again"
    )]
    Version(u32),
    /// They were cut off or changed.
    #[error("it is damaged ({0}): aggregate the month again")]
    Damaged(&'static str),
    /// The sketches are others.
    #[error("its sketches are {0}, and this program has {1}: aggregate the month again")]
    Sketches(String, String),
}

/// The counts of a month, and which month it is.
#[derive(Clone, Debug)]
pub struct MonthState {
    /// The year.
    pub year: i32,
    /// The month, 1 to 12.
    pub month: u8,
    /// The counts.
    pub counts: Month,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    /// The kinds and parameters of the sketches.
    sketches: String,
    year: i32,
    month: u8,
    zone: String,
    /// The end of the part of the month that is counted, in seconds since 1970, if it is a part.
    until: Option<i64>,
    keep_query: bool,
    exact_keys: u64,
    /// Requests, bytes, errors and requests of bots of each hour.
    hours: Vec<(u64, u64, u64, u64)>,
    /// HyperLogLog sketches in the form of Apache DataSketches, of people and of bots, of each day.
    visitors: Vec<StoredVisitors>,
    /// The same, smaller ones, of each hour of each weekday.
    week_visitors: Option<Vec<StoredVisitors>>,
    statuses: Vec<(u16, u64)>,
    tables: Vec<StoredTable>,
    /// Microseconds and how often.
    response_times: Vec<(u64, u64)>,
    upstream_times: Vec<(u64, u64)>,
    own_sites: Vec<String>,
    page_times: StoredBusiest<StoredTimes>,
    hosts: Option<StoredBusiest<StoredHost>>,
    /// What they were looked up in, and what was found.
    countries: Option<(String, StoredBusiest<StoredOrigin>)>,
    networks: Option<(String, StoredBusiest<StoredOrigin>)>,
    of_other_months: u64,
    after_until: u64,
    other_times: Option<(i64, i64)>,
    /// Requests that each filter leaves out, by its name.
    filtered: Vec<(String, u64)>,
    unparsed: Vec<(String, u64)>,
    remarks: Vec<(String, u64)>,
}

fn sketches() -> String {
    format!("hyperloglog 2^{}, misra-gries, hdrhistogram {} digits, xxh3 seed 0", LG_K, DIGITS)
}

impl MonthState {
    /// The bytes of the file. Equal counts give equal bytes, in whatever order they came.
    pub fn to_bytes(&self) -> Vec<u8> {
        let counts = &self.counts;
        let origins = counts.origins.as_deref().map_or([None, None], Origins::named);
        let [countries, networks] = origins.map(|named| {
            let (database, busiest) = named?;
            Some((database.to_owned(), StoredBusiest::of(busiest, store_origin)))
        });
        let stored = Stored {
            sketches: sketches(),
            year: self.year,
            month: self.month,
            zone: counts.rules().calendar.zone().name().to_owned(),
            until: counts.rules().calendar.end_of_part(),
            keep_query: counts.rules().keep_query,
            exact_keys: counts.rules().exact_keys as u64,
            hours: counts
                .hours()
                .iter()
                .map(|hour| (hour.requests, hour.bytes, hour.errors, hour.bot_requests))
                .collect(),
            visitors: counts.visitors.iter().map(store_visitors).collect(),
            week_visitors: counts
                .week_visitors
                .as_ref()
                .map(|week| week.hours().iter().map(store_visitors).collect()),
            statuses: counts.statuses().into_iter().collect(),
            tables: counts
                .tables
                .named()
                .map(|(name, table)| StoredTable::of(name, table))
                .collect(),
            response_times: counts.response_times.recorded(),
            upstream_times: counts.upstream_times.recorded(),
            own_sites: counts.rules().own_sites.names().to_vec(),
            page_times: StoredBusiest::of(&counts.page_times, store_times),
            hosts: counts
                .hosts
                .as_ref()
                .map(|hosts| StoredBusiest::of(hosts.busiest(), store_host)),
            countries,
            networks,
            of_other_months: counts.of_other_months,
            after_until: counts.after_until,
            other_times: counts.other_times,
            filtered: counts.filtered.clone().into_iter().collect(),
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
        };
        let plain = postcard::to_allocvec(&stored).expect("what it is made of always has a form");
        let body = zstd::bulk::compress(&plain, LEVEL).expect("memory can always be compressed");
        let mut bytes = Vec::with_capacity(HEADER + body.len());
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&xxh3_64(&body).to_le_bytes());
        bytes.extend_from_slice(&body);
        bytes
    }

    /// Reads what [`MonthState::to_bytes`] wrote.
    ///
    /// # Errors
    ///
    /// If the bytes are anything else.
    pub fn from_bytes(bytes: &[u8]) -> Result<MonthState, StateError> {
        let (magic, rest) = bytes.split_first_chunk::<8>().ok_or(StateError::Foreign)?;
        let (version, rest) = rest.split_first_chunk::<4>().ok_or(StateError::Foreign)?;
        if *magic != MAGIC {
            return Err(StateError::Foreign);
        }
        match u32::from_le_bytes(*version) {
            VERSION => {}
            other => return Err(StateError::Version(other)),
        }
        let (hash, body) =
            rest.split_first_chunk::<8>().ok_or(StateError::Damaged("it is cut off"))?;
        if u64::from_le_bytes(*hash) != xxh3_64(body) {
            return Err(StateError::Damaged("its checksum does not match"));
        }
        let plain = zstd::bulk::decompress(body, LARGEST)
            .map_err(|_| StateError::Damaged("it does not decompress"))?;
        let stored: Stored = postcard::from_bytes(&plain)
            .map_err(|_| StateError::Damaged("its fields cannot be read"))?;
        if stored.sketches != sketches() {
            return Err(StateError::Sketches(stored.sketches, sketches()));
        }
        stored.into_state().ok_or(StateError::Damaged("its fields contradict each other"))
    }
}

impl Stored {
    /// The counts; `None` where the fields contradict each other.
    fn into_state(self) -> Option<MonthState> {
        let whole = Calendar::new(self.year, self.month, self.zone.parse::<Zone>().ok()?)?;
        let calendar = self.until.map_or(whole, |until| whole.until(until));
        if calendar.end_of_part() != self.until {
            return None;
        }
        let exact_keys = usize::try_from(self.exact_keys).ok()?;
        let (keep_query, by_host) = (self.keep_query, self.hosts.is_some());
        let by_hour = self.week_visitors.is_some();
        let own_sites = OwnSites::new(self.own_sites.iter().map(String::as_str))?;
        let name = |origins: &Option<(String, _)>| origins.as_ref().map(|(name, _)| name.clone());
        let origins =
            OriginSources { countries: name(&self.countries), networks: name(&self.networks) };
        let rules =
            Rules { calendar, keep_query, exact_keys, by_host, by_hour, own_sites, origins };
        let mut counts = Month::new(rules);
        if self.hours.len() != counts.hours().len()
            || self.visitors.len() != calendar.days()
            || !self.tables.iter().map(|table| table.name.as_str()).eq(NAMES)
        {
            return None;
        }
        for (hour, stored) in counts.hours_mut().iter_mut().zip(self.hours) {
            let (requests, bytes, errors, bot_requests) = stored;
            *hour = Traffic { requests, bytes, errors, bot_requests };
        }
        counts.visitors = self.visitors.iter().map(read_visitors).collect::<Option<_>>()?;
        if let Some(hours) = &self.week_visitors {
            let hours = hours.iter().map(read_visitors).collect::<Option<_>>()?;
            counts.week_visitors = Some(Box::new(WeekVisitors::stored(hours)?));
        }
        for (status, requests) in self.statuses {
            counts.set_status(status, requests)?;
        }
        for (stored, table) in self.tables.iter().zip(counts.tables.all_mut()) {
            stored.fill(table)?;
        }
        for (times, stored) in [
            (&mut counts.response_times, self.response_times),
            (&mut counts.upstream_times, self.upstream_times),
        ] {
            stored.into_iter().for_each(|(micros, number)| times.add_many(micros, number));
        }
        self.page_times.fill(&mut counts.page_times, read_times)?;
        if let (Some(stored), Some(hosts)) = (&self.hosts, &mut counts.hosts) {
            stored.fill(hosts.busiest_mut(), read_host)?;
        }
        if let Some(origins) = &mut counts.origins {
            for (stored, busiest) in
                [(&self.countries, &mut origins.countries), (&self.networks, &mut origins.networks)]
            {
                if let (Some((_, stored)), Some(busiest)) = (stored, busiest) {
                    stored.fill(busiest, read_origin)?;
                }
            }
        }
        (counts.of_other_months, counts.other_times) = (self.of_other_months, self.other_times);
        counts.after_until = self.after_until;
        counts.filtered = self.filtered.into_iter().collect();
        for (name, lines) in self.unparsed {
            let why = Unparsed::ALL.into_iter().find(|why| why.to_string() == name)?;
            counts.unparsed.insert(why, lines);
        }
        for (name, lines) in self.remarks {
            let remark = Remark::ALL.into_iter().find(|remark| remark.to_string() == name)?;
            counts.remarks.insert(remark, lines);
        }
        Some(MonthState { year: self.year, month: self.month, counts })
    }
}

#[cfg(test)]
mod tests;
