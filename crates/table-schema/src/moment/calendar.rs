//! The proleptic Gregorian calendar. Year 0 does not exist in what is written (XML Schema 1.0),
//! so -1 is the year before 1 and stands as 0 in the arithmetic.

pub(crate) const SECONDS_A_DAY: i64 = 86_400;

/// Days from 1970-01-01 to the given date, `month` from 1, `day` from 1.
///
/// Source: "chrono-Compatible Low-Level Date Algorithms", Howard Hinnant, days_from_civil. With
/// years of up to 18 digits, as durations have them, it needs more than 64 bits.
pub(crate) fn days_from_civil(year: i128, month: i128, day: i128) -> i128 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Days from 1970-01-01 to a date of the calendar; `None` where there is no such date.
#[inline]
pub(crate) fn days_of(year: i64, month: u32, day: u32) -> Option<i64> {
    if day == 0 || day > days_in(year, month)? {
        return None;
    }
    let years = if month <= 2 { year - 1 } else { year };
    let era = years.div_euclid(400);
    let year_of_era = years.rem_euclid(400);
    let shifted = i64::from(if month > 2 { month - 3 } else { month + 9 });
    let day_of_year = (153 * shifted + 2) / 5 + i64::from(day) - 1;
    Some(era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468)
}

/// The days of a month; `None` where there is no such month.
#[inline]
pub(crate) fn days_in(year: i64, month: u32) -> Option<u32> {
    Some(match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        1..=12 => 31,
        _ => return None,
    })
}

#[inline]
pub(crate) fn is_leap(year: i64) -> bool {
    year & 3 == 0 && (year % 100 != 0 || year % 400 == 0)
}
