//! How many records may be rejected, or have a key of another one.

use std::fmt;
use std::str::FromStr;

/// The limit of `--max-rejected` or `--max-duplicates`: a share of the records or a number of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RecordLimit {
    /// A share, in millionths of the records.
    Share(u32),
    /// A number of records.
    Count(u64),
}

/// A limit that is neither a share nor a count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither a share such as 0.05 or 5% nor a whole number of records such as 100")]
pub struct RecordLimitError(String);

const MILLION: f64 = 1e6;

impl RecordLimit {
    /// Whether it is the share of all records, which nothing is beyond.
    pub fn is_none_at_all(self) -> bool {
        self == RecordLimit::Share(MILLION as u32)
    }

    /// Whether `found` of `rows` records are beyond the limit.
    pub fn is_exceeded_by(self, found: u64, rows: u64) -> bool {
        match self {
            RecordLimit::Count(count) => found > count,
            RecordLimit::Share(millionths) => {
                u128::from(found) * 1_000_000 > u128::from(rows) * u128::from(millionths)
            }
        }
    }
}

/// None.
impl Default for RecordLimit {
    fn default() -> RecordLimit {
        RecordLimit::Count(0)
    }
}

impl FromStr for RecordLimit {
    type Err = RecordLimitError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || RecordLimitError(text.to_owned());
        if let Ok(count) = text.parse() {
            return Ok(RecordLimit::Count(count));
        }
        let (number, scale) = match text.strip_suffix('%') {
            Some(percent) => (percent, 100.0),
            None => (text, 1.0),
        };
        let share = number.parse::<f64>().map_err(|_| error())? / scale;
        if (0.0..=1.0).contains(&share) {
            Ok(RecordLimit::Share((share * MILLION).round() as u32))
        } else {
            Err(error())
        }
    }
}

impl fmt::Display for RecordLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RecordLimit::Count(count) => write!(f, "{count} records"),
            RecordLimit::Share(millionths) => {
                write!(f, "{}% of the records", f64::from(*millionths) / MILLION * 100.0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_has_a_point_or_a_percent_sign_and_a_count_has_neither() {
        assert_eq!("0.05".parse(), Ok(RecordLimit::Share(50_000)));
        assert_eq!("5%".parse(), Ok(RecordLimit::Share(50_000)));
        assert_eq!("1.0".parse(), Ok(RecordLimit::Share(1_000_000)));
        assert_eq!("1".parse(), Ok(RecordLimit::Count(1)));
        assert!(RecordLimit::Share(1_000_000).is_none_at_all());
        assert!(!RecordLimit::Count(1).is_none_at_all());
        assert_eq!("0".parse(), Ok(RecordLimit::Count(0)));
        for wrong in ["1.5", "-1", "-0.1", "101%", "NaN", "some", ""] {
            assert!(wrong.parse::<RecordLimit>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_limit_itself_is_allowed() {
        let five_percent = RecordLimit::Share(50_000);
        assert!(!five_percent.is_exceeded_by(5, 100));
        assert!(five_percent.is_exceeded_by(6, 100));
        assert!(!five_percent.is_exceeded_by(0, 0));
        assert!(!RecordLimit::Count(5).is_exceeded_by(5, 5));
        assert!(RecordLimit::Count(5).is_exceeded_by(6, 1_000_000));
    }
}
