//! Dates and times by a `strptime` pattern.

use super::calendar::{days_in, days_of, is_leap};
use super::instant::Reading;

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
pub(super) const DAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// A compiled `strptime` pattern, read as Python's `datetime.strptime` reads it in the C locale:
/// the whole cell has to match, white space matches any run of it, text matches in either case,
/// numbers may lack their leading zeros, what the pattern does not say is 1900-01-01T00:00:00.
#[derive(Clone, Debug)]
pub(crate) struct Strptime(pub(super) Vec<Item>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item {
    Literal(u8),
    Space,
    /// `width` digits at most, at least `least`, from `low` to `high`.
    Number {
        part: Part,
        least: usize,
        width: usize,
        low: u32,
        high: u32,
    },
    Month {
        short: bool,
    },
    Weekday {
        short: bool,
    },
    Fraction,
    HalfDay,
    Zone,
    ZoneName,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Year,
    YearOfCentury,
    Month,
    Day,
    DayOfYear,
    Hour,
    Hour12,
    Minute,
    Second,
    /// Read and not used, as in Python.
    Weekday,
}

#[derive(Clone, Copy, Debug)]
struct Parts<'a> {
    year: u32,
    month: u32,
    day: u32,
    day_of_year: Option<u32>,
    hour: u32,
    hour12: bool,
    afternoon: bool,
    minute: u32,
    second: u32,
    fraction: &'a [u8],
    zone: Option<i64>,
}

impl Strptime {
    /// Whether what it reads has a time zone.
    pub(crate) fn has_zone(&self) -> bool {
        self.0.iter().any(|item| matches!(item, Item::Zone | Item::ZoneName))
    }

    /// Compiles a pattern; the error says what of it is not supported.
    pub(crate) fn new(pattern: &str) -> Result<Strptime, String> {
        let mut items: Vec<Item> = Vec::new();
        let mut bytes = pattern.bytes();
        while let Some(byte) = bytes.next() {
            if byte.is_ascii_whitespace() {
                if items.last() != Some(&Item::Space) {
                    items.push(Item::Space);
                }
                continue;
            }
            if byte != b'%' {
                items.push(Item::Literal(byte));
                continue;
            }
            let directive = bytes.next().ok_or("it ends with a single %")?;
            let number =
                |part, least, width, low, high| Item::Number { part, least, width, low, high };
            let colon = Item::Literal(b':');
            let minute = number(Part::Minute, 1, 2, 0, 59);
            let second = number(Part::Second, 1, 2, 0, 59);
            let hour = number(Part::Hour, 1, 2, 0, 23);
            let day = number(Part::Day, 1, 2, 1, 31);
            let month = number(Part::Month, 1, 2, 1, 12);
            match directive {
                b'Y' => items.push(number(Part::Year, 4, 4, 1, 9999)),
                b'y' => items.push(number(Part::YearOfCentury, 2, 2, 0, 99)),
                b'm' => items.push(month),
                b'd' | b'e' => items.push(day),
                b'j' => items.push(number(Part::DayOfYear, 1, 3, 1, 366)),
                b'H' => items.push(hour),
                b'I' => items.push(number(Part::Hour12, 1, 2, 1, 12)),
                b'M' => items.push(minute),
                b'S' => items.push(second),
                b'f' => items.push(Item::Fraction),
                b'b' | b'h' => items.push(Item::Month { short: true }),
                b'B' => items.push(Item::Month { short: false }),
                b'a' => items.push(Item::Weekday { short: true }),
                b'A' => items.push(Item::Weekday { short: false }),
                b'w' => items.push(number(Part::Weekday, 1, 1, 0, 6)),
                b'u' => items.push(number(Part::Weekday, 1, 1, 1, 7)),
                b'p' => items.push(Item::HalfDay),
                b'z' => items.push(Item::Zone),
                b'Z' => items.push(Item::ZoneName),
                b'%' => items.push(Item::Literal(b'%')),
                b'n' | b't' => items.push(Item::Space),
                b'T' => items.extend([hour, colon, minute, colon, second]),
                b'R' => items.extend([hour, colon, minute]),
                b'F' => items.extend([
                    number(Part::Year, 4, 4, 1, 9999),
                    Item::Literal(b'-'),
                    month,
                    Item::Literal(b'-'),
                    day,
                ]),
                b'D' => items.extend([
                    month,
                    Item::Literal(b'/'),
                    day,
                    Item::Literal(b'/'),
                    number(Part::YearOfCentury, 2, 2, 0, 99),
                ]),
                b'c' | b'x' | b'X' | b'r' => {
                    return Err(format!("%{} depends on the locale", char::from(directive)));
                }
                other => {
                    return Err(format!("the directive %{} is not supported", char::from(other)));
                }
            }
        }
        let repeated = |item: &&Item| {
            !matches!(item, Item::Literal(_) | Item::Space)
                && items.iter().filter(|other| other == item).count() > 1
        };
        if items.iter().any(|item| repeated(&item)) {
            return Err("it has a directive twice".to_owned());
        }
        if items.iter().all(|item| matches!(item, Item::Literal(_) | Item::Space)) {
            return Err("it has no directive such as %Y in it".to_owned());
        }
        Ok(Strptime(items))
    }

