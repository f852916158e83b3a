//! Dates, times, years and their like: points on one time line.

mod any;
mod calendar;
mod fast;
mod iso;
mod strptime;

use std::borrow::Cow;
use std::cmp::Ordering;

pub(crate) use any::any_form;
pub(crate) use calendar::{SECONDS_A_DAY, days_from_civil};
pub(crate) use fast::{Rank, date_rank, datetime_rank, written};
pub(crate) use iso::{date, datetime, iso_time, time, year, year_month};
pub(crate) use strptime::Strptime;

/// A point in time: seconds since 1970-01-01T00:00:00Z and the digits of a fraction of a second
/// that is to be added. Dates, years and months stand for their first instant, a time for one on
/// the first of January 1970.
///
/// A datetime or time without a time zone is somewhere: it is never equal to one that has a zone,
/// and before or after it only where it would be so in every zone of the world, from -14:00 to
/// +14:00. Years and months without a zone are taken as UTC.
///
/// Source: XML Schema 1.0 part 2, section 3.2.7.3 (order relation on dateTime).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Moment<'a> {
    pub(crate) seconds: i64,
    /// ASCII digits without trailing zeros.
    pub(crate) fraction: Cow<'a, [u8]>,
    /// It might have a time zone and has none: the seconds are those of a clock in an unknown
    /// place. A date never has one.
    pub(crate) local: bool,
}

/// The time zones farthest from UTC, in seconds.
const FARTHEST_ZONE: i64 = 14 * 3600;

impl<'a> Moment<'a> {
    pub(crate) fn at(seconds: i64) -> Moment<'static> {
        Moment { seconds, fraction: Cow::Borrowed(&[]), local: false }
    }

    /// On a clock that is `zone` seconds to the east of UTC, or nobody knows where.
    pub(crate) fn by_clock(seconds: i64, zone: Option<i64>, digits: &'a [u8]) -> Moment<'a> {
        let end = digits.iter().rposition(|&b| b != b'0').map_or(0, |last| last + 1);
        let fraction = Cow::Borrowed(&digits[..end]);
        Moment { seconds: seconds - zone.unwrap_or(0), fraction, local: zone.is_none() }
    }

    pub(crate) fn into_owned(self) -> Moment<'static> {
        let Moment { seconds, fraction, local } = self;
        Moment { seconds, fraction: Cow::Owned(fraction.into_owned()), local }
    }

    /// The same bytes for equal moments, different bytes for others; those of whole seconds are in
    /// their order.
    pub(crate) fn canonical(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&(self.seconds ^ i64::MIN).to_be_bytes());
        out.extend_from_slice(&self.fraction);
        if self.local {
            // No digit of a fraction.
            out.push(b'?');
        }
    }

    /// The order by the seconds alone, `later` of which are added to the first.
    fn shifted_cmp(&self, later: i64, other: &Moment<'_>) -> Ordering {
        (self.seconds + later).cmp(&other.seconds).then_with(|| self.fraction.cmp(&other.fraction))
    }
}

/// A date with a time of day and a time zone, as a form that names its parts has read them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading<'a> {
    /// Days since 1970-01-01.
    days: i64,
    /// Seconds since midnight.
    seconds: i64,
    /// Seconds to the east of UTC, where a time zone is given.
    zone: Option<i64>,
    /// The digits of the fraction of a second.
    fraction: &'a [u8],
}

impl<'a> Reading<'a> {
    /// The date as it was written, whatever its time and zone.
    pub(crate) fn date(self) -> Moment<'static> {
        Moment::at(self.days * SECONDS_A_DAY)
    }

    /// The time of day, whatever its date.
    pub(crate) fn time(self) -> Moment<'a> {
        Moment::by_clock(self.seconds, self.zone, self.fraction)
    }

    /// The instant.
    pub(crate) fn datetime(self) -> Moment<'a> {
        Moment::by_clock(self.days * SECONDS_A_DAY + self.seconds, self.zone, self.fraction)
    }
}

impl PartialOrd for Moment<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        if self.local == other.local {
            return Some(self.shifted_cmp(0, other));
        }
        // Whichever of the two is shifted: in all zones from one end of the world to the other the
        // answer must be the same.
        let (first, last) =
            (self.shifted_cmp(-FARTHEST_ZONE, other), self.shifted_cmp(FARTHEST_ZONE, other));
        (first == last && first.is_ne()).then_some(first)
    }
}
