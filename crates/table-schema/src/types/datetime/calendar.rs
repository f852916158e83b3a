//! The proleptic Gregorian calendar. XML Schema 1.0 has no year 0: the year before 1 is written -1,
//! and is 0 in the arithmetic here.

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

/// Days from 1970-01-01 to a date of the calendar; `None` if the date does not exist.
pub(crate) fn days_of(year: i64, month: u32, day: u32) -> Option<i64> {
    if day == 0 || day > days_in(year, month)? {
        return None;
    }
    i64::try_from(days_from_civil(year.into(), month.into(), day.into())).ok()
}

/// The year, month and day of a number of days since 1970-01-01.
///
/// Source: as for [`days_from_civil`], civil_from_days.
pub(crate) fn civil_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

/// The days of a month; `None` if `month` is not 1 to 12.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_count_up_one_by_one_through_a_whole_era_and_back() {
        let mut days = days_of(-399, 1, 1).unwrap();
        for year in -399..=2401 {
            for month in 1..=12 {
                for day in 1..=days_in(year, month).unwrap() {
                    assert_eq!(days_of(year, month, day), Some(days));
                    assert_eq!(civil_of(days), (year, month.into(), day.into()));
                    days += 1;
                }
                assert_eq!(days_of(year, month, days_in(year, month).unwrap() + 1), None);
            }
        }
        assert_eq!(days_of(1970, 1, 1), Some(0));
        assert_eq!(days_of(2000, 2, 29), Some(11_016));
        assert_eq!(days_of(1900, 2, 29), None);
        assert_eq!(days_of(2000, 13, 1), None);
    }
}
