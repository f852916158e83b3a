//! The counts of a month. Pure: entries in, counts out.

use std::collections::BTreeMap;

use crate::formats::{Entry, Remark, Remarks, Unparsed};

use super::busiest::{Busiest, Limits};
use super::by_sender::BySender;
use super::calendar::Place;
use super::hosts::Hosts;
use super::key::cut;
use super::origins::{Origin, Origins};
use super::recent_visitors::RecentVisitors;
use super::rules::Rules;
use super::tables::Tables;
use super::target::{is_static, path};
use super::time_sketch::TimeSketch;
use super::times::Times;
use super::traffic::Traffic;
use super::visitors::Visitors;
use super::week_visitors::WeekVisitors;

const HOURS: usize = 24;

/// Statuses are less than this.
const STATUSES: usize = 1000;

/// Pages whose response times are kept apart, and bytes of memory for them.
const PAGES: Limits = Limits { keys: 1000, bytes: 2 << 20 };

/// The counts of a month so far.
#[derive(Clone, Debug)]
pub struct Month {
    rules: Rules,
    /// Every hour of every day, from the first.
    hours: Vec<Traffic>,
    /// Visitors by day of the month, from the first.
    pub visitors: Vec<BySender<Visitors>>,
    /// Visitors by hour of each weekday, where the rules ask for them.
    pub week_visitors: Option<Box<WeekVisitors>>,
    /// Requests by status; those without a status are at 0.
    statuses: Vec<u64>,
    /// The tables of most frequent keys.
    pub tables: Tables,
    /// Response times.
    pub response_times: Times,
    /// Response times of the upstream.
    pub upstream_times: Times,
    /// Requests of other months, which are counted nowhere else.
    pub of_other_months: u64,
    /// Requests of this month that come behind the part of it that is counted; they are counted
    /// nowhere else.
    pub after_until: u64,
    /// Response times of the busiest pages.
    pub page_times: Busiest<TimeSketch>,
    /// The counts of each virtual host, where the rules ask for them.
    pub hosts: Option<Box<Hosts>>,
    /// The counts of countries and networks, where the rules say what they are looked up in.
    pub origins: Option<Box<Origins>>,
    /// When the first and the last of them were.
    pub other_times: Option<(i64, i64)>,
    /// Requests of this month that a filter leaves out, by its name; they are counted nowhere else.
    pub filtered: BTreeMap<String, u64>,
    /// Lines that could not be parsed, by what is wrong with them.
    pub unparsed: BTreeMap<Unparsed, u64>,
    /// Requests whose lines have something odd about them, by what it is.
    pub remarks: BTreeMap<Remark, u64>,
    /// The hour of the last request: its first second and the one behind its last, and where it
    /// stands in `hours`.
    hour: Option<(i64, i64, usize)>,
    recent_visitors: RecentVisitors,
}

impl Month {
    /// A month without a request.
    pub fn new(rules: Rules) -> Month {
        let days = rules.calendar.days();
        Month {
            hours: vec![Traffic::default(); days * HOURS],
            visitors: vec![BySender::default(); days],
            week_visitors: rules.by_hour.then(|| Box::new(WeekVisitors::new())),
            statuses: vec![0; STATUSES],
            tables: Tables::new(rules.exact_keys),
            response_times: Times::default(),
            upstream_times: Times::default(),
            page_times: Busiest::new(PAGES),
            hosts: rules.by_host.then(|| Box::new(Hosts::new())),
            origins: Origins::new(&rules.origins).map(Box::new),
            of_other_months: 0,
            after_until: 0,
            other_times: None,
            filtered: BTreeMap::new(),
            unparsed: BTreeMap::new(),
            remarks: BTreeMap::new(),
            hour: None,
            recent_visitors: RecentVisitors::new(),
            rules,
        }
    }

    /// How it is counted.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Counts a request.
    pub fn add(&mut self, entry: &Entry<'_>) {
        self.add_all(std::slice::from_ref(entry));
    }

