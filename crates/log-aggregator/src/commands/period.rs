//! Which part of the month is counted: all of it, or what is before `--until`. It is given what the
//! clock shows, and reads none.

use crate::cli::Until;
use crate::counting::Calendar;
use crate::error::Error;

/// How far the clock of a line may be ahead of UTC and behind it, in seconds.
const AHEAD: i64 = 14 * 3600;
const BEHIND: i64 = 12 * 3600;

/// What the settings say of the period.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub until: Option<Until>,
    /// Whether a part of the month may be published.
    pub partial: bool,
    /// What the clock of this machine shows, in seconds since 1970.
    pub now: i64,
}

/// What is to be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Period {
    /// The month, or a part of it.
    Counted(Calendar),
    /// The month begins after what `--until` means today, so that there is nothing of it yet.
    NotBegun,
}

/// What is to be counted of a month, whose name is such as 2024-03.
///
/// # Errors
///
/// Where the month, or the part that is asked for, is not over yet, so that requests would be
/// missing that nobody misses; and where the settings contradict each other.
pub(super) fn period(month: Calendar, name: &str, asked: Asked) -> Result<Period, Error> {
    let zone = month.zone();
    let (begin, end) = month.period();
    // As clocks of lines show it, it is not earlier than this anywhere, and not later than that.
    let (earliest, latest) = match zone.is_as_logged() {
        true => (asked.now - BEHIND, asked.now + AHEAD),
        false => (asked.now, asked.now),
    };
    let Some(until) = asked.until else {
        if asked.partial {
            return Err(Error::Setting(
                "--partial (JOB_WORKER_PARTIAL) publishes the part of a month that is before \
                 --until (JOB_WORKER_UNTIL), which is not given: say --until today, or a date or \
                 time"
                    .to_owned(),
            ));
        }
        if end > latest {
            return Err(Error::Running {
                month: name.to_owned(),
                end: zone.show(end),
                now: zone.show(asked.now),
            });
        }
        if end > earliest {
            tracing::warn!(
                "{name} may not be over by every clock yet, and its last requests not be there: \
                 times count as logged"
            );
        }
        return Ok(Period::Counted(month));
    };
    let at = instant(&month, until, asked.now)?;
    if at > latest {
        return Err(Error::Setting(format!(
            "--until is {}, and now it is {}: what is not over cannot be counted to its end; say \
             --until today, or an earlier time",
            zone.show(at),
            zone.show(asked.now)
        )));
    }
    if at > earliest {
        tracing::warn!(
            until = zone.show(at),
            "--until may not have come by every clock yet, and the last requests not be there: \
             times count as logged"
        );
    }
    match at {
        at if at >= end => Ok(Period::Counted(month)),
        at if at > begin && asked.partial => Ok(Period::Counted(month.until(at))),
        at if at > begin => Err(Error::Setting(format!(
            "--until {} is before the end of {name} ({}), so that only a part of it would be \
             counted: say --partial as well (JOB_WORKER_PARTIAL=true), which publishes it as such",
            zone.show(at),
            zone.show(end)
        ))),
        _ if matches!(until, Until::Today | Until::Now) && asked.partial => Ok(Period::NotBegun),
        at => Err(Error::NothingBefore { month: name.to_owned(), until: zone.show(at) }),
    }
}

