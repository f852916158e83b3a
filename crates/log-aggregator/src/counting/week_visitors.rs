//! Visitors by hour of the day for each weekday: when people come.

use super::by_sender::BySender;
use super::visitors::Visitors;

const HOURS: usize = 24;
const WEEKDAYS: usize = 7;

/// 2^12 registers: a standard error of 1.6 % an hour. There are 336 sketches, and a month must stay
/// small.
const LG_K: u8 = 12;

/// The relative standard error of an hour's visitors: 1.04 / sqrt(2^12).
pub const HOUR_STANDARD_ERROR: f64 = 0.0163;

/// The visitors of one hour of a weekday, in all weeks of a month.
pub type HourVisitors = Visitors<LG_K>;

/// A sketch of the visitors of each hour of each weekday, from Monday. Somebody who comes in the
/// same hour of two Mondays counts twice, as visitors of days do.
#[derive(Clone, Debug)]
pub struct WeekVisitors(Vec<BySender<HourVisitors>>);

impl WeekVisitors {
    /// Nobody yet.
    pub(super) fn new() -> Self {
        WeekVisitors(vec![BySender::default(); WEEKDAYS * HOURS])
    }

    /// Adds a visitor, by the hash of who it is, in an hour of a day of the month.
    #[inline]
    pub(super) fn add(&mut self, (weekday, day, hour): (usize, usize, usize), who: (u64, bool)) {
        self.0[weekday * HOURS + hour].of(who.1).add_of_day(who.0, day as i64);
    }

    /// Adds all visitors of another part of the same month.
    pub(super) fn merge(&mut self, other: &WeekVisitors) {
        for (own, other) in self.0.iter_mut().zip(&other.0) {
            own.merge(other);
        }
    }

    /// Forgets everybody.
    pub(super) fn clear(&mut self) {
        self.0.fill(BySender::default());
    }

    /// About how many there were, by weekday and hour.
    pub fn counts(&self) -> [[BySender<u64>; HOURS]; WEEKDAYS] {
        let mut week = [[BySender::default(); HOURS]; WEEKDAYS];
        for (count, hour) in week.iter_mut().flatten().zip(&self.0) {
            *count = hour.map(|visitors| visitors.count());
        }
        week
    }

    /// The sketches, by weekday and hour.
    pub(crate) fn hours(&self) -> &[BySender<HourVisitors>] {
        &self.0
    }

    /// The sketches of a stored month; `None` where they are not one for each hour.
    pub(crate) fn stored(hours: Vec<BySender<HourVisitors>>) -> Option<WeekVisitors> {
        (hours.len() == WEEKDAYS * HOURS).then_some(WeekVisitors(hours))
    }
}
