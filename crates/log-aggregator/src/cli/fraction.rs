//! A share of a whole.

use std::fmt;
use std::str::FromStr;

/// A share from 0 to 1, in millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fraction(u32);

/// A text that is not a share.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no share from 0 to 1 such as 0.1 or 10%")]
pub struct FractionError(String);

const MILLION: f64 = 1e6;

impl Fraction {
    /// So many percent.
    pub(crate) const fn percent(percent: u32) -> Fraction {
        Fraction(percent * 10_000)
    }

    /// Whether `part` of `whole` is more than this share of it.
    pub fn is_exceeded_by(self, part: u64, whole: u64) -> bool {
        u128::from(part) * 1_000_000 > u128::from(whole) * u128::from(self.0)
    }
}

impl FromStr for Fraction {
    type Err = FractionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (number, whole) = match text.strip_suffix('%') {
            Some(percent) => (percent.trim_end(), 100.0),
            None => (text, 1.0),
        };
        let share = number.parse::<f64>().map_err(|_| FractionError(text.to_owned()))? / whole;
        match (0.0..=1.0).contains(&share) {
            true => Ok(Fraction((share * MILLION).round() as u32)),
            false => Err(FractionError(text.to_owned())),
        }
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", f64::from(self.0) / MILLION * 100.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_read_shown_and_compared() {
        for (text, shown) in
            [("0.1", "10%"), ("10%", "10%"), ("0", "0%"), ("1", "100%"), ("0.5 %", "0.5%")]
        {
            assert_eq!(text.parse::<Fraction>().unwrap().to_string(), shown);
        }
        for wrong in ["", "x", "-0.1", "1.1", "101%", "NaN"] {
            assert!(wrong.parse::<Fraction>().is_err(), "{wrong}");
        }
        let tenth: Fraction = "10%".parse().unwrap();
        assert!(
            !tenth.is_exceeded_by(10, 100)
                && tenth.is_exceeded_by(11, 100)
                && !tenth.is_exceeded_by(0, 0)
        );
    }
}
