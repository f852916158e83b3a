//! Logs that overlap: a file that holds some of the lines of another one, or its own lines twice.
//!
//! `tail -n +50 access.log.1 > mine.log`, a log that was rotated while it was copied, or two logs
//! that were put together: such files do not begin alike. But where they overlap, the same requests
//! follow each other. So short runs of requests are remembered, which are chosen by what is in them
//! and not by where they stand: at the beginning of each span, and after full hours, of which those
//! are taken that leave 127 of 128 requests alone. Between them nothing is done but to compare two
//! times per batch, so that it costs next to nothing; an overlap that has neither is not found.

use std::collections::btree_map::Entry as Place;
use std::collections::{BTreeMap, VecDeque};

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use crate::formats::Entry;

/// Requests of a run: as many as no two servers are sent in the same seconds by the same clients.
const RUN: usize = 8;

/// Requests that a run has at least which differ in more than their times: a few probes again and
/// again say nothing.
const DIFFERENT: usize = 6;

/// One run of so many is remembered, by the hash of its first request.
const ONE_OF: u64 = 8;

/// Requests that are looked at in the beginning of a span, and after a full hour.
const AT_BEGINNING: usize = 1000;
const AFTER_HOUR: usize = 32;

/// Of so many requests one is looked at, but for those at the beginning.
const SHARE: i64 = 128;

/// Hours between two looks at most.
const RAREST: i64 = 256;

/// Runs of all files that are remembered, of 16 bytes each.
const MOST: usize = 1 << 17;

const HOUR: i64 = 3600;

/// A run of requests that was seen in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Landmark {
    hash: u64,
    file: u32,
    /// The second of its first request, without the bits that no two runs of a year differ in.
    second: u32,
}

/// Runs of requests, and in which files they were seen.
#[derive(Clone, Debug)]
pub(crate) struct Landmarks {
    kept: Vec<Landmark>,
    /// Runs with larger hashes are not remembered, so that those that are stay few.
    largest: u64,
}

impl Default for Landmarks {
    fn default() -> Landmarks {
        Landmarks { kept: Vec::new(), largest: u64::MAX }
    }
}

impl Landmarks {
    fn add(&mut self, landmark: Landmark) {
        if landmark.hash <= self.largest {
            self.kept.push(landmark);
        }
        while self.kept.len() > MOST {
            self.thin(self.largest / 2);
        }
    }

    fn thin(&mut self, largest: u64) {
        self.largest = largest;
        self.kept.retain(|landmark| landmark.hash <= largest);
    }

    /// Adds those of another span.
    pub(super) fn append(&mut self, other: &mut Landmarks) {
        self.thin(self.largest.min(other.largest));
        other.kept.drain(..).for_each(|landmark| self.add(landmark));
    }

    pub(super) fn clear(&mut self) {
        self.kept.clear();
        self.largest = u64::MAX;
    }

    /// Bytes of memory.
    pub(super) fn size(&self) -> usize {
        self.kept.len() * size_of::<Landmark>()
    }

    /// Pairs of files, by their numbers, that have runs of requests in common, of two seconds or
    /// more; one file twice where it has them twice itself.
    pub(crate) fn overlaps(&self) -> Vec<(usize, usize)> {
        let mut sorted = self.kept.clone();
        sorted.sort_unstable();
        let mut pairs: BTreeMap<(u32, u32), (u32, bool)> = BTreeMap::new();
        for same in sorted.chunk_by(|one, other| one.hash == other.hash) {
            for other in &same[1..] {
                match pairs.entry((same[0].file, other.file)) {
                    Place::Vacant(place) => drop(place.insert((other.second, false))),
                    Place::Occupied(mut seen) => {
                        let (second, is_sure) = seen.get_mut();
                        *is_sure |= *second != other.second;
                    }
                }
            }
        }
        let sure = pairs.into_iter().filter(|(_, (_, is_sure))| *is_sure);
        sure.map(|((one, other), _)| (one as usize, other as usize)).collect()
    }
}

/// Looks for landmarks in the requests of a span.
pub(super) struct LandmarkSearch {
    /// The hours in which nothing is to be done, in seconds since 1970, and the one before, as
    /// requests may be logged late.
    from: i64,
    until: i64,
    /// Requests since they began.
    seen: usize,
    /// Requests that are still to be looked at.
    left: usize,
    /// The last ones.
    run: VecDeque<Seen>,
}

impl LandmarkSearch {
    pub(super) fn new() -> LandmarkSearch {
        let run = VecDeque::with_capacity(RUN);
        LandmarkSearch { from: i64::MIN, until: i64::MIN, seen: 0, left: AT_BEGINNING, run }
    }

