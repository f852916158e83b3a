//! The format `any` of dates and times.

use std::sync::LazyLock;

use super::instant::Reading;
use super::strptime::{Strptime, two_digits, zone};

/// The dates that are tried, in this order: where day and month could be either, the month comes
/// first, as with python-dateutil, whose defaults the standard names.
const DATES: [&str; 18] = [
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%m-%d-%Y",
    "%d-%m-%Y",
    "%m.%d.%Y",
    "%d.%m.%Y",
    "%d %B %Y",
    "%d %b %Y",
    "%d-%b-%Y",
    "%B %d, %Y",
    "%b %d, %Y",
    "%B %d %Y",
    "%b %d %Y",
    "%Y%m%d",
    "%a, %d %b %Y",
];

const TIMES: [&str; 6] = ["%I:%M:%S %p", "%I:%M %p", "%I:%M%p", "%H:%M:%S.%f", "%H:%M:%S", "%H:%M"];

struct Forms {
    dates: Vec<Strptime>,
    times: Vec<Strptime>,
}

static FORMS: LazyLock<Forms> = LazyLock::new(|| {
    let compiled =
        |patterns: &[&str]| patterns.iter().filter_map(|p| Strptime::new(p).ok()).collect();
    Forms { dates: compiled(&DATES), times: compiled(&TIMES) }
});

/// A date, a time or both in one of the usual forms: one of 18 forms of a date, one of 6 of a
/// time, or a date, then `T`, spaces or a comma, then a time; a time zone may stand behind a
/// time. What is not said is 1970-01-01T00:00:00.
pub(crate) fn any_form(cell: &[u8]) -> Option<Reading<'_>> {
    date_and_time(cell).or_else(|| time_and_zone(cell))
}

fn date_and_time(cell: &[u8]) -> Option<Reading<'_>> {
    FORMS.dates.iter().find_map(|form| {
        let (date, rest) = form.parse_start(cell)?;
        let rest = match rest {
            [] => return Some(date),
            [b'T' | b't', rest @ ..] => rest,
            [b' ', ..] => rest.trim_ascii_start(),
            [b',', b' ', rest @ ..] => rest.trim_ascii_start(),
            _ => return None,
        };
        Some(Reading { days: date.days, ..time_and_zone(rest)? })
    })
}

fn time_and_zone(text: &[u8]) -> Option<Reading<'_>> {
    FORMS.times.iter().find_map(|form| {
        let (time, rest) = form.parse_start(text)?;
        let zone = match rest.trim_ascii_start() {
            [] => None,
            b"UTC" | b"GMT" => Some(0),
            // PostgreSQL writes a zone of whole hours without minutes, as ISO 8601 allows.
            [sign @ (b'+' | b'-'), hours @ ..] if hours.len() == 2 => {
                let hours = two_digits(hours.try_into().ok()?).filter(|hours| *hours < 24)?;
                Some(if *sign == b'-' { -3600 * hours } else { 3600 * hours })
            }
            rest => Some(zone(rest).filter(|(_, rest)| rest.is_empty())?.0),
        };
        Some(Reading { days: 0, zone, ..time })
    })
}
