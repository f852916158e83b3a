//! Points on one time line, and their order.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::calendar::SECONDS_A_DAY;

/// A point in time: seconds since 1970-01-01T00:00:00Z and the digits of a fraction of a second
/// that is to be added. Dates, years and months stand for their first instant, a time for one on
/// the first of January 1970.
///
/// Nobody knows where the clock of a datetime or time without a time zone stood. So it is never
/// equal to one that has a zone, and it is before or after it only if that holds in every zone of
/// the world, from -14:00 to +14:00. Years and months without a zone are taken as UTC.
///
/// Source: XML Schema 1.0 part 2, section 3.2.7.3 (order relation on dateTime).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Instant<'a> {
    pub(crate) seconds: i64,
    /// ASCII digits without trailing zeros.
    pub(crate) fraction: Cow<'a, [u8]>,
    /// It might have a time zone and has none: the seconds are those of a clock in an unknown
    /// place. A date never has one.
    pub(crate) local: bool,
}

/// The time zones farthest from UTC, in seconds.
const FARTHEST_ZONE: i64 = 14 * 3600;

impl<'a> Instant<'a> {
    pub(crate) fn at(seconds: i64) -> Instant<'static> {
        Instant { seconds, fraction: Cow::Borrowed(&[]), local: false }
    }

    /// What a clock shows that is `zone` seconds east of UTC, or whose zone is not known.
    pub(crate) fn by_clock(seconds: i64, zone: Option<i64>, digits: &'a [u8]) -> Instant<'a> {
        let end = digits.iter().rposition(|&b| b != b'0').map_or(0, |last| last + 1);
        let fraction = Cow::Borrowed(&digits[..end]);
        Instant { seconds: seconds - zone.unwrap_or(0), fraction, local: zone.is_none() }
    }

    pub(crate) fn borrowed(&self) -> Instant<'_> {
        Instant { fraction: Cow::Borrowed(&self.fraction), ..*self }
    }

    pub(crate) fn into_owned(self) -> Instant<'static> {
        let Instant { seconds, fraction, local } = self;
        Instant { seconds, fraction: Cow::Owned(fraction.into_owned()), local }
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

    /// The order of the two without their zones, after `later` seconds are added to the first.
    fn shifted_cmp(&self, later: i64, other: &Instant<'_>) -> Ordering {
        (self.seconds + later).cmp(&other.seconds).then_with(|| self.fraction.cmp(&other.fraction))
    }
}

/// A date with a time of day and a time zone, as a form that names its parts has read them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading<'a> {
    /// Days since 1970-01-01.
    pub(super) days: i64,
    /// Seconds since midnight.
    pub(super) seconds: i64,
    /// Seconds to the east of UTC, where a time zone is given.
    pub(super) zone: Option<i64>,
    /// The digits of the fraction of a second.
    pub(super) fraction: &'a [u8],
}

impl<'a> Reading<'a> {
    /// The date as it was written, whatever its time and zone.
    pub(crate) fn date(self) -> Instant<'static> {
        Instant::at(self.days * SECONDS_A_DAY)
    }

    /// The time of day, whatever its date.
    pub(crate) fn time(self) -> Instant<'a> {
        Instant::by_clock(self.seconds, self.zone, self.fraction)
    }

    /// The instant.
    pub(crate) fn datetime(self) -> Instant<'a> {
        Instant::by_clock(self.days * SECONDS_A_DAY + self.seconds, self.zone, self.fraction)
    }
}

impl PartialOrd for Instant<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        if self.local == other.local {
            return Some(self.shifted_cmp(0, other));
        }
        // The answer must be the same in all zones, so at both ends of the world. It does not
        // matter which of the two is shifted. Exactly 14 hours apart they are equal at one
        // end, and so have no order.
        let (first, last) =
            (self.shifted_cmp(-FARTHEST_ZONE, other), self.shifted_cmp(FARTHEST_ZONE, other));
        (first == last && first.is_ne()).then_some(first)
    }
}
