//! Time stamps of log lines, as seconds since 1970-01-01T00:00:00 UTC. It reads no clock.

use super::number::number;

/// How a time is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::formats) enum Time {
    /// `10/Oct/2000:13:55:36 -0700`
    Common,
    /// `10/Oct/2000:13:55:36.123`, without a zone.
    CommonWithoutZone,
    /// `2000-10-10T13:55:36-07:00`
    Iso,
    /// Seconds since 1970, perhaps with a fraction.
    Seconds,
    /// Thousandths of a second since 1970.
    Millis,
    /// Millionths of a second since 1970.
    Micros,
}

impl Time {
    #[inline]
    pub(in crate::formats) fn read(self, text: &[u8], clock: &mut Clock) -> Option<i64> {
        match self {
            Time::Common => clock.common(text),
            Time::CommonWithoutZone => clock.common_without_zone(text),
            Time::Iso => clock.iso(text).map(|(seconds, _)| seconds),
            Time::Seconds => epoch(text),
            Time::Millis => Some(number(text)? / 1000),
            Time::Micros => Some(number(text)? / 1_000_000),
        }
    }
}

/// Reads `10/Oct/2000:13:55:36 -0700`, the time of the Common Log Format. It remembers the last
/// minute: a log has many lines of each, and only their seconds differ.
#[derive(Clone, Debug)]
pub(in crate::formats) struct Clock {
    /// All of the text but the seconds, as words of eight bytes.
    minute: [u64; 4],
    /// The first second of that minute.
    start: i64,
    /// Whether times are those of the clock that wrote them, as if that were UTC.
    as_logged: bool,
}

/// A time as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::formats) struct LoggedTime {
    /// What the clock showed, in seconds since its 1970.
    pub clock: i64,
    /// Seconds that the clock is ahead of UTC, where that is written as well.
    pub offset: Option<i64>,
}

impl Default for Clock {
    fn default() -> Clock {
        // No time has these words: where its seconds stand, `minute` always has 0.
        Clock { minute: [u64::MAX; 4], start: 0, as_logged: false }
    }
}

/// Bytes of a time stamp of the Common Log Format, without the brackets.
pub(in crate::formats) const COMMON: usize = 26;

impl Clock {
    /// One that reads what the clock shows that wrote a time, without regard to its offset.
    pub(in crate::formats) fn as_logged() -> Clock {
        Clock { as_logged: true, ..Clock::default() }
    }

    /// Whether it reads what the clock shows that wrote a time.
    pub(in crate::formats) fn is_as_logged(&self) -> bool {
        self.as_logged
    }

    /// Seconds since 1970 of a time, and whether it names its zone; without one it is read as UTC.
    pub(in crate::formats) fn seconds(&self, time: LoggedTime) -> (i64, bool) {
        let offset = if self.as_logged { 0 } else { time.offset.unwrap_or(0) };
        (time.clock - offset, time.offset.is_some())
    }

    /// The same of a time as ISO 8601 writes it.
    pub(in crate::formats) fn iso(&self, text: &[u8]) -> Option<(i64, bool)> {
        iso(text).map(|time| self.seconds(time))
    }

    /// `None` where `text` is not such a time.
    #[inline]
    pub(in crate::formats) fn common(&mut self, text: &[u8]) -> Option<i64> {
        let text: &[u8; COMMON] = text.try_into().ok()?;
        let [.., s1, s2, _, _, _, _, _, _] = *text;
        let (tens, units) = (s1.wrapping_sub(b'0'), s2.wrapping_sub(b'0'));
        let second = i64::from(tens) * 10 + i64::from(units);
        if tens > 9 || units > 9 || second > 60 {
            return None;
        }
        let word = |at: usize| text[at..].first_chunk().map_or(0, |word| u64::from_le_bytes(*word));
        // The seconds are in two of them.
        let minute = [word(0), word(8), word(16) & !0xffff_0000, word(18) & !0xffff];
        if minute != self.minute {
            self.start = start(text, self.as_logged)?;
            self.minute = minute;
        }
        // A leap second counts as the one before it.
        Some(self.start + second.min(59))
    }

    /// Reads `10/Oct/2000:13:55:36` and perhaps a fraction of a second, as UTC.
    pub(in crate::formats) fn common_without_zone(&mut self, text: &[u8]) -> Option<i64> {
        let (seconds, fraction) = text.split_first_chunk::<20>()?;
        let is_fraction = fraction.is_empty()
            || (fraction[0] == b'.' && fraction[1..].iter().all(u8::is_ascii_digit));
        let mut whole = *b"00/Jan/0000:00:00:00 +0000";
        whole[..20].copy_from_slice(seconds);
        is_fraction.then(|| self.common(&whole)).flatten()
    }
}