    /// What the whole of `cell` says.
    pub(crate) fn parse<'a>(&self, cell: &'a [u8]) -> Option<Reading<'a>> {
        matched(&self.0, cell, Parts::default(), true)?.0.reading()
    }

    /// What the start of `cell` says, and what follows it.
    pub(crate) fn parse_start<'a>(&self, cell: &'a [u8]) -> Option<(Reading<'a>, &'a [u8])> {
        let (parts, rest) = matched(&self.0, cell, Parts::default(), false)?;
        Some((parts.reading()?, rest))
    }
}

impl Default for Parts<'_> {
    fn default() -> Self {
        Parts {
            year: 1900,
            month: 1,
            day: 1,
            day_of_year: None,
            hour: 0,
            hour12: false,
            afternoon: false,
            minute: 0,
            second: 0,
            fraction: &[],
            zone: None,
        }
    }
}

impl<'a> Parts<'a> {
    fn reading(self) -> Option<Reading<'a>> {
        let year = i64::from(self.year);
        let days = match self.day_of_year {
            Some(day) if day == 366 && !is_leap(year) => return None,
            Some(day) => days_of(year, 1, 1)? + i64::from(day) - 1,
            None if self.day <= days_in(year, self.month)? => days_of(year, self.month, self.day)?,
            None => return None,
        };
        let hour = match (self.hour12, self.afternoon) {
            (false, _) => self.hour,
            (true, false) => self.hour % 12,
            (true, true) => self.hour % 12 + 12,
        };
        let seconds = i64::from(hour * 3600 + self.minute * 60 + self.second);
        Some(Reading { days, seconds, zone: self.zone, fraction: self.fraction })
    }

    fn set(&mut self, part: Part, value: u32) {
        match part {
            Part::Year => self.year = value,
            // POSIX: 69 to 99 are of the twentieth century.
            Part::YearOfCentury => self.year = value + if value < 69 { 2000 } else { 1900 },
            Part::Month => self.month = value,
            Part::Day => self.day = value,
            Part::DayOfYear => self.day_of_year = Some(value),
            Part::Hour => (self.hour, self.hour12) = (value, false),
            Part::Hour12 => (self.hour, self.hour12) = (value, true),
            Part::Minute => self.minute = value,
            Part::Second => self.second = value,
            Part::Weekday => {}
        }
    }
}

