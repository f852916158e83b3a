//! `--indexes`: a few partitions of a run, in the form in which a Job tells those that failed.
//! Pure.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// Indexes in ascending order, written as Kubernetes writes `.status.failedIndexes`: `1,3-5,7`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Indexes(Vec<(u32, u32)>);

/// What is wrong with a list of indexes.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum IndexesError {
    /// Neither a number nor a range.
    #[error("{0:?} is neither an index such as 3 nor a range such as 3-5")]
    Form(String),
    /// An index that does not come behind the one before it. Two pods would do the same partition.
    #[error("{0:?} does not come behind what stands before it: write indexes in ascending order")]
    Order(String),
}

impl Indexes {
    /// The indexes, which come in ascending order.
    pub fn of(indexes: impl IntoIterator<Item = u32>) -> Indexes {
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        for index in indexes {
            match ranges.last_mut() {
                Some((_, last)) if index.checked_sub(1) == Some(*last) => *last = index,
                _ => ranges.push((index, index)),
            }
        }
        Indexes(ranges)
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.0.iter().map(|(first, last)| u64::from(last - first) + 1).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The index at a position, from 0.
    pub fn nth(&self, position: u32) -> Option<u32> {
        let mut left = position;
        for (first, last) in &self.0 {
            if left <= last - first {
                return Some(first + left);
            }
            left -= last - first + 1;
        }
        None
    }
}

impl fmt::Display for Indexes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (first, last)) in self.0.iter().enumerate() {
            let comma = if number > 0 { "," } else { "" };
            match last - first {
                0 => write!(f, "{comma}{first}")?,
                // As Kubernetes does it.
                1 => write!(f, "{comma}{first},{last}")?,
                _ => write!(f, "{comma}{first}-{last}")?,
            }
        }
        Ok(())
    }
}

impl FromStr for Indexes {
    type Err = IndexesError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        for part in text.split(',') {
            let part = part.trim();
            let number = |text: &str| {
                // Rust reads +1, which no Job writes.
                let digits = text.bytes().all(|byte| byte.is_ascii_digit());
                let number = digits.then(|| text.parse::<u32>().ok()).flatten();
                number.ok_or_else(|| IndexesError::Form(part.to_owned()))
            };
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (first, last) = (number(first)?, number(last)?);
            let is_behind = ranges.last().is_none_or(|(_, before)| *before < first);
            if last < first || !is_behind {
                return Err(IndexesError::Order(part.to_owned()));
            }
            ranges.push((first, last));
        }
        Ok(Indexes(ranges))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_and_written_as_a_job_writes_it() {
        for (text, indexes) in [
            ("0", vec![0]),
            ("1,3-5,7", vec![1, 3, 4, 5, 7]),
            ("1,2", vec![1, 2]),
            ("4294967294,4294967295", vec![u32::MAX - 1, u32::MAX]),
        ] {
            let read: Indexes = text.parse().unwrap();
            assert_eq!(read.count(), indexes.len() as u64);
            let all: Vec<u32> = (0..).map_while(|position| read.nth(position)).collect();
            assert_eq!(all, indexes);
            assert_eq!(Indexes::of(indexes).to_string(), text);
        }
        assert_eq!(" 1, 3 - 5".replace(" - ", "-").parse(), Ok(Indexes::of([1, 3, 4, 5])));
        assert_eq!("0-4294967295".parse::<Indexes>().unwrap().count(), 1 << 32);
        assert!(Indexes::of([]).is_empty());
    }

    #[test]
    fn what_is_no_list_or_names_a_partition_twice_is_refused() {
        for text in ["", "1,", "a", "1-", "-1", "1-2-3", "+1", "4294967296", "1;2"] {
            assert!(matches!(text.parse::<Indexes>(), Err(IndexesError::Form(_))), "{text}");
        }
        for text in ["3,3", "5-3", "1-4,4", "2,1"] {
            assert!(matches!(text.parse::<Indexes>(), Err(IndexesError::Order(_))), "{text}");
        }
    }
}
