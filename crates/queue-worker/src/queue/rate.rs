//! How many tasks of a queue are given out in a time. Pure.

use std::str::FromStr;

/// µs of the units of time.
const UNITS: [(&str, f64); 7] = [
    ("s", 1e6),
    ("sec", 1e6),
    ("m", 6e7),
    ("min", 6e7),
    ("h", 3.6e9),
    ("d", 8.64e10),
    ("day", 8.64e10),
];
/// The most a second, and the fewest: one in thirty days.
const MOST: f64 = 1.0;
const FEWEST: f64 = 30.0 * 8.64e10;

/// A rate, as the time between two tasks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    interval_us: f64,
}

impl Rate {
    /// The time between two tasks in µs.
    #[must_use]
    pub fn interval_us(self) -> f64 {
        self.interval_us
    }

    /// So many µs between two tasks.
    #[must_use]
    pub fn every_us(interval_us: f64) -> Rate {
        Rate { interval_us }
    }
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Rate, String> {
        let form = "write a number of tasks and the time for them, like 50/s, 3000/min or 10/h";
        let (tasks, unit) = text.split_once('/').ok_or(form)?;
        let (_, us) = UNITS.iter().find(|(name, _)| *name == unit).ok_or(form)?;
        let tasks: f64 = tasks.parse().map_err(|_| form)?;
        let interval_us = us / tasks;
        if !(MOST..=FEWEST).contains(&interval_us) {
            return Err("from one task in thirty days to a million a second".to_owned());
        }
        Ok(Rate { interval_us })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_and_a_unit_of_time() {
        for (text, interval_us) in [
            ("50/s", 20_000.0),
            ("0.5/s", 2e6),
            ("3000/min", 20_000.0),
            ("1/h", 3.6e9),
            ("1/d", 8.64e10),
        ] {
            assert_eq!(text.parse(), Ok(Rate { interval_us }), "{text}");
        }
    }

    #[test]
    fn what_is_no_rate_is_refused_with_the_remedy() {
        for text in [
            "",
            "50",
            "/s",
            "50/",
            "50/w",
            "s/50",
            "50 /s",
            "-1/s",
            "0/s",
            "NaN/s",
            "inf/s",
            "1000001/s",
            "1e-9/s",
        ] {
            let said = text.parse::<Rate>().unwrap_err();
            assert!(said.contains("50/s") || said.contains("thirty days"), "{text}: {said}");
        }
    }
}
