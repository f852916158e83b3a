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
/// What has no time zone is taken as UTC, so that all values of a field have one order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Moment<'a> {
    pub(crate) seconds: i64,
    /// ASCII digits without trailing zeros.
    pub(crate) fraction: Cow<'a, [u8]>,
}

impl<'a> Moment<'a> {
    pub(crate) fn at(seconds: i64) -> Moment<'static> {
        Moment { seconds, fraction: Cow::Borrowed(&[]) }
    }

    pub(crate) fn with_fraction(seconds: i64, digits: &'a [u8]) -> Moment<'a> {
        let end = digits.iter().rposition(|&b| b != b'0').map_or(0, |last| last + 1);
        Moment { seconds, fraction: Cow::Borrowed(&digits[..end]) }
    }

    pub(crate) fn into_owned(self) -> Moment<'static> {
        Moment { seconds: self.seconds, fraction: Cow::Owned(self.fraction.into_owned()) }
    }

    /// The same bytes for equal moments, different bytes for others; those of whole seconds are in their order.
    pub(crate) fn canonical(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&(self.seconds ^ i64::MIN).to_be_bytes());
        out.extend_from_slice(&self.fraction);
    }
}

/// A date with a time of day and a time zone, as a form that names its parts has read them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading<'a> {
    /// Days since 1970-01-01.
    days: i64,
    /// Seconds since midnight.
    seconds: i64,
    /// Seconds to the east of UTC.
    zone: i64,
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
        Moment::with_fraction(self.seconds - self.zone, self.fraction)
    }

    /// The instant.
    pub(crate) fn datetime(self) -> Moment<'a> {
        Moment::with_fraction(self.days * SECONDS_A_DAY + self.seconds - self.zone, self.fraction)
    }
}

impl Ord for Moment<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.seconds.cmp(&other.seconds).then_with(|| self.fraction.cmp(&other.fraction))
    }
}

impl PartialOrd for Moment<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
