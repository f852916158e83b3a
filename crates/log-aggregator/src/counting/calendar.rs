//! A month, and which day and hour of it a time belongs to. Pure: it reads no clock.

use crate::formats::days;

use super::zone::{Offsets, Zone};

/// A month of a year, by the clock of a time zone. Where that is put back, an hour comes twice and
/// both count as one; where it is put forward, one is left out. So every day has 24 hours, and what
/// was logged at half past two stands at two o'clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// The first midnight, in seconds of the local clock since 1970.
    first: i64,
    days: u8,
    /// Day of the week of the first, from Monday as 0.
    first_weekday: u8,
    zone: Zone,
    offsets: Offsets,
    /// Only times before it are counted; never less than the month's beginning.
    until: i64,
}

/// Where a time stands in the month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Day of the month, from 0.
    pub day: usize,
    /// Hour of the day, 0 to 23.
    pub hour: usize,
    /// Day of the week, from Monday as 0.
    pub weekday: usize,
    /// From when on, in seconds since 1970 UTC, times stand in this hour.
    pub from: i64,
    /// From when on they no longer do.
    pub until: i64,
}

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

impl Calendar {
    /// The month `month` (1 to 12) of `year`, by the clock of a zone, or by one that is so many
    /// seconds ahead of UTC; `None` where there is no such month.
    pub fn new(year: i32, month: u8, zone: impl Into<Zone>) -> Option<Calendar> {
        let zone = zone.into();
        let first = days(i64::from(year), i64::from(month), 1)?;
        let (next_year, next_month) =
            if month == 12 { (year.checked_add(1)?, 1) } else { (year, month + 1) };
        let next = days(i64::from(next_year), i64::from(next_month), 1)?;
        // 1970-01-01 was a Thursday.
        let first_weekday = (first + 3).rem_euclid(7) as u8;
        // No clock is two days ahead or behind.
        let offsets = zone.offsets((first - 2) * DAY, (next + 2) * DAY)?;
        let days = (next - first) as u8;
        let (first, until) = (first * DAY, i64::MAX);
        Some(Calendar { first, days, first_weekday, zone, offsets, until })
    }

    /// The same month, of which only times before `until` are counted, in seconds since 1970 UTC.
    /// Where the month has ended by then it is the whole month.
    pub fn until(self, until: i64) -> Calendar {
        Calendar { until: if until < self.period().1 { until } else { i64::MAX }, ..self }
    }

    /// Where only a part of the month is counted, the end of that part.
    pub fn end_of_part(&self) -> Option<i64> {
        (self.until < i64::MAX).then_some(self.until)
    }

    /// When the whole month begins, and from when on it is over, in seconds since 1970 UTC.
    pub fn period(&self) -> (i64, i64) {
        let (mut begin, mut end) = (i64::MAX, i64::MIN);
        let (mut offset, mut since) = (self.offsets.first, i64::MIN);
        let last = i64::from(self.days) * DAY;
        for (at, next) in self.offsets.changes.into_iter().chain([(i64::MAX, 0)]) {
            let local = self.first - i64::from(offset);
            let (from, to) = (local.max(since), (local + last).min(at));
            if from < to {
                (begin, end) = (begin.min(from), end.max(to));
            }
            (offset, since) = (next, at);
        }
        (begin, end)
    }

    /// How many days, and hours of all days, have begun before the end of what is counted.
    pub fn begun(&self) -> (usize, usize) {
        match self.end_of_part().map(|until| self.last_place_before(until)) {
            None => (self.days(), self.days() * 24),
            Some(Some(place)) => (place.day + 1, place.day * 24 + place.hour + 1),
            // Nothing of the month.
            Some(None) => (0, 0),
        }
    }

    /// How many days of the month are over at the end of what is counted.
    pub fn whole_days(&self) -> usize {
        let place = |until| self.place_in_month(until).or_else(|| self.last_place_before(until));
        let end = self.end_of_part().map(place);
        end.map_or(self.days(), |place| place.map_or(0, |place| place.day))
    }

