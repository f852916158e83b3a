//! The share of bad rows.

use std::fmt;
use std::str::FromStr;

/// A share from 0 to 1 in whole parts per million, so that no floating-point number has a say in
/// the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadShare(u32);

/// A share that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadShareError {
    /// Not digits with at most one point.
    #[error("not a share: give a number from 0 to 1, such as 0.02 for two rows in a hundred")]
    NotANumber,
    /// More than all rows.
    #[error(
        "more than all rows: give a number from 0 to 1, such as 0.02 for two rows in a hundred"
    )]
    AboveOne,
    /// Finer than one in a million.
    #[error("finer than one row in a million: give at most six decimals")]
    TooFine,
}

impl BadShare {
    /// The parts that make one.
    pub const WHOLE: u32 = 1_000_000;
    const DECIMALS: usize = 6;

    /// From 0 to [`BadShare::WHOLE`].
    pub fn parts_per_million(self) -> u32 {
        self.0
    }
}

impl FromStr for BadShare {
    type Err = BadShareError;

    /// Reads a decimal number such as `0`, `0.02`, `.5` or `1.0`.
    fn from_str(text: &str) -> Result<BadShare, BadShareError> {
        let (units, decimals) = text.split_once('.').unwrap_or((text, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if !all_digits(units) || !all_digits(decimals) || units.len() + decimals.len() == 0 {
            return Err(BadShareError::NotANumber);
        }
        let decimals = decimals.trim_end_matches('0');
        let units = units.trim_start_matches('0');
        if decimals.len() > Self::DECIMALS {
            return Err(BadShareError::TooFine);
        }
        let millionths = decimals.bytes().chain(std::iter::repeat(b'0')).take(Self::DECIMALS);
        let parts = millionths.fold(0, |parts, digit| parts * 10 + u32::from(digit - b'0'));
        match (units, parts) {
            ("", parts) => Ok(BadShare(parts)),
            ("1", 0) => Ok(BadShare(Self::WHOLE)),
            _ => Err(BadShareError::AboveOne),
        }
    }
}

impl fmt::Display for BadShare {
    /// The shortest decimal number that reads as the same share.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:06}", self.0 / Self::WHOLE, self.0 % Self::WHOLE);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::{BadShare, BadShareError};

    #[test]
    fn shares_are_read_and_written_exactly() {
        for (text, parts, shortest) in [
            ("0", 0, "0"),
            ("0.02", 20_000, "0.02"),
            ("00.020", 20_000, "0.02"),
            (".5", 500_000, "0.5"),
            ("0.", 0, "0"),
            ("0.000001", 1, "0.000001"),
            ("0.999999000", 999_999, "0.999999"),
            ("1", 1_000_000, "1"),
            ("1.000", 1_000_000, "1"),
        ] {
            let share: BadShare = text.parse().unwrap();
            assert_eq!(share.parts_per_million(), parts, "{text}");
            assert_eq!(share.to_string(), shortest);
        }
    }

    #[test]
    fn what_is_no_share_is_refused() {
        for (text, error) in [
            ("", BadShareError::NotANumber),
            (".", BadShareError::NotANumber),
            ("-0.1", BadShareError::NotANumber),
            ("2%", BadShareError::NotANumber),
            ("0,02", BadShareError::NotANumber),
            ("1e-2", BadShareError::NotANumber),
            ("0.1.2", BadShareError::NotANumber),
            ("1.000001", BadShareError::AboveOne),
            ("2", BadShareError::AboveOne),
            ("10", BadShareError::AboveOne),
            ("99999999999999999999", BadShareError::AboveOne),
            ("0.0000001", BadShareError::TooFine),
        ] {
            assert_eq!(text.parse::<BadShare>(), Err(error), "{text}");
        }
    }
}
