//! The default formats, as XML Schema 1.0 part 2 has them (sections 3.2.7 to 3.2.11): years of
//! four or more digits with an optional minus sign, no year 0000, no leap seconds, 24:00:00 for the
//! end of a day, time zones `Z` or up to ±14:00.

use super::calendar::{SECONDS_A_DAY, days_of};
use super::instant::Instant;

/// The longest year that is read, in digits.
const YEAR_DIGITS: usize = 9;

/// The part of a cell that is still to be read.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn byte(&mut self, expected: u8) -> Option<()> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        (first == expected).then_some(())
    }

    fn two_digits(&mut self) -> Option<u32> {
        let (digits, rest) = self.0.split_first_chunk::<2>()?;
        self.0 = rest;
        digits
            .iter()
            .all(u8::is_ascii_digit)
            .then(|| u32::from(digits[0] - b'0') * 10 + u32::from(digits[1] - b'0'))
    }

    fn digits(&mut self) -> &'a [u8] {
        let count = self.0.iter().take_while(|b| b.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at(count);
        self.0 = rest;
        digits
    }

    /// A year as the calendar counts, with a year 0.
    fn year(&mut self) -> Option<i64> {
        let negative = self.0.first() == Some(&b'-');
        if negative {
            self.0 = &self.0[1..];
        }
        let digits = self.digits();
        if digits.len() < 4 || digits.len() > YEAR_DIGITS || (digits.len() > 4 && digits[0] == b'0')
        {
            return None;
        }
        let year = digits.iter().fold(0, |sum, b| sum * 10 + i64::from(b - b'0'));
        match (year, negative) {
            (0, _) => None,
            (year, false) => Some(year),
            (year, true) => Some(1 - year),
        }
    }

    /// `hh:mm:ss` as seconds since midnight, up to and including 24:00:00.
    fn clock(&mut self) -> Option<i64> {
        let hour = self.two_digits()?;
        self.byte(b':')?;
        let minute = self.two_digits()?;
        self.byte(b':')?;
        let second = self.two_digits()?;
        let seconds = i64::from(hour * 3600 + minute * 60 + second);
        (minute <= 59 && second <= 59 && seconds <= SECONDS_A_DAY).then_some(seconds)
    }

    /// The same with an optional fraction, which is zero behind 24:00:00.
    fn clock_with_fraction(&mut self) -> Option<(i64, &'a [u8])> {
        let seconds = self.clock()?;
        let fraction = self.fraction()?;
        let ends_in_time = seconds < SECONDS_A_DAY || fraction.iter().all(|&b| b == b'0');
        ends_in_time.then_some((seconds, fraction))
    }

    fn fraction(&mut self) -> Option<&'a [u8]> {
        if self.0.first() != Some(&b'.') {
            return Some(&[]);
        }
        self.0 = &self.0[1..];
        let digits = self.digits();
        (!digits.is_empty()).then_some(digits)
    }

    /// The rest as a time zone, in seconds east of UTC; `Some(None)` if nothing is left.
    fn zone(&mut self) -> Option<Option<i64>> {
        let sign = match self.0 {
            [] => return Some(None),
            b"Z" => return Some(Some(0)),
            [b'+', ..] => 1,
            [b'-', ..] => -1,
            _ => return None,
        };
        self.0 = &self.0[1..];
        let hour = self.two_digits()?;
        self.byte(b':')?;
        let minute = self.two_digits()?;
        let within = hour < 14 && minute <= 59 || hour == 14 && minute == 0;
        (self.0.is_empty() && within).then_some(Some(sign * i64::from(hour * 3600 + minute * 60)))
    }
}

/// `yyyy-mm-dd`.
pub(crate) fn date(cell: &[u8]) -> Option<Instant<'static>> {
    let mut rest = Cursor(cell);
    let year = (cell.len() == 10).then(|| rest.year())??;
    rest.byte(b'-')?;
    let month = rest.two_digits()?;
    rest.byte(b'-')?;
    let day = rest.two_digits()?;
    Some(Instant::at(days_of(year, month, day)? * SECONDS_A_DAY))
}

/// `hh:mm:ss`. A time has no date, so 24:00:00 is 00:00:00 (XML Schema 1.0, section 3.2.8: its
/// lexical form is that of a dateTime without the date).
pub(crate) fn time(cell: &[u8]) -> Option<Instant<'static>> {
    let mut rest = Cursor(cell);
    let seconds = rest.clock()?;
    rest.0.is_empty().then(|| Instant::at(seconds % SECONDS_A_DAY))
}

/// `hh:mm:ss` with an optional fraction and time zone, as version 1 of the standard allows.
pub(crate) fn iso_time(cell: &[u8]) -> Option<Instant<'_>> {
    let mut rest = Cursor(cell);
    let (seconds, fraction) = rest.clock_with_fraction()?;
    let zone = rest.zone()?;
    Some(Instant::by_clock(seconds % SECONDS_A_DAY, zone, fraction))
}

/// XML Schema's dateTime.
pub(crate) fn datetime(cell: &[u8]) -> Option<Instant<'_>> {
    let mut rest = Cursor(cell);
    let year = rest.year()?;
    rest.byte(b'-')?;
    let month = rest.two_digits()?;
    rest.byte(b'-')?;
    let day = rest.two_digits()?;
    rest.byte(b'T')?;
    let (seconds, fraction) = rest.clock_with_fraction()?;
    let zone = rest.zone()?;
    Some(Instant::by_clock(days_of(year, month, day)? * SECONDS_A_DAY + seconds, zone, fraction))
}

/// XML Schema's gYear.
pub(crate) fn year(cell: &[u8]) -> Option<Instant<'static>> {
    let mut rest = Cursor(cell);
    let year = rest.year()?;
    let zone = rest.zone()?;
    Some(Instant::at(days_of(year, 1, 1)? * SECONDS_A_DAY - zone.unwrap_or(0)))
}

/// XML Schema's gYearMonth.
pub(crate) fn year_month(cell: &[u8]) -> Option<Instant<'static>> {
    let mut rest = Cursor(cell);
    let year = rest.year()?;
    rest.byte(b'-')?;
    let month = rest.two_digits()?;
    let zone = rest.zone()?;
    Some(Instant::at(days_of(year, month, 1)? * SECONDS_A_DAY - zone.unwrap_or(0)))
}