    /// The last place in the month before a time. Where a clock is put back at the border of two
    /// months, some minutes of the other one lie between.
    fn last_place_before(&self, time: i64) -> Option<Place> {
        (0..=180).find_map(|minutes| self.place_in_month(time - 1 - minutes * 60))
    }

    /// How many days the month has.
    pub fn days(&self) -> usize {
        usize::from(self.days)
    }

    /// The zone.
    pub fn zone(&self) -> Zone {
        self.zone
    }

    /// The day of the week, from Monday as 0, of a day of the month, from 0.
    pub fn weekday(&self, day: usize) -> usize {
        (usize::from(self.first_weekday) + day) % 7
    }

    /// The number of a day of the month, from 0, among the days of all months.
    pub(super) fn day_number(&self, day: usize) -> i64 {
        self.first / DAY + day as i64
    }

    /// Where `time`, in seconds since 1970 UTC, stands in the month; `None` where it belongs to
    /// another month, or is not before the end of what is counted.
    #[inline]
    pub fn place(&self, time: i64) -> Option<Place> {
        let place = self.place_in_month(time)?;
        (time < self.until).then(|| Place { until: place.until.min(self.until), ..place })
    }

    /// The same, whatever part of the month is counted.
    #[inline]
    pub fn place_in_month(&self, time: i64) -> Option<Place> {
        let (offset, since, until) = self.clock(time);
        let second = time.checked_add(i64::from(offset))?.checked_sub(self.first)?;
        let second = u64::try_from(second).ok()?;
        let day = usize::try_from(second / DAY as u64).ok()?;
        let from = time - (second % HOUR as u64) as i64;
        (day < self.days()).then(|| Place {
            day,
            hour: (second % DAY as u64 / HOUR as u64) as usize,
            weekday: self.weekday(day),
            from: from.max(since),
            until: (from + HOUR).min(until),
        })
    }

