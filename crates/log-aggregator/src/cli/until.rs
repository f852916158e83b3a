//! Up to when requests of a month are counted.

use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

/// Up to when requests are counted: those of this time are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Up to the midnight that today began with.
    Today,
    /// Up to the time at which the run begins.
    Now,
    /// Up to a time of the clock that the month is counted by; that of a date is midnight.
    Clock(DateTime),
    /// Up to an instant, in seconds since 1970.
    Instant(i64),
}

/// A text that is no such time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is neither today or now, nor a date such as 2024-03-15 (midnight, so that its day is \
     not counted any more), nor a time such as 2024-03-15T12:00 or 2024-03-15T12:00:00+01:00, to \
     the second"
)]
pub struct UntilError(String);

impl FromStr for Until {
    type Err = UntilError;

    fn from_str(text: &str) -> Result<Until, UntilError> {
        let text = text.trim();
        let error = || UntilError(text.to_owned());
        match text.to_ascii_lowercase().as_str() {
            "today" => return Ok(Until::Today),
            "now" => return Ok(Until::Now),
            _ => {}
        }
        if let Ok(date) = text.parse::<Date>()
            && text.len() == DATE
        {
            return Ok(Until::Clock(date.to_datetime(jiff::civil::Time::midnight())));
        }
        // The library passes over the name of a zone, and takes a date without a time.
        let clock = text.split_at_checked(DATE).map(|(_, behind)| behind).ok_or_else(error)?;
        if !clock.starts_with(['T', 't', ' ']) || clock.contains('[') || clock.contains('.') {
            return Err(error());
        }
        let has_offset = clock.contains(['Z', 'z', '+', '-']);
        if has_offset {
            text.parse::<Timestamp>().map(|at| Until::Instant(at.as_second()))
        } else {
            text.parse::<DateTime>().map(Until::Clock)
        }
        .map_err(|_| error())
    }
}

/// Characters of a date.
const DATE: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_times_and_two_words_are_read_and_nothing_else() {
        let clock = |text: &str| Ok(Until::Clock(text.parse().unwrap()));
        for (text, until) in [
            ("today", Ok(Until::Today)),
            ("Now", Ok(Until::Now)),
            ("2024-03-15", clock("2024-03-15T00:00:00")),
            ("2024-03-15T12:30", clock("2024-03-15T12:30:00")),
            ("2024-03-15 12:30:15", clock("2024-03-15T12:30:15")),
            ("2024-03-15T12:30:00+02:00", Ok(Until::Instant(1_710_498_600))),
            ("2024-03-15T10:30:00Z", Ok(Until::Instant(1_710_498_600))),
        ] {
            assert_eq!(text.parse::<Until>(), until, "{text}");
        }
        for wrong in [
            "",
            "15.03.2024",
            "2024-03",
            "2024-02-30",
            "2024-3-15",
            "20240315",
            "2024-03-15T25:00",
            "2024-03-15T12:30:00.5Z",
            "2024-03-15T12:30:00+01:00[Europe/Berlin]",
            "2024-03-15T12:30[Europe/Berlin]",
            "yesterday",
            "1710498600",
        ] {
            assert!(wrong.parse::<Until>().is_err(), "{wrong}");
        }
    }
}
