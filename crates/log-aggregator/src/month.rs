//! What a month's requests come to. Pure: entries in, counts out.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use crate::bots::is_bot;
use crate::calendar::Calendar;
use crate::entry::Entry;
use crate::format::Unparsed;
use crate::tally::Tally;
use crate::target::{is_static, path};
use crate::visitors::Visitors;

/// Longest response time that is told from longer ones: an hour, in microseconds.
const LONGEST: u64 = 3_600_000_000;

/// Digits of a response time that are kept: its relative error is at most 0.1 %.
const DIGITS: u8 = 3;

/// How a month is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The month.
    pub calendar: Calendar,
    /// Whether paths keep their query strings.
    pub keep_query: bool,
    /// Distinct keys of a table up to which it is exact.
    pub exact_keys: usize,
}

/// A day's, or any other time's, part of the traffic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Requests.
    pub requests: u64,
    /// Bytes that were sent.
    pub bytes: u64,
    /// Requests with a status of 400 or more.
    pub errors: u64,
}

impl Traffic {
    fn add(&mut self, entry: &Entry<'_>) {
        self.requests += 1;
        self.bytes = self.bytes.saturating_add(entry.bytes);
        self.errors += u64::from(entry.status.is_some_and(|status| status >= 400));
    }

    fn merge(&mut self, other: &Traffic) {
        self.requests += other.requests;
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.errors += other.errors;
    }
}

/// The tables of most frequent keys.
#[derive(Clone, Debug)]
pub struct Tables {
    /// Methods of requests.
    pub methods: Tally,
    /// Protocols of requests.
    pub protocols: Tally,
    /// Virtual hosts.
    pub hosts: Tally,
    /// Paths that are neither static files nor answered by 404.
    pub paths: Tally,
    /// Paths that were answered by 404.
    pub not_found: Tally,
    /// Static files.
    pub static_files: Tally,
    /// Clients.
    pub clients: Tally,
    /// Referrers.
    pub referrers: Tally,
    /// User agents of people.
    pub agents: Tally,
    /// User agents of programs.
    pub bots: Tally,
}

impl Tables {
    fn new(limit: usize) -> Tables {
        let tally = || Tally::new(limit);
        Tables {
            methods: tally(),
            protocols: tally(),
            hosts: tally(),
            paths: tally(),
            not_found: tally(),
            static_files: tally(),
            clients: tally(),
            referrers: tally(),
            agents: tally(),
            bots: tally(),
        }
    }

    /// All tables with their names.
    pub fn named(&self) -> [(&'static str, &Tally); 10] {
        [
            ("methods", &self.methods),
            ("protocols", &self.protocols),
            ("hosts", &self.hosts),
            ("paths", &self.paths),
            ("not_found", &self.not_found),
            ("static_files", &self.static_files),
            ("clients", &self.clients),
            ("referrers", &self.referrers),
            ("agents", &self.agents),
            ("bots", &self.bots),
        ]
    }

    fn merge(&mut self, other: &Tables) {
        for (own, other) in [
            (&mut self.methods, &other.methods),
            (&mut self.protocols, &other.protocols),
            (&mut self.hosts, &other.hosts),
            (&mut self.paths, &other.paths),
            (&mut self.not_found, &other.not_found),
            (&mut self.static_files, &other.static_files),
            (&mut self.clients, &other.clients),
            (&mut self.referrers, &other.referrers),
            (&mut self.agents, &other.agents),
            (&mut self.bots, &other.bots),
        ] {
            own.merge(other);
        }
    }
}

/// What a month's requests come to so far.
#[derive(Clone, Debug)]
pub struct Month {
    rules: Rules,
    /// All requests of the month.
    pub total: Traffic,
    /// By day of the month, from the first.
    pub days: Vec<Traffic>,
    /// Visitors by day of the month.
    pub visitors: Vec<Visitors>,
    /// Requests by day of the week, from Monday, and hour of the day.
    pub hours: [[u64; 24]; 7],
    /// Requests by status; those without one are at 0.
    pub statuses: BTreeMap<u16, u64>,
    /// The tables of most frequent keys.
    pub tables: Tables,
    /// Response times in microseconds.
    pub response_times: Histogram<u64>,
    /// Response times of the upstream in microseconds.
    pub upstream_times: Histogram<u64>,
    /// Requests of other months, which are counted nowhere else.
    pub of_other_months: u64,
    /// Lines that are no requests, by what is wrong with them.
    pub unparsed: BTreeMap<Unparsed, u64>,
}

impl Month {
    /// A month without a request.
    pub fn new(rules: Rules) -> Month {
        let histogram = || Histogram::new_with_bounds(1, LONGEST, DIGITS).expect("the bounds are in order");
        let days = rules.calendar.days();
        Month {
            rules,
            total: Traffic::default(),
            days: vec![Traffic::default(); days],
            visitors: vec![Visitors::new(); days],
            hours: [[0; 24]; 7],
            statuses: BTreeMap::new(),
            tables: Tables::new(rules.exact_keys),
            response_times: histogram(),
            upstream_times: histogram(),
            of_other_months: 0,
            unparsed: BTreeMap::new(),
        }
    }

