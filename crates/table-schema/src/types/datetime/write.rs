//! Dates and times as text: as XML Schema writes them, or by a `strptime` pattern.

use std::io::Write as _;

use super::calendar::{SECONDS_A_DAY, civil_of, days_of};
use super::strptime::{DAYS, Item, MONTHS, Part, Strptime};

/// A date with a time of day, as a clock shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Seconds since 1970-01-01T00:00:00.
    pub(crate) seconds: i64,
    pub(crate) nanos: u32,
    /// The clock is one of UTC; otherwise nobody knows where it stood.
    pub(crate) utc: bool,
}

impl Moment {
    fn days(self) -> i64 {
        self.seconds.div_euclid(SECONDS_A_DAY)
    }

    fn clock(self) -> (i64, i64, i64) {
        let seconds = self.seconds.rem_euclid(SECONDS_A_DAY);
        (seconds / 3600, seconds / 60 % 60, seconds % 60)
    }

    /// The digits of the fraction, without zeros at the end.
    pub(crate) fn fraction(self) -> String {
        format!("{:09}", self.nanos).trim_end_matches('0').to_owned()
    }

    pub(crate) fn write_date(self, out: &mut Vec<u8>) {
        let (year, month, day) = civil_of(self.days());
        // Nothing can fail: a vector has room for whatever is written.
        let _ = match year {
            ..=0 => write!(out, "-{:04}-{month:02}-{day:02}", 1 - year),
            year => write!(out, "{year:04}-{month:02}-{day:02}"),
        };
    }

    pub(crate) fn write_time(self, out: &mut Vec<u8>) {
        let (hour, minute, second) = self.clock();
        let _ = write!(out, "{hour:02}:{minute:02}:{second:02}");
        if self.nanos > 0 {
            let _ = write!(out, ".{}", self.fraction());
        }
    }

    pub(crate) fn write_datetime(self, out: &mut Vec<u8>) {
        self.write_date(out);
        out.push(b'T');
        self.write_time(out);
        if self.utc {
            out.push(b'Z');
        }
    }
}

impl Strptime {
    /// Appends what the pattern makes of a moment. What it does not say is lost.
    pub(crate) fn write(&self, moment: Moment, out: &mut Vec<u8>) {
        let (year, month, day) = civil_of(moment.days());
        let (hour, minute, second) = moment.clock();
        // 1970-01-01 was a Thursday.
        let weekday = (moment.days() + 3).rem_euclid(7);
        for item in &self.0 {
            let _ = match *item {
                Item::Literal(byte) => write!(out, "{}", char::from(byte)),
                Item::Space => write!(out, " "),
                Item::Month { short } => write!(out, "{}", name(&MONTHS, month - 1, short)),
                Item::Weekday { short } => write!(out, "{}", name(&DAYS, weekday, short)),
                Item::Fraction => write!(out, "{:06}", moment.nanos / 1000),
                Item::HalfDay => write!(out, "{}", if hour < 12 { "AM" } else { "PM" }),
                Item::Zone => write!(out, "+0000"),
                Item::ZoneName => write!(out, "UTC"),
                Item::Number { part, width, low, .. } => {
                    let number = match part {
                        Part::Year => year,
                        Part::YearOfCentury => year.rem_euclid(100),
                        Part::Month => month,
                        Part::Day => day,
                        Part::DayOfYear => moment.days() - days_of(year, 1, 1).unwrap_or(0) + 1,
                        Part::Hour => hour,
                        Part::Hour12 => (hour + 11) % 12 + 1,
                        Part::Minute => minute,
                        Part::Second => second,
                        // %w counts from Sunday, 0, and %u from Monday, 1.
                        Part::Weekday if low == 0 => (weekday + 1) % 7,
                        Part::Weekday => weekday + 1,
                    };
                    write!(out, "{number:0width$}")
                }
            };
        }
    }
}

fn name(names: &'static [&'static str], index: i64, short: bool) -> &'static str {
    let name = usize::try_from(index).ok().and_then(|index| names.get(index)).unwrap_or(&"");
    if short { &name[..name.len().min(3)] } else { name }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(pattern: &str, moment: Moment) -> String {
        let mut out = Vec::new();
        Strptime::new(pattern).unwrap().write(moment, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_moment_is_written_as_the_pattern_says() {
        let moment = Moment { seconds: 1_709_210_096, nanos: 25_000_000, utc: true };
        for (pattern, text) in [
            ("%Y-%m-%dT%H:%M:%S.%f%z", "2024-02-29T12:34:56.025000+0000"),
            ("%a, %d %b %Y %I:%M %p %Z", "Thu, 29 Feb 2024 12:34 PM UTC"),
            ("%A %B %y day %j, %w %u", "Thursday February 24 day 060, 4 4"),
            ("%D %R", "02/29/24 12:34"),
        ] {
            assert_eq!(written(pattern, moment), text, "{pattern}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_as_the_same(
            seconds in -60_000_000_000_i64..250_000_000_000, nanos in 0_u32..1_000_000,
        ) {
            for (pattern, utc) in [
                ("%Y-%m-%dT%H:%M:%S.%f%z", true),
                ("%d.%m.%Y %I:%M:%S.%f %p", false),
                ("%A %j %B %Y, %H %M %S %f", false),
            ] {
                let moment = Moment { seconds, nanos: nanos * 1000, utc };
                let fraction = moment.fraction();
                let text = written(pattern, moment);
                let read = Strptime::new(pattern).unwrap();
                let read = read.parse(text.as_bytes()).unwrap().datetime();
                prop_assert_eq!((read.seconds, read.local), (seconds, !utc), "{}", text);
                prop_assert_eq!(&*read.fraction, fraction.as_bytes());
                let mut iso = Vec::new();
                moment.write_datetime(&mut iso);
                let read = super::super::datetime(&iso).unwrap();
                prop_assert_eq!((read.seconds, read.local), (seconds, !utc));
                prop_assert_eq!(&*read.fraction, fraction.as_bytes());
            }
        }
    }
}
