//! Time zones: which clock a month is counted by. Pure: the database of zones is in the program, so
//! that the same version gives the same numbers on every machine.

use std::str::FromStr;

use arrayvec::ArrayString;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};

/// The name of the clock of each line.
const AS_LOGGED: &str = "as-logged";

/// Bytes of the longest name; the database's own have at most 32.
const LONGEST: usize = 40;

/// Changes of the clock that may fall into a month and the days around it: two, by all zones of the
/// database from 1990 to 2037.
pub(super) const CHANGES: usize = 4;

/// A fixed offset from UTC, or a zone of the IANA database, whose clocks may change, or what each
/// line writes by itself: its times are then those of its own clock, as if that were UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone {
    name: ArrayString<LONGEST>,
    /// `None` where the database says it.
    offset: Option<i32>,
}

/// A text that is neither.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is neither UTC, nor an offset from it such as +02:00 or -03:30, nor a zone of the IANA \
     database such as Europe/Berlin, nor as-logged"
)]
pub struct ZoneError(String);

/// How a zone's clocks go from an instant on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offsets {
    /// Seconds that they are ahead of UTC at first.
    pub first: i32,
    /// When they change, in seconds since 1970 UTC, and how far they are ahead from then on; in
    /// order, and filled with times that never come.
    pub changes: [(i64, i32); CHANGES],
}

impl From<i32> for Zone {
    /// A clock that is so many seconds ahead of UTC. Its name is `UTC`, or such as `-03:30`.
    fn from(seconds: i32) -> Zone {
        let name = match seconds {
            0 => "UTC".to_owned(),
            _ => offset_name(seconds),
        };
        Zone { name: ArrayString::from(&name).unwrap_or_default(), offset: Some(seconds) }
    }
}

impl FromStr for Zone {
    type Err = ZoneError;

    fn from_str(text: &str) -> Result<Zone, ZoneError> {
        if let Some(seconds) = offset(text) {
            return Ok(Zone::from(seconds));
        }
        let error = || ZoneError(text.to_owned());
        if text.eq_ignore_ascii_case(AS_LOGGED) {
            let name = ArrayString::from(AS_LOGGED).map_err(|_| error())?;
            return Ok(Zone { name, offset: Some(0) });
        }
        let found = TimeZoneDatabase::bundled().get(text).map_err(|_| error())?;
        // As the database spells it: europe/berlin is the same zone.
        let name = found.iana_name().ok_or_else(error)?;
        Ok(Zone { name: ArrayString::from(name).map_err(|_| error())?, offset: None })
    }
}

impl Zone {
    /// Its name, which [`FromStr`] takes.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is the clock of each line.
    pub fn is_as_logged(&self) -> bool {
        self.name.as_str() == AS_LOGGED
    }

    /// When its clocks show a time, in seconds since 1970 UTC: the last time where they show it
    /// twice. Where they are put forward over it, as long after that moment as it is after what
    /// they showed then. `None` for times that no calendar has.
    pub fn instant(&self, time: DateTime) -> Option<i64> {
        self.instants(time).map(|(_, later)| later)
    }

    /// The first and the last time that its clocks show it.
    pub fn instants(&self, time: DateTime) -> Option<(i64, i64)> {
        let at = self.time_zone()?.to_ambiguous_timestamp(time);
        Some((at.earlier().ok()?.as_second(), at.later().ok()?.as_second()))
    }

    /// What its clocks show at an instant, in seconds since 1970 UTC.
    pub fn clock(&self, instant: i64) -> Option<DateTime> {
        Some(self.time_zone()?.to_datetime(Timestamp::from_second(instant).ok()?))
    }

    /// An instant as RFC 3339 writes it: by its clocks, with their offset. That of each line has
    /// none.
    pub fn show(&self, instant: i64) -> String {
        let shown = || {
            let (zone, at) = (self.time_zone()?, Timestamp::from_second(instant).ok()?);
            let clock = zone.to_datetime(at).strftime("%Y-%m-%dT%H:%M:%S").to_string();
            match zone.to_offset(at).seconds() {
                _ if self.is_as_logged() => Some(clock),
                0 => Some(clock + "Z"),
                offset => Some(clock + &offset_name(offset)),
            }
        };
        shown().unwrap_or_else(|| instant.to_string())
    }

    fn time_zone(&self) -> Option<TimeZone> {
        match self.offset {
            Some(seconds) => Some(TimeZone::fixed(Offset::from_seconds(seconds).ok()?)),
            None => TimeZoneDatabase::bundled().get(&self.name).ok(),
        }
    }

