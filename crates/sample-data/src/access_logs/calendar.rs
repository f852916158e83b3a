//! Months, and how busy their hours are.

use std::ops::Range;

use crate::number::push_padded;

const DAY: i64 = 86_400;
const NAMES: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// How busy the hours of a day are, UTC.
const HOURS: [u64; 24] =
    [18, 12, 9, 7, 7, 9, 16, 30, 48, 62, 70, 74, 72, 70, 72, 74, 76, 78, 82, 88, 90, 78, 52, 30];
/// How busy the days of a week are, from Monday.
const WEEKDAYS: [u64; 7] = [100, 98, 96, 97, 92, 70, 78];

/// A date of the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Date {
    pub(super) year: i64,
    /// 1 to 12.
    pub(super) month: u8,
    /// 1 to 31.
    pub(super) day: u8,
}

/// Days from 1970-01-01 to a date.
/// <https://howardhinnant.github.io/date_algorithms.html#days_from_civil>
fn days_from(date: Date) -> i64 {
    let month = i64::from(date.month);
    let year = date.year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year =
        (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + i64::from(date.day) - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The date so many days after 1970-01-01.
/// <https://howardhinnant.github.io/date_algorithms.html#civil_from_days>
pub(super) fn date_of(days: i64) -> Date {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    Date {
        year: year_of_era + era * 400 + i64::from(month <= 2),
        month: month as u8,
        day: (day_of_year - (153 * shifted + 2) / 5 + 1) as u8,
    }
}

/// A moment in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// Milliseconds since 1970.
    pub(super) ms: i64,
    pub(super) date: Date,
}

impl Moment {
    pub(super) fn new(ms: i64) -> Moment {
        Moment { ms, date: date_of(ms.div_euclid(1000 * DAY)) }
    }

    /// Days since 1970.
    pub(super) fn day(&self) -> i64 {
        self.ms.div_euclid(1000 * DAY)
    }

    /// Hour of the day.
    pub(super) fn hour(&self) -> u8 {
        (self.second_of_day() / 3600) as u8
    }

    /// Milliseconds of the second.
    pub(super) fn millis(&self) -> u64 {
        self.ms.rem_euclid(1000) as u64
    }

    fn second_of_day(&self) -> u64 {
        self.ms.div_euclid(1000).rem_euclid(DAY) as u64
    }

    /// Appends `29/Feb/2024:13:55:36 +0000`.
    pub(super) fn write_clf(&self, out: &mut Vec<u8>) {
        push_padded(self.date.day.into(), 2, out);
        out.push(b'/');
        out.extend_from_slice(NAMES[usize::from(self.date.month) - 1].as_bytes());
        out.push(b'/');
        push_padded(self.date.year as u64, 4, out);
        out.push(b':');
        self.write_time(out);
        out.extend_from_slice(b" +0000");
    }

    /// Appends `2024-02-29`.
    pub(super) fn write_date(&self, out: &mut Vec<u8>) {
        push_padded(self.date.year as u64, 4, out);
        out.push(b'-');
        push_padded(self.date.month.into(), 2, out);
        out.push(b'-');
        push_padded(self.date.day.into(), 2, out);
    }

    /// Appends `13:55:36`.
    pub(super) fn write_time(&self, out: &mut Vec<u8>) {
        let second = self.second_of_day();
        push_padded(second / 3600, 2, out);
        out.push(b':');
        push_padded(second / 60 % 60, 2, out);
        out.push(b':');
        push_padded(second % 60, 2, out);
    }
}

/// A month's hours with what share of its lines falls into each, so that line numbers become
/// moments.
#[derive(Clone, Debug)]
pub(super) struct Rhythm {
    start_ms: i64,
    /// For each hour the weight of all before it, and that of the month at last. A weight of `w`
    /// is `3_600_000 w`.
    before: Vec<u64>,
}

impl Rhythm {
    pub(super) fn new(year: i64, month: u8) -> Rhythm {
        let days = days_of_month(year, month);
        let mut before = vec![0];
        for day in days.clone() {
            // 1970-01-01 was a Thursday.
            let weekday = WEEKDAYS[(day + 3).rem_euclid(7) as usize];
            for hour in HOURS {
                before.push(before[before.len() - 1] + hour * weekday * 3_600_000);
            }
        }
        Rhythm { start_ms: days.start * DAY * 1000, before }
    }

    /// The moment at `place` of `places`, in ms since 1970: never earlier than that of a smaller
    /// place. `hour` is where the last one was found.
    pub(super) fn at(&self, place: u128, places: u128, hour: &mut usize) -> i64 {
        let all = self.before[self.before.len() - 1];
        let weight = (u128::from(all) * place / places) as u64;
        while *hour + 2 < self.before.len() && self.before[*hour + 1] <= weight {
            *hour += 1;
        }
        let (start, end) = (self.before[*hour], self.before[*hour + 1]);
        self.start_ms
            + *hour as i64 * 3_600_000
            + ((weight - start) / ((end - start) / 3_600_000)) as i64
    }
}

/// The days of a month, counted from 1970.
pub(super) fn days_of_month(year: i64, month: u8) -> Range<i64> {
    let next = if month == 12 {
        Date { year: year + 1, month: 1, day: 1 }
    } else {
        Date { year, month: month + 1, day: 1 }
    };
    days_from(Date { year, month, day: 1 })..days_from(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (days, year, month, day) in [
            (0, 1970, 1, 1),
            (19_782, 2024, 2, 29),
            (19_783, 2024, 3, 1),
            (11_016, 2000, 2, 29),
            (-1, 1969, 12, 31),
        ] {
            assert_eq!(date_of(days), Date { year, month, day });
            assert_eq!(days_from(Date { year, month, day }), days);
        }
        let lengths: Vec<i64> = (1..=12)
            .map(|month| {
                let days = days_of_month(2023, month);
                days.end - days.start
            })
            .collect();
        assert_eq!(lengths, [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]);
    }

    #[test]
    fn moments_are_written_as_servers_do() {
        let moment = Moment::new(1_709_214_936_789);
        let mut out = Vec::new();
        moment.write_clf(&mut out);
        out.push(b' ');
        moment.write_date(&mut out);
        assert_eq!(out, b"29/Feb/2024:13:55:36 +0000 2024-02-29");
        assert_eq!((moment.hour(), moment.millis(), moment.day()), (13, 789, 19_782));
    }

    #[test]
    fn places_become_moments_in_order_from_the_first_to_the_last_of_the_month() {
        let rhythm = Rhythm::new(2024, 2);
        let (mut hour, mut last) = (0, i64::MIN);
        let places = 100_000;
        let mut by_hour = [0u32; 24];
        for place in 0..places {
            let ms = rhythm.at(place, places, &mut hour);
            assert!(ms >= last);
            last = ms;
            by_hour[usize::from(Moment::new(ms).hour())] += 1;
        }
        let days = days_of_month(2024, 2);
        assert_eq!(rhythm.at(0, places, &mut 0), days.start * DAY * 1000);
        assert!(last < days.end * DAY * 1000 && last > (days.end * DAY - 3600) * 1000);
        assert!(by_hour[20] > 10 * by_hour[3], "{by_hour:?}");
    }
}
