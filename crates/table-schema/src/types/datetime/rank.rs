//! Ranks: the default formats at their usual width, compared as bytes. At a fixed width the earlier
//! of two moments is also the smaller one byte by byte, so that a bound needs no arithmetic; the
//! digits are checked eight bytes at a time.

use super::calendar::{SECONDS_A_DAY, civil_of, days_in};

/// The bytes of a date or datetime as numbers that grow with it.
pub(crate) type Rank = (u128, u64);

/// Whether each byte of `word` is a digit where `template` has `0`, and the template's own byte
/// elsewhere; if so, the word with the template taken off: digits as numbers, the rest zero.
#[inline]
fn matched(word: &[u8; 8], template: &[u8; 8]) -> Option<[u8; 8]> {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    // Adding 0x76 leaves the high bit of a byte clear up to 9, adding 0x7f only of zero.
    let limit = u64::from_le_bytes(template.map(|b| if b == b'0' { 0x76 } else { 0x7f }));
    let word = u64::from_le_bytes(*word) ^ u64::from_le_bytes(*template);
    ((word.wrapping_add(limit) | word) & HIGH == 0).then(|| word.to_le_bytes())
}

#[inline]
fn two(digits: &[u8; 8], at: usize) -> u32 {
    u32::from(digits[at]) * 10 + u32::from(digits[at + 1])
}

#[inline]
fn word<const N: usize>(bytes: &[u8; N], at: usize) -> Option<&[u8; 8]> {
    bytes.get(at..)?.first_chunk()
}

/// Whether there is such a day; the year is in the first four of `front`.
#[inline]
fn is_date(front: &[u8; 8], month: u32, day: u32) -> bool {
    let year = two(front, 0) * 100 + two(front, 2);
    // Most days need no look at the month's length.
    let in_month = day <= 28 || days_in(year.into(), month).is_some_and(|days| day <= days);
    year != 0 && (1..=12).contains(&month) && day != 0 && in_month
}

/// The rank of `yyyy-mm-dd`; `None` if the cell is not such a date.
#[inline(always)]
pub(crate) fn date_rank(cell: &[u8]) -> Option<Rank> {
    let cell: &[u8; 10] = cell.try_into().ok()?;
    let (start, end) = (word(cell, 0)?, word(cell, 2)?);
    let front = matched(start, b"0000-00-")?;
    let back = matched(end, b"00-00-00")?;
    is_date(&front, two(&front, 5), two(&back, 6))
        .then(|| (u64::from_be_bytes(*start).into(), u64::from_be_bytes(*end)))
}

/// The rank of `yyyy-mm-ddThh:mm:ss` with a `Z` behind it (if `UTC`) or without (if `LOCAL`), of
/// which only one can be compared with a bound by the rank alone; `None` where the cell is
/// anything else, which may still be a datetime.
// Always inlined: a call returns the rank in memory in two parts, and the wider load of both has to
// wait until the two stores have left the store buffer.
#[inline(always)]
pub(crate) fn datetime_rank<const UTC: bool, const LOCAL: bool>(cell: &[u8]) -> Option<Rank> {
    let (cell, zone) = cell.split_first_chunk::<19>()?;
    let (start, middle, end) = (word(cell, 0)?, word(cell, 8)?, word(cell, 11)?);
    let front = matched(start, b"0000-00-")?;
    let day = matched(middle, b"00T00:00")?;
    let clock = matched(end, b"00:00:00")?;
    let good = is_date(&front, two(&front, 5), two(&day, 0))
        && two(&clock, 0) <= 23
        && two(&clock, 3) <= 59
        && two(&clock, 6) <= 59
        && match zone {
            b"Z" => UTC,
            [] => LOCAL,
            _ => false,
        };
    let start =
        u128::from(u64::from_be_bytes(*start)) << 64 | u128::from(u64::from_be_bytes(*middle));
    good.then(|| (start, u64::from_be_bytes(*end)))
}

/// How a moment of the years 1 to 9999 is written, `yyyy-mm-ddThh:mm:ss`.
pub(crate) fn written(seconds: i64) -> Option<String> {
    let (year, month, day) = civil_of(seconds.div_euclid(SECONDS_A_DAY));
    let clock = seconds.rem_euclid(SECONDS_A_DAY);
    let (hour, minute, second) = (clock / 3600, clock / 60 % 60, clock % 60);
    (1..=9999)
        .contains(&year)
        .then(|| format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"))
}
