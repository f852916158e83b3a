//! Times in the forms in which programs write them into JSON and other logs, besides those of
//! access logs: with a comma before the fraction (Java, Python), with slashes (Go), in words
//! (HTTP, C). A form is read only where nobody could read it in another way: not `05/06/2024`, and
//! no zone that has a name, but UTC.

use super::clock::{LoggedTime, days, month, of_day, offset};
use super::number::number;

const DAY: i64 = 86_400;

/// The time that a text is.
///
/// Sources: RFC 9110, 5.6.7; ISO 8601; Java's `ZonedDateTime`, Go's `Time.String` and `log`,
/// Python's `logging`, C's `asctime`.
#[cold]
pub(in crate::formats) fn written_time(text: &[u8]) -> Option<LoggedTime> {
    let text = text.trim_ascii();
    let text = text.strip_prefix(b"[").and_then(|inside| inside.strip_suffix(b"]")).unwrap_or(text);
    let words: Vec<&[u8]> = text
        .split(u8::is_ascii_whitespace)
        .map(|word| word.strip_suffix(b",").unwrap_or(word))
        .filter(|word| !word.is_empty())
        .collect();
    let words = match words.split_first() {
        Some((first, rest)) if is_weekday(first) => rest,
        _ => &words,
    };
    match *words {
        // `May 10 12:00:00 2024`, and with a zone before the year.
        [name, day, clock, ref zone @ .., year] if name.len() == 3 && month_of(name).is_some() => {
            time(date(year, month_of(name)?, day)?, clock, zone)
        }
        // `10 May 2024 12:00:00`
        [day, name, year, clock, ref zone @ ..] if name.len() == 3 => {
            time(date(year, month_of(name)?, day)?, clock, zone)
        }
        [both, ref zone @ ..] if both.len() > 11 => {
            let (day, clock) = day_and_rest(both)?;
            time(day, clock, zone)
        }
        [day, clock, ref zone @ ..] => {
            let (day, rest) = day_and_rest(day)?;
            rest.is_empty().then(|| time(day, clock, zone))?
        }
        _ => None,
    }
}

/// The day since 1970 that `text` begins with, and what stands behind it and the `T` or the colon.
fn day_and_rest(text: &[u8]) -> Option<(i64, &[u8])> {
    let (day, rest) = match *text {
        [y1, y2, y3, y4, a @ (b'-' | b'/' | b'.'), m1, m2, b, d1, d2, ref rest @ ..] if a == b => {
            (date(&[y1, y2, y3, y4], number(&[m1, m2])?, &[d1, d2])?, rest)
        }
        [d1, d2, a @ (b'/' | b'-'), m1, m2, m3, b, y1, y2, y3, y4, ref rest @ ..] if a == b => {
            (date(&[y1, y2, y3, y4], month([m1, m2, m3])?, &[d1, d2])?, rest)
        }
        // The basic form of ISO 8601.
        [y1, y2, y3, y4, m1, m2, d1, d2, ref rest @ ..] => {
            (date(&[y1, y2, y3, y4], number(&[m1, m2])?, &[d1, d2])?, rest)
        }
        _ => return None,
    };
    match rest {
        [] => Some((day, rest)),
        [b'T' | b't' | b':' | b'_', clock @ ..] => Some((day, clock)),
        // As a number of milliseconds it would be in the year 2611.
        [_, _, _, _, _, _] if text.len() == 14 => Some((day, rest)),
        _ => None,
    }
}

