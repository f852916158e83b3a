//! Tasks that only take time: for teaching clusters, for benchmarks, and for trying out a queue's
//! settings.

use std::{str::FromStr, time::Duration};

use tracing::info;
use worker_runtime::duration_between;

use super::outcome::{Outcome, Output};

/// How long simulated tasks take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Simulate {
    least: Duration,
    most: Duration,
}

impl FromStr for Simulate {
    type Err = String;

    /// Reads `5s..15s`, or `5s` for always the same.
    fn from_str(text: &str) -> Result<Simulate, String> {
        let (least, most) = text.split_once("..").unwrap_or((text, text));
        let parse = duration_between(Duration::ZERO, Duration::from_secs(86_400));
        let (least, most) = (parse(least)?, parse(most)?);
        if least > most {
            return Err(format!("{text:?} begins with the longer time; write simulate=MIN..MAX"));
        }
        Ok(Simulate { least, most })
    }
}

impl Simulate {
    /// Whether tasks take no time at all.
    #[must_use]
    pub fn is_instant(&self) -> bool {
        self.most.is_zero()
    }

    /// Waits for a random time within the range. Logs progress at each fifth if it takes a second
    /// or more.
    pub(crate) async fn handle(&self, task_id: &str) -> Outcome {
        let whole = if self.least == self.most {
            self.least
        } else {
            rand::random_range(self.least..=self.most)
        };
        if whole < Duration::from_secs(1) {
            tokio::time::sleep(whole).await;
        } else {
            info!(task = task_id, duration_ms = whole.as_millis() as u64, "task begun");
            for fifth in 1..=5 {
                tokio::time::sleep(whole / 5).await;
                info!(task = task_id, percent = fifth * 20, "task progress");
            }
        }
        Outcome::Done(Output::Nothing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_or_one_time_is_understood() {
        let (five, fifteen) = (Duration::from_secs(5), Duration::from_secs(15));
        assert_eq!("5s..15s".parse(), Ok(Simulate { least: five, most: fifteen }));
        assert_eq!("5s".parse(), Ok(Simulate { least: five, most: five }));
        assert!("0s".parse::<Simulate>().unwrap().is_instant());
        assert!("15s..5s".parse::<Simulate>().unwrap_err().contains("longer time"));
        assert!("5..15".parse::<Simulate>().is_err());
    }
}
