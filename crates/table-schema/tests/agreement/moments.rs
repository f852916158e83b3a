//! Dates, times and durations by regular expressions and counting.

use crate::calendar::{Clock, instant, is_day};
use crate::expression::captures;
use crate::typed::Typed;

/// `integer.fraction` as attoseconds.
fn atto(seconds: i128, fraction: &str) -> i128 {
    let digits = format!("{fraction:0<18}");
    assert_eq!(digits.len(), 18, "the generators write no finer fractions");
    seconds * 10_i128.pow(18) + digits.parse::<i128>().unwrap()
}

pub(crate) const ZONE: &str = "(?<zone>Z|[-+](?:0[0-9]|1[0-3]):[0-5][0-9]|[-+]14:00)?";
pub(crate) const YEAR: &str = "(?<year>-?(?:[0-9]{4}|[1-9][0-9]{4,8}))";

fn group<'a>(found: &'a regex::Captures<'_>, name: &str) -> &'a str {
    found.name(name).map_or("", |part| part.as_str())
}

fn zone(text: &str) -> i128 {
    if text.len() < 6 {
        return 0;
    }
    let minutes = text[1..3].parse::<i128>().unwrap() * 60 + text[4..6].parse::<i128>().unwrap();
    minutes * if text.starts_with('-') { -60 } else { 60 }
}

/// The year of the calendar that has a year 0; `None` for a written year 0.
fn year(text: &str) -> Option<i128> {
    match text.parse::<i128>().unwrap() {
        0 => None,
        year if year < 0 => Some(year + 1),
        year => Some(year),
    }
}

pub(crate) fn xsd(pattern: &str, cell: &str) -> Option<Typed> {
    let found = captures(pattern, cell)?;
    let or = |name, default: i128| match group(&found, name) {
        "" => default,
        text => text.parse().unwrap(),
    };
    let year = match found.name("year") {
        Some(text) => year(text.as_str())?,
        None => 1970,
    };
    let (month, day) = (or("month", 1), or("day", 1));
    let mut clock = Clock { hour: or("hour", 0), minute: or("minute", 0), second: or("second", 0) };
    let fraction = group(&found, "fraction");
    let midnight = clock.hour == 24
        && clock.minute == 0
        && clock.second == 0
        && fraction.trim_matches('0').is_empty();
    let good = is_day(year, month, day) && (clock.is_time() || midnight);
    if midnight && found.name("year").is_none() {
        // A time has no day that could end.
        clock.hour = 0;
    }
    // The expressions of dates and of times in version 2 have no zone at all.
    let local = pattern.contains("(?<zone>")
        && pattern.contains("(?<hour>")
        && found.name("zone").is_none();
    good.then(|| {
        Typed::Moment(
            atto(instant(year, month, day, &clock) - zone(group(&found, "zone")), fraction),
            local,
        )
    })
}

/// The `strptime` patterns that the generators use, as expressions.
pub(crate) fn strptime(kind: &str, pattern: &str, cell: &str) -> Option<Typed> {
    let expression = match pattern {
        "%d/%m/%Y" => r"(?<day>[0-9]{1,2}| [1-9])/(?<month>[0-9]{1,2})/(?<year>[0-9]{4})",
        "%Y%m%d %H:%M" => {
            r"(?<year>[0-9]{4})(?<month>1[0-2]|0[1-9]|[1-9])(?<day>3[01]|[12][0-9]|0[1-9]|[1-9]| [1-9])\s+(?<hour>[0-9]{1,2}):(?<minute>[0-9]{1,2})"
        }
        "%H:%M:%S.%f" => {
            r"(?<hour>[0-9]{1,2}):(?<minute>[0-9]{1,2}):(?<second>[0-9]{1,2})\.(?<fraction>[0-9]{1,6})"
        }
        "%I:%M %p" => r"(?<hour>[0-9]{1,2}):(?<minute>[0-9]{1,2})\s+(?<half>(?i:am|pm))",
        other => panic!("the model has no {other}"),
    };
    let found = captures(expression, cell)?;
    let or = |name, default: i128| match group(&found, name) {
        "" => default,
        // A day of one digit may have a blank before it.
        text => text.trim_start().parse().unwrap(),
    };
    let (year, month, day) = (or("year", 1900), or("month", 1), or("day", 1));
    let mut hour = or("hour", 0);
    if let Some(half) = found.name("half") {
        if !(1..=12).contains(&hour) {
            return None;
        }
        hour = hour % 12 + if half.as_str().eq_ignore_ascii_case("pm") { 12 } else { 0 };
    }
    let clock = Clock { hour, minute: or("minute", 0), second: or("second", 0) };
    let good = year > 0 && is_day(year, month, day) && clock.is_time();
    let midnight = Clock { hour: 0, minute: 0, second: 0 };
    good.then(|| {
        let fraction = group(&found, "fraction");
        match kind {
            "date" => Typed::Moment(atto(instant(year, month, day, &midnight), ""), false),
            "time" => Typed::Moment(atto(instant(1970, 1, 1, &clock), fraction), true),
            _ => Typed::Moment(atto(instant(year, month, day, &clock), fraction), true),
        }
    })
}

pub(crate) fn duration(cell: &str) -> Option<Typed> {
    let number = |name: &str| format!("(?:(?<{name}>[0-9]{{1,18}}){})?", &name[..1].to_uppercase());
    let expression = format!(
        r"(?<sign>-)?P{}{}{}(?<t>T{}{}(?:(?<second>[0-9]{{1,18}})(?:\.(?<fraction>[0-9]+))?S)?)?",
        number("year"),
        "(?:(?<month>[0-9]{1,18})M)?",
        number("day"),
        number("hour"),
        "(?:(?<minute>[0-9]{1,18})M)?"
    );
    let found = captures(&expression, cell)?;
    if cell.ends_with(['P', 'T']) {
        return None;
    }
    let part = |name| group(&found, name).parse::<i128>().unwrap_or(0);
    let sign = if found.name("sign").is_some() { -1 } else { 1 };
    let seconds = part("day") * 86_400 + part("hour") * 3600 + part("minute") * 60 + part("second");
    let months = part("year") * 12 + part("month");
    Some(Typed::Duration(sign * months, sign * atto(seconds, group(&found, "fraction"))))
}
