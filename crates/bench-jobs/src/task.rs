//! What the pods of a Job do, and how fast that can get at best.

use std::time::Duration;

/// The work of one completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Wait for this long: what the platform costs, and nothing else.
    Fixed(Duration),
    /// Make a partition of so many transactions, validate it, and compress what comes of it.
    Validate(u64),
}

impl Task {
    /// Its name in tables and Jobs.
    pub fn name(self) -> &'static str {
        match self {
            Task::Fixed(_) => "fixed",
            Task::Validate(_) => "validate",
        }
    }

    /// What each pod does, in words.
    pub fn description(self) -> String {
        match self {
            Task::Fixed(time) => format!("waits for {} s", time.as_secs_f64()),
            Task::Validate(rows) => format!(
                "makes a partition of {rows} transactions (prepare), validates it and compresses \
                 the result (work)"
            ),
        }
    }

    /// The best speed-up there can be, against one pod after the other.
    ///
    /// `completions` at `parallelism` need `ceil(completions / parallelism)` rounds. What computes
    /// is bounded by the processors besides, if it takes one each.
    pub fn ideal(self, completions: u32, parallelism: u32, processors: f64) -> f64 {
        let rounds = f64::from(completions) / f64::from(completions.div_ceil(parallelism));
        match self {
            Task::Fixed(_) => rounds,
            // Half a processor for all is half of what one pod is given.
            Task::Validate(_) => rounds.min(processors.max(1.0)),
        }
    }

    /// [`Task::ideal`] in words.
    pub fn ideal_in_words(self, completions: u32, processors: f64) -> String {
        match self {
            Task::Fixed(_) => {
                format!("{completions} / ceil({completions} / parallelism): whole rounds")
            }
            Task::Validate(_) => {
                format!(
                    "the smaller of {completions} / ceil({completions} / parallelism) and the \
                     {processors} processors"
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_completions_at_parallelism_three_need_four_rounds() {
        let fixed = Task::Fixed(Duration::from_secs(5));
        let ideals = [1, 3, 5, 10, 20].map(|parallelism| fixed.ideal(10, parallelism, 2.0));
        assert_eq!(ideals, [1.0, 2.5, 5.0, 10.0, 10.0]);
    }

    #[test]
    fn what_computes_is_bounded_by_the_processors_too() {
        let ideals =
            [1, 3, 5, 10].map(|parallelism| Task::Validate(1000).ideal(10, parallelism, 4.0));
        assert_eq!(ideals, [1.0, 2.5, 4.0, 4.0]);
    }
}
