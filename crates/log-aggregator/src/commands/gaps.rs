//! Whether a log seems to begin late or to end early: what is missing there is in no number.

use crate::counting::Traffic;

/// Requests of a log from which on its silence says something.
const ENOUGH: u64 = 100;

/// Hours from its first request to its last one from which on it shows how silent it may be.
const KNOWN: usize = 48;

/// Hours without a request that every log may have.
const USUAL: usize = 12;

/// Hours without a request at the beginning and at the end of the period, by the hours of its days.
/// 0 where there may as well have been no traffic: such gaps are usual in this log.
pub(super) fn gaps(hours: &[Traffic]) -> (usize, usize) {
    let is_busy = |hour: &Traffic| hour.requests > 0;
    let (Some(first), Some(last)) =
        (hours.iter().position(is_busy), hours.iter().rposition(is_busy))
    else {
        return (0, 0);
    };
    let inside = &hours[first..=last];
    if inside.len() < KNOWN || Traffic::sum(inside).requests < ENOUGH {
        return (0, 0);
    }
    let longest = inside.split(is_busy).map(<[Traffic]>::len).max().unwrap_or(0);
    let told = |gap: usize| if gap >= USUAL && gap > 2 * longest { gap } else { 0 };
    (told(first), told(hours.len() - 1 - last))
}

/// Warns of such gaps in a month, by its name.
pub(super) fn warn_of_gaps(month: &str, hours: &[Traffic]) {
    let (before, behind) = gaps(hours);
    let day = |hour: usize| format!("{month}-{:02} {:02}:00", hour / 24 + 1, hour % 24);
    if before > 0 {
        tracing::warn!(
            hours = before,
            first = day(before),
            "the log may begin too late: it has no request of the first hours, and no such gap \
             later; see that the files of the month's beginning are there, which may have been \
             rotated away"
        );
    }
    if behind > 0 {
        tracing::warn!(
            hours = behind,
            last = day(hours.len() - 1 - behind),
            "the log may end too early: it has no request of the last hours, and no such gap \
             before; see that the last files are there, or publish what is there as a part of the \
             month by --partial --until"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hours of a month with so many requests in each hour for which the rule holds.
    fn hours(requests: u64, is_busy: impl Fn(usize) -> bool) -> Vec<Traffic> {
        let hour = |hour| if is_busy(hour) { requests } else { 0 };
        (0..720).map(|at| Traffic { requests: hour(at), ..Traffic::default() }).collect()
    }

    #[test]
    fn a_log_that_begins_late_or_ends_early_is_told_from_one_that_is_silent_at_times() {
        let is_day = |hour: usize| (7..19).contains(&(hour % 24));
        let is_week_day = |hour: usize| hour / 24 % 7 < 5;
        for (log, expected) in [
            (hours(5, |_| true), (0, 0)),
            (hours(5, |hour| hour < 700), (0, 20)),
            (hours(5, |hour| hour < 710), (0, 0)),
            (hours(5, |hour| hour >= 240), (240, 0)),
            (hours(5, |hour| (240..480).contains(&hour)), (240, 240)),
            (hours(5, is_day), (0, 0)),
            (hours(5, |hour| is_day(hour) && hour < 480), (0, 245)),
            (hours(5, |hour| is_day(hour) && is_week_day(hour)), (0, 0)),
            (hours(5, |hour| is_day(hour) && is_week_day(hour) && hour < 400), (0, 320)),
            // Too few, or too short, to say anything.
            (hours(5, |hour| hour < 47), (0, 0)),
            (hours(1, |hour| hour < 99), (0, 0)),
            (hours(0, |_| true), (0, 0)),
            (Vec::new(), (0, 0)),
        ] {
            assert_eq!(gaps(&log), expected);
        }
    }
}