/// The instant that is meant, in seconds since 1970.
fn instant(month: &Calendar, until: Until, now: i64) -> Result<i64, Error> {
    let zone = month.zone();
    let impossible = || Error::Setting("--until is no time of this calendar".to_owned());
    match until {
        Until::Clock(time) => {
            let (earlier, at) = zone.instants(time).ok_or_else(impossible)?;
            if zone.clock(at) != Some(time) {
                tracing::warn!(
                    taken_as = zone.show(at),
                    "the clock is put forward over the time of --until, and never shows it"
                );
            } else if earlier != at {
                tracing::warn!(
                    taken_as = zone.show(at),
                    not_as = zone.show(earlier),
                    "the clock is put back, and shows the time of --until twice: the later one is \
                     meant; for the earlier one write its offset, too"
                );
            }
            Ok(at)
        }
        Until::Today | Until::Now | Until::Instant(_) if zone.is_as_logged() => {
            Err(Error::Setting(
                "with --time-zone as-logged, the clocks of the lines tell the time, and there is \
                 no today, no now and no offset for all of them: say --until by a date or time \
                 without an offset, as the log writes it, or count by a zone"
                    .to_owned(),
            ))
        }
        Until::Instant(at) => Ok(at),
        Until::Now => Ok(now),
        Until::Today => {
            let today = zone.clock(now).map(|now| now.start_of_day());
            let midnight = today.and_then(|midnight| zone.instant(midnight));
            // A midnight may come twice.
            Ok(midnight.ok_or_else(impossible)?.min(now))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::counting::Zone;

    /// 2024-03-15T12:00:00Z
    const NOW: i64 = 1_710_504_000;

    fn ask(month: u8, zone: &str, until: &str, partial: bool, now: i64) -> Result<String, String> {
        let calendar = Calendar::new(2024, month, zone.parse::<Zone>().unwrap()).unwrap();
        let until = (!until.is_empty()).then(|| until.parse().unwrap());
        match period(calendar, "the month", Asked { until, partial, now }) {
            Ok(Period::NotBegun) => Ok("not begun".to_owned()),
            Ok(Period::Counted(month)) => Ok(match month.end_of_part() {
                Some(until) => month.zone().show(until),
                None => "whole".to_owned(),
            }),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn a_month_is_counted_as_a_whole_when_it_is_over_and_as_a_part_when_that_is_said() {
        for (month, zone, until, partial, expected) in [
            (2, "UTC", "", false, "whole"),
            (2, "UTC", "today", true, "whole"),
            (2, "UTC", "2024-03-01", false, "whole"),
            (2, "UTC", "2024-02-10", true, "2024-02-10T00:00:00Z"),
            (3, "UTC", "today", true, "2024-03-15T00:00:00Z"),
            (3, "UTC", "now", true, "2024-03-15T12:00:00Z"),
            (3, "Asia/Tokyo", "today", true, "2024-03-15T00:00:00+09:00"),
            (3, "Pacific/Kiritimati", "today", true, "2024-03-16T00:00:00+14:00"),
            (3, "+01:00", "2024-03-15T11:30", true, "2024-03-15T11:30:00+01:00"),
            (3, "+01:00", "2024-03-15T11:30:00Z", true, "2024-03-15T12:30:00+01:00"),
            (3, "as-logged", "2024-03-15T11:30", true, "2024-03-15T11:30:00"),
            (4, "UTC", "today", true, "not begun"),
        ] {
            let found = ask(month, zone, until, partial, NOW);
            assert_eq!(found.as_deref(), Ok(expected), "{month} {zone} {until}");
        }
    }

    #[test]
    fn what_is_not_over_is_refused_and_so_is_a_part_that_is_not_called_one() {
        for (month, zone, until, partial, says) in [
            (3, "UTC", "", false, "is not over: it ends at 2024-04-01T00:00:00Z"),
            (5, "as-logged", "", false, "is not over"),
            (3, "UTC", "", true, "say --until today"),
            (3, "UTC", "2024-03-15", false, "say --partial as well"),
            (3, "UTC", "2024-03-15T12:00:01", true, "now it is 2024-03-15T12:00:00Z"),
            (3, "UTC", "2024-04-01", true, "say --until today, or an earlier time"),
            (3, "UTC", "2024-03-01", true, "nothing of the month before 2024-03-01"),
            (4, "UTC", "2024-03-10", true, "nothing of the month before 2024-03-10"),
            (4, "UTC", "today", false, "nothing of the month before"),
            (3, "as-logged", "today", true, "as the log writes it"),
            (3, "as-logged", "2024-03-15T10:00:00Z", true, "as the log writes it"),
        ] {
            let refused = ask(month, zone, until, partial, NOW).unwrap_err();
            assert!(refused.contains(says), "{month} {zone} {until}: {refused}");
        }
    }

    #[test]
    fn a_month_is_over_with_its_last_second_and_not_before() {
        // 2024-04-01T00:00:00+02:00
        let end = 1_711_922_400;
        for (zone, since) in [("Europe/Berlin", end), ("as-logged", end + 7200 - AHEAD)] {
            assert!(ask(3, zone, "", false, since - 1).is_err(), "{zone}");
            assert_eq!(ask(3, zone, "", false, since).as_deref(), Ok("whole"), "{zone}");
        }
    }
}
