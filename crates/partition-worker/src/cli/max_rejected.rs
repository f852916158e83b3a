//! How many rejected records a partition may have.

use std::fmt;
use std::str::FromStr;

/// The limit of `--max-rejected`: a share of the records or a number of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MaxRejected {
    /// A share, in millionths of the records.
    Share(u32),
    /// A number of records.
    Count(u64),
}

/// A limit that is neither a share nor a count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither a share such as 0.05 or 5% nor a whole number of records such as 100")]
pub struct MaxRejectedError(String);

const MILLION: f64 = 1e6;

impl MaxRejected {
    /// Whether it is the share of all records, which nothing is beyond.
    pub fn is_none_at_all(self) -> bool {
        self == MaxRejected::Share(MILLION as u32)
    }

    /// Whether `rejected` of `rows` records is beyond the limit.
    pub fn is_exceeded_by(self, rejected: u64, rows: u64) -> bool {
        match self {
            MaxRejected::Count(count) => rejected > count,
            MaxRejected::Share(millionths) => {
                u128::from(rejected) * 1_000_000 > u128::from(rows) * u128::from(millionths)
            }
        }
    }
}

impl FromStr for MaxRejected {
    type Err = MaxRejectedError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || MaxRejectedError(text.to_owned());
        if let Ok(count) = text.parse() {
            return Ok(MaxRejected::Count(count));
        }
        let (number, scale) = match text.strip_suffix('%') {
            Some(percent) => (percent, 100.0),
            None => (text, 1.0),
        };
        let share = number.parse::<f64>().map_err(|_| error())? / scale;
        if (0.0..=1.0).contains(&share) {
            Ok(MaxRejected::Share((share * MILLION).round() as u32))
        } else {
            Err(error())
        }
    }
}

impl fmt::Display for MaxRejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MaxRejected::Count(count) => write!(f, "{count} records"),
            MaxRejected::Share(millionths) => {
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
        assert_eq!("0.05".parse(), Ok(MaxRejected::Share(50_000)));
        assert_eq!("5%".parse(), Ok(MaxRejected::Share(50_000)));
        assert_eq!("1.0".parse(), Ok(MaxRejected::Share(1_000_000)));
        assert_eq!("1".parse(), Ok(MaxRejected::Count(1)));
        assert!(MaxRejected::Share(1_000_000).is_none_at_all());
        assert!(!MaxRejected::Count(1).is_none_at_all());
        assert_eq!("0".parse(), Ok(MaxRejected::Count(0)));
        for wrong in ["1.5", "-1", "-0.1", "101%", "NaN", "some", ""] {
            assert!(wrong.parse::<MaxRejected>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_limit_itself_is_allowed() {
        let five_percent = MaxRejected::Share(50_000);
        assert!(!five_percent.is_exceeded_by(5, 100));
        assert!(five_percent.is_exceeded_by(6, 100));
        assert!(!five_percent.is_exceeded_by(0, 0));
        assert!(!MaxRejected::Count(5).is_exceeded_by(5, 5));
        assert!(MaxRejected::Count(5).is_exceeded_by(6, 1_000_000));
    }
}