    /// How its clocks go between two instants, in seconds since 1970 UTC. `None` where they change
    /// more often than a month may have it, or for times that no calendar has.
    pub(super) fn offsets(&self, from: i64, to: i64) -> Option<Offsets> {
        let mut offsets = Offsets { first: 0, changes: [(i64::MAX, 0); CHANGES] };
        if let Some(offset) = self.offset {
            return Some(Offsets { first: offset, ..offsets });
        }
        let zone = TimeZoneDatabase::bundled().get(&self.name).ok()?;
        let begin = Timestamp::from_second(from).ok()?;
        offsets.first = zone.to_offset(begin).seconds();
        let mut last = offsets.first;
        let mut free = offsets.changes.iter_mut();
        for change in zone.following(begin) {
            let (at, offset) = (change.timestamp().as_second(), change.offset().seconds());
            if at > to {
                break;
            }
            // Some change only the zone's abbreviation.
            if offset != last {
                *free.next()? = (at, offset);
                last = offset;
            }
        }
        Some(offsets)
    }
}

/// An offset such as `-03:30`.
fn offset_name(seconds: i32) -> String {
    let minutes = seconds.unsigned_abs() / 60;
    let sign = if seconds < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// Seconds that a clock is ahead of UTC, of a text such as `UTC`, `+02:00`, `-0330` or `+05`.
pub fn offset(text: &str) -> Option<i32> {
    if text.eq_ignore_ascii_case("utc") || text == "Z" {
        return Some(0);
    }
    let digit = |byte: u8| char::from(byte).to_digit(10).map(|digit| digit as i32);
    let two = |tens, ones| Some(digit(tens)? * 10 + digit(ones)?);
    let (sign, h1, h2, m1, m2) = match *text.as_bytes() {
        [sign, h1, h2, b':', m1, m2] | [sign, h1, h2, m1, m2] => (sign, h1, h2, m1, m2),
        [sign, h1, h2] => (sign, h1, h2, b'0', b'0'),
        _ => return None,
    };
    let (hours, minutes) = (two(h1, h2)?, two(m1, m2)?);
    let seconds = hours * 3600 + minutes * 60;
    match sign {
        b'+' if hours <= 14 && minutes < 60 => Some(seconds),
        b'-' if hours <= 12 && minutes < 60 => Some(-seconds),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_and_names_of_the_database_are_read_and_nothing_else() {
        for (text, seconds) in
            [("UTC", 0), ("+02:00", 7200), ("-0330", -12_600), ("+05", 18_000), ("utc", 0)]
        {
            assert_eq!(text.parse(), Ok(Zone::from(seconds)), "{text}");
        }
        for (text, name) in [
            ("Europe/Berlin", "Europe/Berlin"),
            ("america/st_johns", "America/St_Johns"),
            ("America/Argentina/ComodRivadavia", "America/Argentina/ComodRivadavia"),
        ] {
            let zone: Zone = text.parse().unwrap();
            assert_eq!(zone.name(), name);
            assert_eq!(zone.name().parse(), Ok(zone));
        }
        for wrong in ["Europe/Berlinn", "Berlin", "CEST", "+2", "+15:00", "02:00", "+01:60", ""] {
            assert!(wrong.parse::<Zone>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_time_of_a_clock_is_an_instant_and_is_shown_by_it() {
        for (zone, written, shown) in [
            ("UTC", "2024-03-15", "2024-03-15T00:00:00Z"),
            ("+05:30", "2024-03-15T12:30", "2024-03-15T12:30:00+05:30"),
            ("Europe/Berlin", "2024-03-15", "2024-03-15T00:00:00+01:00"),
            // It never is half past two, and comes twice.
            ("Europe/Berlin", "2024-03-31T02:30", "2024-03-31T03:30:00+02:00"),
            ("Europe/Berlin", "2024-10-27T02:30", "2024-10-27T02:30:00+01:00"),
            // The first midnight lasts for a minute.
            ("America/St_Johns", "2009-11-01", "2009-11-01T00:00:00-03:30"),
            ("As-Logged", "2024-03-15T12:30", "2024-03-15T12:30:00"),
        ] {
            let (zone, time): (Zone, DateTime) = (zone.parse().unwrap(), written.parse().unwrap());
            assert_eq!(zone.show(zone.instant(time).unwrap()), shown, "{written}");
        }
        let zone: Zone = "as-logged".parse().unwrap();
        assert_eq!((zone.name(), zone.is_as_logged()), ("as-logged", true));
        assert!(zone != Zone::from(0) && !Zone::from(0).is_as_logged());
    }

    #[test]
    fn changes_are_those_of_the_database() {
        let berlin: Zone = "Europe/Berlin".parse().unwrap();
        // 2024-03-31T01:00:00Z and 2024-10-27T01:00:00Z
        let (spring, autumn) = (1_711_846_800, 1_729_990_800);
        let offsets = berlin.offsets(spring - 10, autumn + 10).unwrap();
        assert_eq!(offsets.first, 3600);
        assert_eq!(offsets.changes[..3], [(spring, 7200), (autumn, 3600), (i64::MAX, 0)]);
    }
}