    /// Looks at requests that follow those before. Of the others only the first and the last time
    /// are compared: an hour that begins between them and ends there is passed over.
    #[inline]
    pub(super) fn see(&mut self, entries: &[Entry<'_>], file: usize, into: &mut Landmarks) {
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else { return };
        self.seen += entries.len();
        if self.left > 0 || first.time < self.from || last.time >= self.until {
            self.look(entries, file, into);
        }
    }

    #[cold]
    #[inline(never)]
    fn look(&mut self, entries: &[Entry<'_>], file: usize, into: &mut Landmarks) {
        for entry in entries {
            if !(self.from..self.until).contains(&entry.time) {
                self.begin_hours(entry.time);
                self.left = self.left.max(AFTER_HOUR);
            }
            if self.left == 0 {
                self.run.clear();
                continue;
            }
            self.left -= 1;
            if self.run.len() == RUN {
                self.run.pop_front();
            }
            self.run.push_back(Seen::of(entry));
            if let Some(landmark) = self.landmark(file) {
                into.add(landmark);
            }
        }
    }

    /// Goes on to the hours that a request begins. How many they are depends on how many requests
    /// an hour has had; they end at a multiple of their number, so that two files look at the same
    /// requests wherever they begin.
    fn begin_hours(&mut self, time: i64) {
        let (hour, before) = (time.div_euclid(HOUR), self.from.div_euclid(HOUR));
        let hours = match hour - before {
            passed @ 2.. if self.until > i64::MIN => {
                let an_hour = (self.seen as i64 / (passed - 1)).max(1);
                let enough = (AFTER_HOUR as i64 * SHARE).div_euclid(an_hour).clamp(1, RAREST);
                (enough as u64).next_power_of_two() as i64
            }
            _ => 1,
        };
        self.seen = 0;
        self.from = (hour - 1).saturating_mul(HOUR);
        self.until = (hour.div_euclid(hours) + 1).saturating_mul(hours).saturating_mul(HOUR);
    }

    /// The landmark that the last requests are, if they are one.
    fn landmark(&self, file: usize) -> Option<Landmark> {
        let first = self.run.front()?;
        if self.run.len() < RUN || !first.hash.is_multiple_of(ONE_OF) {
            return None;
        }
        let mut kinds: Vec<u64> = self.run.iter().map(|seen| seen.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        (kinds.len() >= DIFFERENT).then(|| {
            let hashes: Vec<u8> =
                self.run.iter().flat_map(|seen| seen.hash.to_le_bytes()).collect();
            Landmark { hash: xxh3_64(&hashes), file: file as u32, second: first.time as u32 }
        })
    }
}

/// A request.
struct Seen {
    time: i64,
    /// What it is besides its time.
    kind: u64,
    /// What tells it from others.
    hash: u64,
}

impl Seen {
    fn of(entry: &Entry<'_>) -> Seen {
        let status = u64::from(entry.status.unwrap_or(0));
        let hash = xxh3_64_with_seed(entry.client, status);
        let hash = xxh3_64_with_seed(entry.target, hash ^ entry.bytes);
        let kind = xxh3_64_with_seed(entry.agent.unwrap_or_default(), hash);
        Seen { time: entry.time, kind, hash: xxh3_64_with_seed(&entry.time.to_le_bytes(), kind) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A request each so many seconds, of many clients.
    fn seen(files: &[(std::ops::Range<usize>, usize)], seconds: i64) -> Landmarks {
        let mut all = Landmarks::default();
        for (file, (range, batch)) in files.iter().enumerate() {
            let texts: Vec<(i64, String)> = range
                .clone()
                .map(|number| {
                    (1_704_000_000 + number as i64 * seconds, format!("c{}", number % 97))
                })
                .collect();
            let entries: Vec<Entry<'_>> = texts
                .iter()
                .map(|(time, client)| Entry {
                    time: *time,
                    client: client.as_bytes(),
                    ..Entry::default()
                })
                .collect();
            let (mut search, mut found) = (LandmarkSearch::new(), Landmarks::default());
            for batch in entries.chunks(*batch) {
                search.see(batch, file, &mut found);
            }
            all.append(&mut found);
        }
        all
    }

    #[test]
    fn files_overlap_wherever_their_common_lines_stand_and_however_they_are_cut_into_batches() {
        for (files, seconds, expected) in [
            // Without the first lines, and with more of them.
            (vec![(0..500, 64), (7..500, 64)], 10, vec![(0, 1)]),
            (vec![(100..400, 64), (0..400, 50)], 10, vec![(0, 1)]),
            // The end of one is the beginning of the other.
            (vec![(0..20_000, 64), (15_000..40_000, 64)], 1, vec![(0, 1)]),
            // Deep inside, with full hours in it.
            (vec![(0..200_000, 64), (150_000..160_000, 33)], 1, vec![(0, 1)]),
            // One behind the other.
            (vec![(0..20_000, 64), (20_000..40_000, 64)], 1, vec![]),
        ] {
            let found = seen(&files, seconds).overlaps();
            assert_eq!(found, expected, "{files:?}");
        }
    }

    #[test]
    fn a_file_that_has_its_lines_twice_overlaps_with_itself() {
        let mut twice = seen(&[(0..300, 64)], 10);
        twice.append(&mut seen(&[(0..300, 64)], 10));
        assert_eq!(twice.overlaps(), [(0, 0)]);
    }

    #[test]
    fn the_same_probes_at_two_servers_are_no_overlap() {
        let probe = |number: i64| Entry {
            time: 1_704_000_000 + number / 3,
            client: b"10.0.0.1",
            target: b"/healthz",
            ..Entry::default()
        };
        let entries: Vec<Entry<'_>> = (0..900).map(probe).collect();
        let mut all = Landmarks::default();
        for file in 0..2 {
            LandmarkSearch::new().see(&entries, file, &mut all);
        }
        assert_eq!(all.overlaps(), []);
    }

    #[test]
    fn however_many_there_are_only_so_many_are_remembered_and_overlaps_are_found() {
        let mut all = Landmarks::default();
        for file in 0..2_u32 {
            let mut found = Landmarks::default();
            for number in 0..3 * MOST as u64 {
                let hash = xxh3_64(&number.to_le_bytes());
                found.add(Landmark { hash, file, second: number as u32 });
            }
            all.append(&mut found);
        }
        assert!(all.kept.len() <= MOST && all.kept.len() > MOST / 4, "{}", all.kept.len());
        assert_eq!(all.overlaps(), [(0, 1)]);
    }
}
