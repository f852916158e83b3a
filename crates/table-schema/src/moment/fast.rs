//! The default formats at their usual width, eight bytes at a time.

use super::calendar::{SECONDS_A_DAY, days_of};

/// Whether each byte of `word` is a digit where `template` has `0` and the template's own byte
/// elsewhere, and if so the word with the template taken off: digits as numbers, the rest zero.
#[inline]
fn matched(word: &[u8; 8], template: &[u8; 8]) -> Option<[u8; 8]> {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let template = u64::from_le_bytes(*template);
    let word = u64::from_le_bytes(*word) ^ template;
    // A digit template is 0x30, which no separator of the formats is; adding 0x76 to a byte of up
    // to 9 leaves its high bit clear, adding 0x7f only to zero.
    let limit = u64::from_le_bytes(template.to_le_bytes().map(|b| if b == b'0' { 0x76 } else { 0x7f }));
    ((word.wrapping_add(limit) | word) & HIGH == 0).then(|| word.to_le_bytes())
}

#[inline]
fn two(digits: &[u8; 8], at: usize) -> u32 {
    u32::from(digits[at]) * 10 + u32::from(digits[at + 1])
}

#[inline]
fn head(bytes: &[u8], at: usize) -> Option<&[u8; 8]> {
    bytes.get(at..)?.first_chunk()
}

/// The day number of `yyyy-mm-dd`; `None` where the cell is no such date.
#[inline]
pub(crate) fn fast_date(cell: &[u8]) -> Option<i64> {
    if cell.len() != 10 {
        return None;
    }
    let front = matched(head(cell, 0)?, b"0000-00-")?;
    let back = matched(head(cell, 2)?, b"00-00-00")?;
    let year = i64::from(two(&front, 0) * 100 + two(&front, 2));
    if year == 0 {
        return None;
    }
    days_of(year, two(&front, 5), two(&back, 6))
}

/// The seconds of `yyyy-mm-ddThh:mm:ss` in UTC, with or without a `Z` behind it; `None` where
/// the cell is anything else, which may still be a moment.
#[inline]
pub(crate) fn fast_datetime(cell: &[u8]) -> Option<i64> {
    match cell {
        [head @ .., b'Z'] if head.len() == 19 => whole_seconds(head),
        _ if cell.len() == 19 => whole_seconds(cell),
        _ => None,
    }
}

#[inline]
fn whole_seconds(cell: &[u8]) -> Option<i64> {
    let front = matched(head(cell, 0)?, b"0000-00-")?;
    let middle = matched(head(cell, 8)?, b"00T00:00")?;
    let back = matched(head(cell, 11)?, b"00:00:00")?;
    let year = i64::from(two(&front, 0) * 100 + two(&front, 2));
    let (hour, minute, second) = (two(&back, 0), two(&back, 3), two(&back, 6));
    if year == 0 || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let days = days_of(year, two(&front, 5), two(&middle, 0))?;
    Some(days * SECONDS_A_DAY + i64::from(hour * 3600 + minute * 60 + second))
}
