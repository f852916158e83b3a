//! The Gregorian calendar by counting.

/// A time of day as it is written.
pub(crate) struct Clock {
    pub(crate) hour: i128,
    pub(crate) minute: i128,
    pub(crate) second: i128,
}

impl Clock {
    pub(crate) fn is_time(&self) -> bool {
        self.hour < 24 && self.minute < 60 && self.second < 60
    }
}

fn is_leap(year: i128) -> bool {
    year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0)
}

fn lengths(year: i128) -> [i128; 12] {
    [31, if is_leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
}

pub(crate) fn is_day(year: i128, month: i128, day: i128) -> bool {
    (1..=12).contains(&month) && (1..=lengths(year)[month as usize - 1]).contains(&day)
}

/// Seconds from 1970-01-01T00:00:00.
pub(crate) fn instant(year: i128, month: i128, day: i128, clock: &Clock) -> i128 {
    let before = |year: i128| {
        let last = year - 1;
        last * 365 + last.div_euclid(4) - last.div_euclid(100) + last.div_euclid(400)
    };
    let in_year: i128 = lengths(year)[..month as usize - 1].iter().sum();
    let days = before(year) - before(1970) + in_year + day - 1;
    days * 86_400 + clock.hour * 3600 + clock.minute * 60 + clock.second
}