/// The first second of a time's minute, by the clock that wrote it or in UTC.
#[inline(never)]
fn start(text: &[u8; COMMON], as_logged: bool) -> Option<i64> {
    let (day, rest) = text.split_first_chunk::<12>()?;
    let (clock, zone) = rest.split_first_chunk::<8>()?;
    let [h1, h2, c1, m1, m2, c2, ..] = *clock;
    let ahead = ahead(zone.try_into().ok()?)?;
    let clock = midnight(day)? + of_day(&[h1, h2, c1, m1, m2, c2, b'0', b'0'])?;
    Some(if as_logged { clock } else { clock - ahead })
}

fn midnight(day: &[u8; 12]) -> Option<i64> {
    let [d1, d2, b'/', m1, m2, m3, b'/', y1, y2, y3, y4, b':'] = *day else { return None };
    let month = month([m1, m2, m3])?;
    Some(days(number(&[y1, y2, y3, y4])?, month, number(&[d1, d2])?)? * 86_400)
}

fn ahead(zone: &[u8; 6]) -> Option<i64> {
    let [b' ', sign, h1, h2, m1, m2] = *zone else { return None };
    offset(sign, &[h1, h2], &[m1, m2])
}

/// Reads `2024-05-01T13:55:36`, with a blank for the `T` if it must be, a fraction of the second,
/// and `Z`, an offset or nothing.
///
/// Source: ISO 8601 as RFC 3339 profiles it; AWS and the W3C format write it so.
pub(in crate::formats) fn iso(text: &[u8]) -> Option<LoggedTime> {
    let (date, rest) = text.split_first_chunk::<10>()?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *date else { return None };
    let day = days(number(&[y1, y2, y3, y4])?, number(&[m1, m2])?, number(&[d1, d2])?)?;
    let (b'T' | b't' | b' ', rest) = rest.split_first()? else { return None };
    let (clock, rest) = rest.split_first_chunk::<8>()?;
    let seconds = of_day(clock)?;
    let zone = match rest {
        [b'.', fraction @ ..] => {
            let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
            (digits > 0).then(|| &fraction[digits..])?
        }
        rest => rest,
    };
    let offset = match *zone {
        [] => None,
        [b'Z' | b'z'] => Some(0),
        [sign, h1, h2, b':', n1, n2] | [sign, h1, h2, n1, n2] => {
            Some(offset(sign, &[h1, h2], &[n1, n2])?)
        }
        [sign, h1, h2] => Some(offset(sign, &[h1, h2], b"00")?),
        _ => return None,
    };
    Some(LoggedTime { clock: day * 86_400 + seconds, offset })
}

/// Reads seconds since 1970, with or without a fraction: `1714571736.123`.
pub(in crate::formats) fn epoch(text: &[u8]) -> Option<i64> {
    let whole = text.split(|byte| *byte == b'.').next()?;
    let digits = whole.strip_prefix(b"-").unwrap_or(whole);
    let seconds = number(digits).filter(|_| digits.len() <= 12)?;
    Some(if whole.len() == digits.len() { seconds } else { -seconds })
}

/// The second of the day of `13:55:36`; a leap second counts as the one before it.
pub(super) fn of_day(clock: &[u8; 8]) -> Option<i64> {
    let [h1, h2, b':', m1, m2, b':', s1, s2] = *clock else { return None };
    let (hour, minute, second) = (number(&[h1, h2])?, number(&[m1, m2])?, number(&[s1, s2])?);
    (hour < 24 && minute < 60 && second < 61).then_some(hour * 3600 + minute * 60 + second.min(59))
}

/// An offset from UTC in seconds.
pub(super) fn offset(sign: u8, hours: &[u8; 2], minutes: &[u8; 2]) -> Option<i64> {
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let seconds = (hours <= 23 && minutes < 60).then_some(hours * 3600 + minutes * 60)?;
    match sign {
        b'+' => Some(seconds),
        b'-' => Some(-seconds),
        _ => None,
    }
}

/// The number of an English month's short name, from 1.
pub(in crate::formats) fn month(name: [u8; 3]) -> Option<i64> {
    const NAMES: &[[u8; 3]; 12] = &[
        *b"jan", *b"feb", *b"mar", *b"apr", *b"may", *b"jun", *b"jul", *b"aug", *b"sep", *b"oct",
        *b"nov", *b"dec",
    ];
    let name = name.map(|byte| byte.to_ascii_lowercase());
    (1..).zip(NAMES).find(|(_, known)| **known == name).map(|(number, _)| number)
}