/// Matches `items` at the start of `text` (and up to its end, if `whole`). A number takes as many
/// digits as it can and gives some back where the rest does not match otherwise, which only
/// happens where two numbers stand side by side; every directive stands once, so the attempts
/// are few.
fn matched<'a>(
    items: &[Item],
    text: &'a [u8],
    parts: Parts<'a>,
    whole: bool,
) -> Option<(Parts<'a>, &'a [u8])> {
    let Some((item, items)) = items.split_first() else {
        return (!whole || text.is_empty()).then_some((parts, text));
    };
    match *item {
        Item::Literal(byte) => match text.split_first() {
            Some((first, rest)) if first.eq_ignore_ascii_case(&byte) => {
                matched(items, rest, parts, whole)
            }
            _ => None,
        },
        Item::Space => {
            let count = text.iter().take_while(|b| b.is_ascii_whitespace()).count();
            (count > 0).then(|| matched(items, &text[count..], parts, whole))?
        }
        // A day of one digit may have a blank in the place of the other, as `%e` writes it.
        Item::Number { part: Part::Day, .. } if matches!(text, [b' ', b'1'..=b'9', ..]) => {
            let mut parts = parts;
            parts.set(Part::Day, u32::from(text[1] - b'0'));
            matched(items, &text[2..], parts, whole)
        }
        Item::Number { part, least, width, low, high } => {
            let digits = text.iter().take(width).take_while(|b| b.is_ascii_digit()).count();
            (least..=digits).rev().find_map(|count| {
                let value = text[..count].iter().fold(0, |sum, b| sum * 10 + u32::from(b - b'0'));
                if value < low || value > high {
                    return None;
                }
                let mut parts = parts;
                parts.set(part, value);
                matched(items, &text[count..], parts, whole)
            })
        }
        Item::Fraction => {
            let digits = text.iter().take(6).take_while(|b| b.is_ascii_digit()).count();
            (1..=digits).rev().find_map(|count| {
                let parts = Parts { fraction: &text[..count], ..parts };
                matched(items, &text[count..], parts, whole)
            })
        }
        Item::Month { short } => {
            let (index, rest) = name(&MONTHS, short, text)?;
            matched(items, rest, Parts { month: index as u32 + 1, ..parts }, whole)
        }
        Item::Weekday { short } => matched(items, name(&DAYS, short, text)?.1, parts, whole),
        Item::HalfDay => {
            let (half, rest) = text.split_first_chunk::<2>()?;
            let afternoon = match half.map(|b| b.to_ascii_lowercase()) {
                [b'a', b'm'] => false,
                [b'p', b'm'] => true,
                _ => return None,
            };
            matched(items, rest, Parts { afternoon, ..parts }, whole)
        }
        Item::Zone => {
            let (zone, rest) = zone(text)?;
            matched(items, rest, Parts { zone: Some(zone), ..parts }, whole)
        }
        Item::ZoneName => {
            let (name, rest) = text.split_first_chunk::<3>()?;
            let utc = name.eq_ignore_ascii_case(b"utc") || name.eq_ignore_ascii_case(b"gmt");
            // A number of hours beside the name says more than the name.
            let zone = parts.zone.or(Some(0));
            utc.then(|| matched(items, rest, Parts { zone, ..parts }, whole))?
        }
    }
}

fn name<'a>(names: &[&str], short: bool, text: &'a [u8]) -> Option<(usize, &'a [u8])> {
    names.iter().enumerate().find_map(|(index, name)| {
        let name = if short { &name[..3] } else { name };
        let (start, rest) = text.split_at_checked(name.len())?;
        start.eq_ignore_ascii_case(name.as_bytes()).then_some((index, rest))
    })
}

/// `Z`, `±hhmm` or `±hh:mm`, in seconds to the east.
pub(super) fn zone(text: &[u8]) -> Option<(i64, &[u8])> {
    let (&sign, rest) = text.split_first()?;
    let sign = match sign {
        b'Z' | b'z' => return Some((0, rest)),
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hour, rest) = rest.split_first_chunk::<2>()?;
    let rest = rest.strip_prefix(b":").unwrap_or(rest);
    let (minute, rest) = rest.split_first_chunk::<2>()?;
    let (hour, minute) = (two_digits(hour)?, two_digits(minute)?);
    (hour < 24 && minute < 60).then_some((sign * (hour * 3600 + minute * 60), rest))
}

pub(super) fn two_digits(digits: &[u8; 2]) -> Option<i64> {
    digits
        .iter()
        .all(u8::is_ascii_digit)
        .then(|| i64::from(digits[0] - b'0') * 10 + i64::from(digits[1] - b'0'))
}