/// The time of a day, whose clock may have the zone behind it, and so may the words that follow.
fn time(day: i64, clock: &[u8], words: &[&[u8]]) -> Option<LoggedTime> {
    let (second, rest) = match *clock {
        [h1, h2, b':', m1, m2, b':', s1, s2, ref rest @ ..] => {
            (of_day(&[h1, h2, b':', m1, m2, b':', s1, s2])?, rest)
        }
        [h1, h2, m1, m2, s1, s2, ref rest @ ..] => {
            (of_day(&[h1, h2, b':', m1, m2, b':', s1, s2])?, rest)
        }
        _ => return None,
    };
    let rest = match rest {
        [b'.' | b',', fraction @ ..] => {
            let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
            (digits > 0).then(|| &fraction[digits..])?
        }
        rest => rest,
    };
    let (zone, behind) = match (rest, words) {
        (b"", [first, behind @ ..]) => (*first, behind),
        (rest, words) => (rest, words),
    };
    // Java puts the zone's name behind its offset in brackets, Go behind a blank.
    let (zone, has_name) = match memchr::memchr(b'[', zone) {
        Some(at) if zone.ends_with(b"]") => (&zone[..at], true),
        _ => (zone, false),
    };
    let clock = day * DAY + second;
    let offset = match *zone {
        [] if has_name => return None,
        [] => return behind.is_empty().then_some(LoggedTime { clock, offset: None }),
        [sign, h1, h2, b':', m1, m2] | [sign, h1, h2, m1, m2] => {
            offset(sign, &[h1, h2], &[m1, m2])?
        }
        [sign, h1, h2] if !h1.is_ascii_alphabetic() => offset(sign, &[h1, h2], b"00")?,
        _ if [b"Z".as_slice(), b"UTC", b"GMT"].iter().any(|utc| zone.eq_ignore_ascii_case(utc)) => {
            0
        }
        _ => return None,
    };
    let is_name = |word: &&[u8]| word.iter().all(u8::is_ascii_alphabetic) && word.len() > 2;
    let is_monotonic = |word: &&[u8]| word.starts_with(b"m=");
    behind
        .iter()
        .all(|word| is_name(word) || is_monotonic(word))
        .then_some(LoggedTime { clock, offset: Some(offset) })
}

fn date(year: &[u8], month: i64, day: &[u8]) -> Option<i64> {
    let is_day = (1..=2).contains(&day.len());
    days(number(year).filter(|_| year.len() == 4)?, month, number(day).filter(|_| is_day)?)
}

fn month_of(name: &[u8]) -> Option<i64> {
    month(name.try_into().ok()?)
}

fn is_weekday(word: &[u8]) -> bool {
    const NAMES: [&[u8]; 7] = [b"mon", b"tue", b"wed", b"thu", b"fri", b"sat", b"sun"];
    let is_name =
        |name: &&[u8]| word.get(..3).is_some_and(|three| three.eq_ignore_ascii_case(name));
    word.iter().all(u8::is_ascii_alphabetic) && NAMES.iter().any(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::fields::clock::Clock;

    #[test]
    fn a_time_is_read_in_every_form_that_means_one_thing() {
        // 2024-05-10T12:00:00Z
        const NOON: i64 = 1_715_342_400;
        for (text, seconds, has_zone) in [
            ("2024-05-10 12:00:00,123", NOON, false),
            ("2024-05-10T12:00:00,123Z", NOON, true),
            ("2024-05-10 14:00:00.123 +0200", NOON, true),
            ("2024-05-10 14:00:00,123 +02:00", NOON, true),
            ("2024-05-10 12:00:00 UTC", NOON, true),
            ("2024-05-10 14:00:00.5 +0200 CEST m=+0.01", NOON, true),
            ("2024-05-10T14:00:00.1+02:00[Europe/Berlin]", NOON, true),
            ("2024/05/10 12:00:00", NOON, false),
            ("20240510T120000Z", NOON, true),
            ("20240510T120000", NOON, false),
            ("20240510120000", NOON, false),
            ("10/May/2024:12:00:00.655", NOON, false),
            ("[10/May/2024:12:00:00.655 +0000]", NOON, true),
            ("Fri, 10 May 2024 12:00:00 GMT", NOON, true),
            ("Friday, 10-May-2024 12:00:00 GMT", NOON, true),
            ("10 May 2024 12:00:00,123", NOON, false),
            ("Fri May 10 12:00:00 2024", NOON, false),
            ("Fri May 10 12:00:00 UTC 2024", NOON, true),
            ("2024-05-10 12:00:00Z", NOON, true),
        ] {
            let found = written_time(text.as_bytes()).map(|time| Clock::default().seconds(time));
            assert_eq!(found, Some((seconds, has_zone)), "{text}");
        }
    }

    #[test]
    fn a_time_that_could_mean_two_things_is_not_read() {
        for text in [
            "05/06/2024 12:00:00",
            "2024-05-10 02:00:00 PM",
            "2024-05-10 12:00:00 CEST",
            "2024-05-10T12:00:00[Europe/Berlin]",
            "10.05.2024 12:00:00",
            "12:00:00",
            "2024-05-10",
            "2024-13-10 12:00:00",
            "2024-05-10 25:00:00",
            "May 10 12:00:00",
            "yesterday",
            "",
        ] {
            assert_eq!(written_time(text.as_bytes()), None, "{text}");
        }
    }
}
