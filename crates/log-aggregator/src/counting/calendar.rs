//! A month, and which day and hour of it a time belongs to. Pure: it reads no clock.

use crate::formats::days;

/// A month of a year, in a time zone of a fixed offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// First second of the month, since 1970 UTC.
    start: i64,
    days: u8,
    /// Day of the week of the first, from Monday as 0.
    first_weekday: u8,
    /// Seconds that the clock is ahead of UTC.
    offset: i32,
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
    /// Second of the hour, 0 to 3599.
    pub second: u16,
}

const DAY: i64 = 86_400;

impl Calendar {
    /// The month `month` (1 to 12) of `year`, as a clock `offset` seconds ahead of UTC has it;
    /// `None` where there is no such month.
    pub fn new(year: i32, month: u8, offset: i32) -> Option<Calendar> {
        let first = days(i64::from(year), i64::from(month), 1)?;
        let (next_year, next_month) =
            if month == 12 { (year.checked_add(1)?, 1) } else { (year, month + 1) };
        let next = days(i64::from(next_year), i64::from(next_month), 1)?;
        // 1970-01-01 was a Thursday.
        let first_weekday = (first + 3).rem_euclid(7) as u8;
        let days = (next - first) as u8;
        Some(Calendar { start: first * DAY - i64::from(offset), days, first_weekday, offset })
    }

    /// How many days the month has.
    pub fn days(&self) -> usize {
        usize::from(self.days)
    }

    /// The name of the zone: `UTC`, or its offset such as `-03:30`.
    pub fn zone(&self) -> String {
        let minutes = self.offset.unsigned_abs() / 60;
        match self.offset {
            0 => "UTC".to_owned(),
            offset => format!(
                "{}{:02}:{:02}",
                if offset < 0 { '-' } else { '+' },
                minutes / 60,
                minutes % 60
            ),
        }
    }

    /// Seconds that the clock is ahead of UTC.
    pub fn offset(&self) -> i32 {
        self.offset
    }

    /// The day of the week, from Monday as 0, of a day of the month, from 0.
    pub fn weekday(&self, day: usize) -> usize {
        (usize::from(self.first_weekday) + day) % 7
    }

    /// The number of a day of the month, from 0, among the days of all months.
    pub(super) fn day_number(&self, day: usize) -> i64 {
        (self.start + i64::from(self.offset)) / DAY + day as i64
    }

    /// Where `time`, in seconds since 1970 UTC, stands in the month; `None` where it belongs to
    /// another month.
    #[inline]
    pub fn place(&self, time: i64) -> Option<Place> {
        let second = u64::try_from(time.checked_sub(self.start)?).ok()?;
        let day = usize::try_from(second / DAY as u64).ok()?;
        (day < self.days()).then(|| Place {
            day,
            hour: (second % DAY as u64 / 3600) as usize,
            weekday: self.weekday(day),
            second: (second % 3600) as u16,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_placed_in_their_month_and_in_no_other() {
        let february = Calendar::new(2024, 2, 0).unwrap();
        assert_eq!(february.days(), 29);
        // 2024-02-01 was a Thursday.
        assert_eq!(
            february.place(1_706_745_600),
            Some(Place { day: 0, hour: 0, weekday: 3, second: 0 })
        );
        assert_eq!(february.place(1_706_745_599), None);
        assert_eq!(
            february.place(1_709_251_199),
            Some(Place { day: 28, hour: 23, weekday: 3, second: 3599 })
        );
        assert_eq!(february.place(1_709_251_200), None);
        let east = Calendar::new(2024, 2, 3600).unwrap();
        assert_eq!(
            east.place(1_706_742_000),
            Some(Place { day: 0, hour: 0, weekday: 3, second: 0 })
        );
        assert_eq!(Calendar::new(2023, 2, 0).map(|month| month.days()), Some(28));
        assert_eq!((Calendar::new(2024, 0, 0), Calendar::new(2024, 13, 0)), (None, None));
    }
}