/// Days since 1970-01-01 of a date of the Gregorian calendar.
///
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`.
pub(crate) fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn seconds_of_a_day_are_read_and_nothing_else(
            second in 0i64..86_400, place in 0usize..8, byte in any::<u8>(),
        ) {
            let (hours, minutes, seconds) = (second / 3600, second / 60 % 60, second % 60);
            let text = format!("{hours:02}:{minutes:02}:{seconds:02}").into_bytes();
            let mut clock: [u8; 8] = text.as_slice().try_into().unwrap();
            prop_assert_eq!(of_day(&clock), Some(second));
            clock[place] = byte;
            let pair = |at: usize| clock[at..at + 2]
                .iter()
                .all(u8::is_ascii_digit)
                .then(|| i64::from(clock[at] - b'0') * 10 + i64::from(clock[at + 1] - b'0'));
            let model = match (pair(0), pair(3), pair(6), clock[2], clock[5]) {
                (Some(h @ 0..24), Some(m @ 0..60), Some(s @ 0..61), b':', b':') => {
                    Some(h * 3600 + m * 60 + s.min(59))
                }
                _ => None,
            };
            prop_assert_eq!(of_day(&clock), model);
        }
    }

    #[test]
    fn common_times_are_read_in_their_zone() {
        let mut clock = Clock::default();
        for (text, seconds) in [
            ("10/Oct/2000:13:55:36 -0700", Some(971_211_336)),
            ("10/Oct/2000:13:55:37 -0700", Some(971_211_337)),
            ("10/Oct/2000:13:55:37 +0530", Some(971_211_337 - 45_000)),
            ("29/Feb/2024:00:00:00 +0000", Some(1_709_164_800)),
            ("29/Feb/2023:00:00:00 +0000", None),
            ("31/Dec/2016:23:59:60 +0000", Some(1_483_228_799)),
            ("10/Okt/2000:13:55:36 -0700", None),
            ("10/Oct/2000:24:00:00 -0700", None),
            ("10/Oct/2000:13:55:3x -0700", None),
            ("10/Oct/2000:13:55:36 0700 ", None),
            ("10/Oct/2000:13:55:36", None),
            ("", None),
        ] {
            assert_eq!(clock.common(text.as_bytes()), seconds, "{text}");
        }
    }

    #[test]
    fn times_as_logged_are_those_that_their_own_clock_shows() {
        // 2024-05-01T13:55:36Z
        const SHOWN: i64 = 1_714_571_736;
        let mut clock = Clock::as_logged();
        for zone in ["+0200", "-0700", "+0000", "+0200"] {
            let text = format!("01/May/2024:13:55:36 {zone}");
            assert_eq!(clock.common(text.as_bytes()), Some(SHOWN), "{text}");
        }
        for (text, has_zone) in [
            ("2024-05-01T13:55:36+02:00", true),
            ("2024-05-01T13:55:36Z", true),
            ("2024-05-01T13:55:36", false),
        ] {
            assert_eq!(clock.iso(text.as_bytes()), Some((SHOWN, has_zone)), "{text}");
        }
        assert_eq!(clock.common(b"01/May/2024:13:55:36 +2x00"), None);
    }

    #[test]
    fn iso_times_are_read_with_and_without_fraction_and_zone() {
        for (text, seconds) in [
            ("2024-05-01T13:55:36Z", Some((1_714_571_736, true))),
            ("2024-05-01 13:55:36", Some((1_714_571_736, false))),
            ("2024-05-01 13:55:36.25", Some((1_714_571_736, false))),
            ("2024-05-01T13:55:36.123456Z", Some((1_714_571_736, true))),
            ("2024-05-01T15:55:36+02:00", Some((1_714_571_736, true))),
            ("2024-05-01T15:55:36.5+0200", Some((1_714_571_736, true))),
            ("2024-05-01T13:55:36.Z", None),
            ("2024-13-01T13:55:36Z", None),
            ("2024-05-01T13:55:36X", None),
            ("2024-05-01", None),
        ] {
            assert_eq!(Clock::default().iso(text.as_bytes()), seconds, "{text}");
        }
        assert_eq!(epoch(b"1714571736.123"), Some(1_714_571_736));
        assert_eq!(epoch(b"-1"), Some(-1));
        assert_eq!(epoch(b"1e9"), None);
    }
}
