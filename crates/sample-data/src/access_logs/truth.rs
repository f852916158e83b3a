//! What a reader of a month's logs must find, known because every line was made on purpose.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;

use super::{calendar::date_of, format::Writer, request::Request};

/// The paths in a truth.
const TOP_PATHS: usize = 100;

/// The counts of a month.
#[derive(Clone, Debug)]
pub struct MonthTruth {
    year: i64,
    month: u8,
    has_agent: bool,
    lines: u64,
    broken: u64,
    other_months: u64,
    not_http: u64,
    bytes: u64,
    bots: u64,
    days: BTreeMap<i64, Day>,
    hours: [u64; 24],
    statuses: BTreeMap<u16, u64>,
    methods: BTreeMap<&'static str, u64>,
    paths: Vec<u64>,
    /// Of the last day: lines come in the order of time.
    seen: HashSet<(u32, u8)>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Day {
    requests: u64,
    bytes: u64,
    visitors: u64,
}

#[derive(Serialize)]
struct DayDocument {
    day: String,
    requests: u64,
    bytes: u64,
    visitors: u64,
}

#[derive(Serialize)]
struct PathDocument {
    path: String,
    requests: u64,
}

#[derive(Serialize)]
struct Document<'t> {
    year: i64,
    month: u8,
    lines: u64,
    requests: u64,
    broken: u64,
    other_months: u64,
    not_http: u64,
    bytes: u64,
    visitors: u64,
    bot_requests: u64,
    statuses: &'t BTreeMap<u16, u64>,
    methods: &'t BTreeMap<&'static str, u64>,
    days: Vec<DayDocument>,
    hours: [u64; 24],
    distinct_paths: u64,
    paths: Vec<PathDocument>,
}

impl MonthTruth {
    pub(super) fn new(year: i64, month: u8, paths: usize, has_agent: bool) -> MonthTruth {
        MonthTruth {
            year,
            month,
            has_agent,
            lines: 0,
            broken: 0,
            other_months: 0,
            not_http: 0,
            bytes: 0,
            bots: 0,
            days: BTreeMap::new(),
            hours: [0; 24],
            statuses: BTreeMap::new(),
            methods: BTreeMap::new(),
            paths: vec![0; paths],
            seen: HashSet::new(),
        }
    }

    pub(super) fn count_broken(&mut self) {
        self.lines += 1;
        self.broken += 1;
    }

    pub(super) fn count_other_month(&mut self) {
        self.lines += 1;
        self.other_months += 1;
    }

    /// Counts the next request of this month. `is_http` is whether the line shows one.
    pub(super) fn count(&mut self, request: &Request, is_http: bool) {
        self.lines += 1;
        let day = request.at.day();
        if !self.days.contains_key(&day) {
            self.seen.clear();
        }
        let agent = if self.has_agent { request.visitor.agent } else { 0 };
        let is_new = self.seen.insert((request.visitor.client, agent));
        let of_day = self.days.entry(day).or_default();
        of_day.requests += 1;
        of_day.bytes += request.bytes;
        of_day.visitors += u64::from(is_new);
        self.bytes += request.bytes;
        self.bots += u64::from(request.visitor.is_bot && self.has_agent);
        self.hours[usize::from(request.at.hour())] += 1;
        *self.statuses.entry(request.status).or_default() += 1;
        if is_http {
            *self.methods.entry(request.method).or_default() += 1;
            self.paths[request.path as usize] += 1;
        } else {
            self.not_http += 1;
        }
    }

    /// All lines, what a format puts before them not counted.
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// Lines that are requests of this month.
    pub fn requests(&self) -> u64 {
        self.lines - self.broken - self.other_months
    }

    /// Lines that no reader can make anything of.
    pub fn broken(&self) -> u64 {
        self.broken
    }

    /// A JSON object, see `sample-data access-logs --help`.
    pub(super) fn to_json(&self, writer: &Writer) -> Vec<u8> {
        let mut numbers: Vec<u32> =
            (0..self.paths.len() as u32).filter(|path| self.paths[*path as usize] > 0).collect();
        let distinct_paths = numbers.len() as u64;
        let count = |path: &u32| self.paths[*path as usize];
        numbers.sort_by(|a, b| {
            count(b)
                .cmp(&count(a))
                .then_with(|| writer.path_read_back(*a).cmp(&writer.path_read_back(*b)))
        });
        numbers.truncate(TOP_PATHS);
        let document = Document {
            year: self.year,
            month: self.month,
            lines: self.lines,
            requests: self.requests(),
            broken: self.broken,
            other_months: self.other_months,
            not_http: self.not_http,
            bytes: self.bytes,
            visitors: self.days.values().map(|day| day.visitors).sum(),
            bot_requests: self.bots,
            statuses: &self.statuses,
            methods: &self.methods,
            days: self.days.iter().map(|(day, counts)| day_document(*day, *counts)).collect(),
            hours: self.hours,
            distinct_paths,
            paths: numbers
                .iter()
                .map(|path| PathDocument {
                    path: writer.path_read_back(*path),
                    requests: count(path),
                })
                .collect(),
        };
        let mut json = serde_json::to_vec_pretty(&document)
            .expect("text keys and whole numbers are always JSON");
        json.push(b'\n');
        json
    }
}

fn day_document(day: i64, counts: Day) -> DayDocument {
    let date = date_of(day);
    DayDocument {
        day: format!("{:04}-{:02}-{:02}", date.year, date.month, date.day),
        requests: counts.requests,
        bytes: counts.bytes,
        visitors: counts.visitors,
    }
}