    /// Counts requests, in their order: the same as counting one by one, but that the memory of
    /// large tables is waited for once for many of them.
    pub fn add_all(&mut self, entries: &[Entry<'_>]) {
        self.add_all_from(entries, &[]);
    }

    /// The same for requests that say which of these origins theirs is.
    pub(crate) fn add_all_from(&mut self, entries: &[Entry<'_>], origins: &[Origin]) {
        let mut own = Vec::with_capacity(entries.len());
        let mut hours = Vec::with_capacity(entries.len());
        for entry in entries {
            let Some(hour) = self.hour_of(entry.time) else {
                self.add_other(entry.time);
                continue;
            };
            self.hours[hour].add(entry);
            self.statuses[usize::from(entry.status.unwrap_or(0)) % STATUSES] += 1;
            if let Some(micros) = entry.response_time {
                self.response_times.add(micros);
                self.add_page_time(entry, micros);
            }
            if let Some(micros) = entry.upstream_time {
                self.upstream_times.add(micros);
            }
            if !entry.remarks.is_empty() {
                self.add_remarks(entry.remarks);
            }
            own.push(entry);
            hours.push(hour);
        }
        let Month { rules, tables, visitors, week_visitors, recent_visitors, hosts, .. } = self;
        let by_origin = &mut self.origins;
        let (mut places, traffic) = (own.iter().zip(hours), &mut self.hours);
        tables.add_all(&own, (rules.keep_query, &rules.own_sites), |sender| {
            let (entry, place) = places.next().expect("each request has an hour and a sender");
            if sender.is_bot {
                traffic[place].bot_requests += 1;
            }
            let day = place / HOURS;
            let hour = week_visitors.is_some().then_some(place % HOURS);
            if let Some(arrival) = recent_visitors.arrival(day, hour, &sender) {
                if arrival.is_new_today {
                    visitors[day].of(sender.is_bot).add(arrival.hash);
                }
                if let (Some(week), Some(hour)) = (&mut *week_visitors, hour) {
                    let weekday = rules.calendar.weekday(day);
                    week.add((weekday, day, hour), (arrival.hash, sender.is_bot));
                }
            }
            if let Some(hosts) = hosts {
                hosts.add(entry, rules.calendar.day_number(day), &sender);
            }
            if let Some(counts) = by_origin
                && let Some(origin) = origins.get(usize::from(entry.origin))
            {
                counts.add(entry, origin, rules.calendar.day_number(day), &sender);
            }
        });
    }

    /// Counts the response time of a page: of what is in the table `paths`.
    #[inline]
    fn add_page_time(&mut self, entry: &Entry<'_>, micros: u64) {
        let path = cut(path(entry.target, self.rules.keep_query));
        if entry.status != Some(404) && !is_static(path) {
            self.page_times.add(path, |_, times| times.add(micros));
        }
    }

    /// Where the hour of a time stands in `hours`; `None` where it belongs to another month.
    /// Requests come more or less in the order of time, so the last hour is remembered.
    #[inline]
    fn hour_of(&mut self, time: i64) -> Option<usize> {
        if let Some((from, until, hour)) = self.hour
            && (from..until).contains(&time)
        {
            return Some(hour);
        }
        let Place { day, hour, from, until, .. } = self.rules.calendar.place(time)?;
        let hour = day * HOURS + hour;
        self.hour = Some((from, until, hour));
        Some(hour)
    }

    #[cold]
    fn add_other(&mut self, time: i64) {
        if self.rules.calendar.place_in_month(time).is_some() {
            self.after_until += 1;
            return;
        }
        self.of_other_months += 1;
        self.other_times = span(self.other_times, Some((time, time)));
    }

    #[cold]
    fn add_remarks(&mut self, remarks: Remarks) {
        remarks.iter().for_each(|remark| self.add_remark(remark));
    }

    /// Counts a remark about a line.
    pub fn add_remark(&mut self, remark: Remark) {
        *self.remarks.entry(remark).or_default() += 1;
    }

    /// Whether the size of any answer is known, or there is no request at all: unknown sizes are
    /// not 0.
    pub fn has_sizes(&self) -> bool {
        let unknown = self.remarks.get(&Remark::NoSize).copied().unwrap_or(0);
        unknown == 0 || unknown < self.total().requests
    }

    /// Counts a request that the filter of this name leaves out, if it is of what is counted of
    /// this month; otherwise it is to be counted as all other requests are.
    pub(crate) fn leave_out(&mut self, entry: &Entry<'_>, filter: &str) -> bool {
        let is_own = self.rules.calendar.place(entry.time).is_some();
        if is_own {
            match self.filtered.get_mut(filter) {
                Some(requests) => *requests += 1,
                None => drop(self.filtered.insert(filter.to_owned(), 1)),
            }
        }
        is_own
    }

    /// Requests of this month that filters leave out.
    pub fn filtered(&self) -> u64 {
        self.filtered.values().sum()
    }

    /// Counts a line that could not be parsed.
    pub fn add_unparsed(&mut self, why: Unparsed) {
        *self.unparsed.entry(why).or_default() += 1;
    }

    /// Adds the counts of another part of the same month's logs. The sum is the same whatever the
    /// parts and their order are, but for tables beyond their limit.
    ///
    /// # Panics
    ///
    /// If the other was counted by other rules.
    pub fn merge(&mut self, other: &Month) {
        assert_eq!(self.rules, other.rules, "parts of one month are counted by the same rules");
        for (own, other) in self.hours.iter_mut().zip(&other.hours) {
            own.merge(other);
        }
        for (own, other) in self.visitors.iter_mut().zip(&other.visitors) {
            own.merge(other);
        }
        if let (Some(own), Some(other)) = (&mut self.week_visitors, &other.week_visitors) {
            own.merge(other);
        }
        for (own, other) in self.statuses.iter_mut().zip(&other.statuses) {
            *own += other;
        }
        self.tables.merge(&other.tables);
        self.response_times.merge(&other.response_times);
        self.upstream_times.merge(&other.upstream_times);
        self.page_times.merge(&other.page_times);
        if let (Some(own), Some(other)) = (&mut self.hosts, &other.hosts) {
            own.merge(other);
        }
        if let (Some(own), Some(other)) = (&mut self.origins, &other.origins) {
            own.merge(other);
        }
        self.of_other_months += other.of_other_months;
        self.after_until += other.after_until;
        self.other_times = span(self.other_times, other.other_times);
        for (filter, requests) in &other.filtered {
            *self.filtered.entry(filter.clone()).or_default() += requests;
        }
        for (why, lines) in &other.unparsed {
            *self.unparsed.entry(*why).or_default() += lines;
        }
        for (remark, lines) in &other.remarks {
            *self.remarks.entry(*remark).or_default() += lines;
        }
    }

    /// Forgets everything but the rules, and keeps the memory.
    pub fn clear(&mut self) {
        self.hours.fill(Traffic::default());
        self.visitors.fill(BySender::default());
        self.week_visitors.iter_mut().for_each(|week| week.clear());
        self.statuses.fill(0);
        self.tables.clear();
        self.response_times.clear();
        self.upstream_times.clear();
        self.page_times.clear();
        self.hosts.iter_mut().for_each(|hosts| hosts.clear());
        self.origins.iter_mut().for_each(|origins| origins.clear());
        (self.of_other_months, self.after_until, self.other_times) = (0, 0, None);
        self.filtered.clear();
        self.unparsed.clear();
        self.remarks.clear();
        self.hour = None;
        self.recent_visitors.clear();
    }

    /// About how many bytes of memory it takes.
    pub fn size(&self) -> usize {
        // What does not grow with the log: hours, statuses, registers of visitors, the buckets of
        // two histograms, and the caches of recent keys and visitors.
        const FIXED: usize = 2 << 20;
        const WEEK: usize = 2 << 20;
        let week = self.week_visitors.as_ref().map_or(0, |_| WEEK);
        let hosts = self.hosts.as_ref().map_or(0, |hosts| hosts.size());
        let origins = self.origins.as_ref().map_or(0, |origins| origins.size());
        FIXED + week + self.tables.size() + self.page_times.size() + hosts + origins
    }

    /// Whether referrers' sites are counted: only where it is known which sites are one's own.
    pub fn has_sites(&self) -> bool {
        let has_hosts = self.tables.get("hosts").is_some_and(|hosts| !hosts.is_empty());
        has_hosts || !self.rules.own_sites.is_empty()
    }

    /// All requests of the month.
    pub fn total(&self) -> Traffic {
        Traffic::sum(&self.hours)
    }

    /// The requests of every hour of every day, in order.
    pub fn hours(&self) -> &[Traffic] {
        &self.hours
    }

    /// The same hours, to be filled from a stored month.
    pub(crate) fn hours_mut(&mut self) -> &mut [Traffic] {
        &mut self.hours
    }

    /// The traffic of each day of the month, from the first.
    pub fn days(&self) -> Vec<Traffic> {
        self.hours.chunks(HOURS).map(Traffic::sum).collect()
    }

    /// Requests by day of the week, from Monday, and hour of the day.
    pub fn week(&self) -> [[u64; HOURS]; 7] {
        let mut week = [[0; HOURS]; 7];
        for (day, hours) in self.hours.chunks(HOURS).enumerate() {
            let weekday = &mut week[self.rules.calendar.weekday(day)];
            weekday.iter_mut().zip(hours).for_each(|(sum, hour)| *sum += hour.requests);
        }
        week
    }

    /// Requests by status, for statuses that occur; those without a status are at 0.
    pub fn statuses(&self) -> BTreeMap<u16, u64> {
        (0..)
            .zip(&self.statuses)
            .filter(|(_, requests)| **requests > 0)
            .map(|(status, n)| (status, *n))
            .collect()
    }

    /// Sets the requests of a status, less than 1000.
    pub(crate) fn set_status(&mut self, status: u16, requests: u64) -> Option<()> {
        *self.statuses.get_mut(usize::from(status))? = requests;
        Some(())
    }

    /// Visitors of the month: the sum over its days, so that somebody who comes on two days counts
    /// twice.
    pub fn visitors(&self) -> BySender<u64> {
        self.visitors.iter().map(|day| day.map(|sketch| sketch.count())).sum()
    }

    /// Lines that could not be parsed.
    pub fn unparsed(&self) -> u64 {
        self.unparsed.values().sum()
    }

    /// All lines that are not blank: requests of any month, whether they are counted, filtered or
    /// too late, and lines that could not be parsed.
    pub fn lines(&self) -> u64 {
        let own = self.total().requests + self.filtered() + self.after_until;
        own + self.of_other_months + self.unparsed()
    }
}

/// The shortest period that has both periods in it.
fn span(one: Option<(i64, i64)>, other: Option<(i64, i64)>) -> Option<(i64, i64)> {
    match (one, other) {
        (Some(one), Some(other)) => Some((one.0.min(other.0), one.1.max(other.1))),
        (one, other) => one.or(other),
    }
}
