//! Phases of simulated work: names and times.

use std::str::FromStr;
use std::time::Duration;

/// Phases in the order they run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phases(Vec<Phase>);

/// A phase takes between `least` and `most`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Phase {
    name: String,
    least: Duration,
    most: Duration,
}

/// What is wrong with a list of phases.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhasesError {
    /// Not of the form NAME=TIME or NAME=TIME..TIME.
    #[error(
        "{0:?} is not of the form NAME=TIME or NAME=TIME..TIME, such as upload=500ms or \
         process=3s..5s"
    )]
    Form(String),
    /// Not a time.
    #[error("{text:?} in the phase {phase:?} is not a time such as 500ms, 3s or 2m")]
    Time {
        /// Name of the phase.
        phase: String,
        /// The text.
        text: String,
    },
    /// A range that ends before it begins.
    #[error("the phase {0:?} has a range that ends before it begins")]
    Range(String),
}

impl Phases {
    /// The name and the time of each phase. A time within a range depends on the seed, the index
    /// and the phase only.
    pub fn times(&self, seed: u64, index: u32) -> Vec<(String, Duration)> {
        let mut times = Vec::new();
        for (number, phase) in (0u64..).zip(&self.0) {
            let mut drawn_from = [0; 20];
            drawn_from[..8].copy_from_slice(&seed.to_le_bytes());
            drawn_from[8..12].copy_from_slice(&index.to_le_bytes());
            drawn_from[12..].copy_from_slice(&number.to_le_bytes());
            let drawn = xxhash_rust::xxh3::xxh3_64(&drawn_from);
            let width = (phase.most - phase.least).as_micros();
            let extra = (u128::from(drawn) * width) >> 64;
            times.push((phase.name.clone(), phase.least + Duration::from_micros(extra as u64)));
        }
        times
    }
}

impl FromStr for Phases {
    type Err = PhasesError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut phases = Vec::new();
        for part in text.split(',') {
            let form = || PhasesError::Form(part.to_owned());
            let (name, times) = part.split_once('=').ok_or_else(form)?;
            if name.is_empty() {
                return Err(form());
            }
            let (least, most) = times.split_once("..").unwrap_or((times, times));
            let time = |text: &str| {
                humantime::parse_duration(text).map_err(|_| PhasesError::Time {
                    phase: name.to_owned(),
                    text: text.to_owned(),
                })
            };
            let (least, most) = (time(least)?, time(most)?);
            if most < least {
                return Err(PhasesError::Range(name.to_owned()));
            }
            phases.push(Phase { name: name.to_owned(), least, most });
        }
        Ok(Phases(phases))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_time_is_kept_and_a_range_is_drawn_from() {
        let phases: Phases = "download=1500ms,process=3s..5s".parse().unwrap();
        let mut drawn = Vec::new();
        for index in 0..50 {
            let times = phases.times(7, index);
            assert_eq!(times, phases.times(7, index));
            assert_eq!(times[0], ("download".to_owned(), Duration::from_millis(1500)));
            assert_eq!(times[1].0, "process");
            assert!((Duration::from_secs(3)..Duration::from_secs(5)).contains(&times[1].1));
            drawn.push(times[1].1);
        }
        drawn.sort_unstable();
        drawn.dedup();
        assert_eq!(drawn.len(), 50);
    }

    #[test]
    fn what_is_no_list_of_phases_is_refused() {
        let error = |text: &str| text.parse::<Phases>().unwrap_err();
        assert_eq!(error("download"), PhasesError::Form("download".to_owned()));
        assert_eq!(error("=1s"), PhasesError::Form("=1s".to_owned()));
        assert_eq!(error("a=1s,"), PhasesError::Form(String::new()));
        assert_eq!(error("a=5s..1s"), PhasesError::Range("a".to_owned()));
        assert_eq!(
            error("a=1x"),
            PhasesError::Time { phase: "a".to_owned(), text: "1x".to_owned() }
        );
    }
}