    /// Counts a request.
    pub fn add(&mut self, entry: &Entry<'_>) {
        let Some(place) = self.rules.calendar.place(entry.time) else {
            self.of_other_months += 1;
            return;
        };
        self.total.add(entry);
        self.days[place.day].add(entry);
        self.hours[place.weekday][place.hour] += 1;
        *self.statuses.entry(entry.status.unwrap_or(0)).or_default() += 1;
        let agent = entry.agent.unwrap_or_default();
        // Who is the same client with the same agent on one day is one visitor; this is GoAccess' meaning, too.
        self.visitors[place.day].add(xxh3_64_with_seed(entry.client, xxh3_64(agent)));
        if let Some(micros) = entry.response_time {
            self.response_times.saturating_record(micros);
        }
        if let Some(micros) = entry.upstream_time {
            self.upstream_times.saturating_record(micros);
        }
        self.tabulate(entry, agent);
    }

    fn tabulate(&mut self, entry: &Entry<'_>, agent: &[u8]) {
        let tables = &mut self.tables;
        let bytes = entry.bytes;
        let path = path(entry.target, self.rules.keep_query);
        if entry.status == Some(404) {
            tables.not_found.add(path, bytes);
        } else if is_static(path) {
            tables.static_files.add(path, bytes);
        } else {
            tables.paths.add(path, bytes);
        }
        tables.methods.add(entry.method, bytes);
        tables.protocols.add(entry.protocol, bytes);
        tables.clients.add(entry.client, bytes);
        if is_bot(entry.agent) {
            tables.bots.add(agent, bytes)
        } else {
            tables.agents.add(agent, bytes)
        }
        if let Some(host) = entry.host {
            tables.hosts.add(host, bytes);
        }
        if let Some(referrer) = entry.referrer {
            tables.referrers.add(referrer, bytes);
        }
    }

    /// Counts a line that is no request.
    pub fn add_unparsed(&mut self, why: Unparsed) {
        *self.unparsed.entry(why).or_default() += 1;
    }

    /// Adds what another part of the same month's logs came to. Everything but tables beyond their limit comes out the same in
    /// whatever parts and order it is added.
    ///
    /// # Panics
    ///
    /// Where the other was counted by other rules.
    pub fn merge(&mut self, other: &Month) {
        assert_eq!(self.rules, other.rules, "parts of one month are counted by the same rules");
        self.total.merge(&other.total);
        for (own, other) in self.days.iter_mut().zip(&other.days) {
            own.merge(other);
        }
        for (own, other) in self.visitors.iter_mut().zip(&other.visitors) {
            own.merge(other);
        }
        for (own, other) in self.hours.iter_mut().flatten().zip(other.hours.iter().flatten()) {
            *own += other;
        }
        for (status, requests) in &other.statuses {
            *self.statuses.entry(*status).or_default() += requests;
        }
        self.tables.merge(&other.tables);
        for (own, other) in
            [(&mut self.response_times, &other.response_times), (&mut self.upstream_times, &other.upstream_times)]
        {
            own.add(other).expect("both have the same bounds");
        }
        self.of_other_months += other.of_other_months;
        for (why, lines) in &other.unparsed {
            *self.unparsed.entry(*why).or_default() += lines;
        }
    }

    /// Visitors of the month: the sum over its days, since someone who comes on two days is two visitors.
    pub fn visitors(&self) -> u64 {
        self.visitors.iter().map(Visitors::count).sum()
    }
}