    /// How many seconds the clock is ahead of UTC at a time, and from when until when it is so.
    #[inline]
    fn clock(&self, time: i64) -> (i32, i64, i64) {
        let (mut offset, mut since) = (self.offsets.first, i64::MIN);
        for (at, next) in self.offsets.changes {
            if time < at {
                return (offset, since, at);
            }
            (offset, since) = (next, at);
        }
        (offset, since, i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZoneDatabase;
    use jiff::{Timestamp, civil};
    use proptest::prelude::*;

    use super::*;

    fn at(calendar: &Calendar, time: i64) -> Option<(usize, usize, usize)> {
        calendar.place(time).map(|place| (place.day, place.hour, place.weekday))
    }

    #[test]
    fn moments_are_placed_in_their_month_and_in_no_other() {
        let february = Calendar::new(2024, 2, 0).unwrap();
        assert_eq!(february.days(), 29);
        // 2024-02-01 was a Thursday.
        assert_eq!(at(&february, 1_706_745_600), Some((0, 0, 3)));
        assert_eq!(february.place(1_706_745_599), None);
        assert_eq!(at(&february, 1_709_251_199), Some((28, 23, 3)));
        assert_eq!(february.place(1_709_251_200), None);
        let east = Calendar::new(2024, 2, 3600).unwrap();
        assert_eq!(at(&east, 1_706_742_000), Some((0, 0, 3)));
        assert_eq!(Calendar::new(2023, 2, 0).map(|month| month.days()), Some(28));
        assert_eq!((Calendar::new(2024, 0, 0), Calendar::new(2024, 13, 0)), (None, None));
    }

    /// What jiff says of a time in a zone.
    fn by_jiff(zone: &str, year: i16, month: i8, time: i64) -> Option<(usize, usize, usize)> {
        let zone = TimeZoneDatabase::bundled().get(zone).unwrap();
        let local: civil::DateTime = zone.to_datetime(Timestamp::from_second(time).unwrap());
        ((local.year(), local.month()) == (year, month)).then(|| {
            let weekday = local.weekday().to_monday_zero_offset();
            (local.day() as usize - 1, local.hour() as usize, weekday as usize)
        })
    }

    /// Months with odd changes: of half an hour, at midnight (so that the month begins at one, or
    /// comes back after it has ended), and a day that never was.
    const ODD: [(&str, i16, i8); 11] = [
        ("Europe/Berlin", 2024, 3),
        ("Europe/Berlin", 2024, 10),
        ("America/St_Johns", 2009, 10),
        ("America/St_Johns", 2009, 11),
        ("Africa/Cairo", 2024, 10),
        ("Africa/Casablanca", 2024, 3),
        ("America/Asuncion", 2017, 10),
        ("Australia/Lord_Howe", 2024, 4),
        ("Asia/Pyongyang", 2018, 5),
        ("Pacific/Apia", 2011, 12),
        ("Asia/Kolkata", 2024, 5),
    ];

    #[test]
    fn every_half_hour_of_odd_months_is_placed_as_jiff_places_it() {
        for (zone, year, month) in ODD {
            let calendar =
                Calendar::new(i32::from(year), month as u8, zone.parse::<Zone>().unwrap()).unwrap();
            let first = days(i64::from(year), i64::from(month), 1).unwrap() * DAY;
            for half in -150..1_700 {
                for around in [-1, 0, 1] {
                    let time = first + half * HOUR / 2 + around;
                    let expected = by_jiff(zone, year, month, time);
                    assert_eq!(at(&calendar, time), expected, "{zone} {year}-{month} {time}");
                }
            }
        }
    }

    #[test]
    fn a_part_ends_where_it_is_said_to_end() {
        let may = Calendar::new(2024, 5, 7200).unwrap();
        // 2024-05-01T00:00:00+02:00
        let begin = 1_714_514_400;
        assert_eq!(may.period(), (begin, begin + 31 * DAY));
        assert_eq!((may.begun(), may.whole_days()), ((31, 31 * 24), 31));
        for (until, begun, whole) in [
            (begin - 1, (0, 0), 0),
            (begin, (0, 0), 0),
            (begin + 1, (1, 1), 0),
            (begin + DAY, (1, 24), 1),
            (begin + DAY + HOUR, (2, 25), 1),
            (begin + DAY + HOUR + 1, (2, 26), 1),
            (begin + 31 * DAY - 1, (31, 31 * 24), 30),
        ] {
            let part = may.until(until);
            assert_eq!(part.end_of_part(), Some(until));
            assert_eq!((part.begun(), part.whole_days()), (begun, whole), "{until}");
        }
        assert_eq!(may.until(begin + 31 * DAY), may);
    }

    proptest! {
        #[test]
        fn what_is_counted_of_a_part_stands_where_it_stands_in_the_month(
            (zone, year, month) in prop::sample::select(&ODD[..]),
            (until, seconds) in (-3 * DAY..34 * DAY, -3 * DAY..34 * DAY),
        ) {
            let zone: Zone = zone.parse().unwrap();
            let whole = Calendar::new(i32::from(year), month as u8, zone).unwrap();
            let first = days(i64::from(year), i64::from(month), 1).unwrap() * DAY;
            let (until, time) = (first + until, first + seconds);
            let part = whole.until(until);
            let standing = at(&whole, time);
            prop_assert_eq!(at(&part, time), standing.filter(|_| time < until));
            if let Some(place) = part.place(time) {
                prop_assert_eq!(part.place(place.until - 1), Some(place));
                prop_assert!(part.place(place.until) != Some(place));
            }
            let (begin, end) = whole.period();
            prop_assert!(standing.is_none() || (begin..end).contains(&time));
            prop_assert!(whole.place(begin).is_some() && whole.place(end - 1).is_some());
        }

        #[test]
        fn a_place_holds_for_all_times_of_its_span(
            (zone, year, month) in prop::sample::select(&ODD[..]),
            seconds in -3 * DAY..34 * DAY,
        ) {
            let zone: Zone = zone.parse().unwrap();
            let calendar = Calendar::new(i32::from(year), month as u8, zone).unwrap();
            let time = days(i64::from(year), i64::from(month), 1).unwrap() * DAY + seconds;
            if let Some(place) = calendar.place(time) {
                prop_assert!((place.from..place.until).contains(&time));
                prop_assert!(place.until - place.from <= HOUR);
                for inside in [place.from, place.until - 1] {
                    prop_assert_eq!(calendar.place(inside), Some(place));
                }
            }
        }
    }
}
