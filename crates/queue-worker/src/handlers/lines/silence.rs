//! How long a `--lines` child has had tasks without answering, and what it probably got wrong,
//! judging by what it wrote instead.
//!
//! Pure: the caller brings the time.

use std::time::{Duration, Instant};

use super::near_answer::Miss;

/// Silence after which the log says what a child may have forgotten.
const HINT_AFTER: Duration = Duration::from_secs(10);

/// The time since the last answer.
#[derive(Debug, Default)]
pub(super) struct Silence {
    /// When the last answer came, or a task was given to a child that had none.
    since: Option<Instant>,
    /// The log has told of this one.
    is_told: bool,
    /// The longest one that an answer has ended.
    longest: Duration,
    /// What was said since then on stdout and was no answer.
    said: Option<Miss>,
}

impl Silence {
    /// A child that had no task was given one. Until an answer comes the log tells of silence once:
    /// a handler that never answers would be told of again for each child, and the failure of each
    /// task says the same.
    pub(super) fn begins(&mut self, now: Instant) {
        let (is_told, longest) = (self.is_told, self.longest);
        *self = Silence { since: Some(now), is_told, longest, ..Silence::default() };
    }

    /// An answer has come.
    pub(super) fn is_broken(&mut self, now: Instant) {
        if let Some(since) = self.since {
            self.longest = self.longest.max(now - since);
        }
        self.is_told = false;
        self.begins(now);
    }

    /// Notes a line that is no answer. A line that is nearly an answer tells most, so it is kept.
    pub(super) fn hears(&mut self, miss: Miss) {
        if self.said.is_none() || miss != Miss::Other {
            self.said = Some(miss);
        }
    }

    /// When to log it, unless that was done.
    pub(super) fn due(&self) -> Option<Instant> {
        Some(self.since? + self.patience()).filter(|_| !self.is_told)
    }

    /// Marks it as logged and returns how long it has lasted.
    pub(super) fn is_told(&mut self) -> Duration {
        self.is_told = true;
        self.patience()
    }

    /// A handler known to be slow is given twice its longest time so far, or every task of it would
    /// be logged as a warning.
    fn patience(&self) -> Duration {
        HINT_AFTER.max(self.longest * 2)
    }

    /// What the child has most likely got wrong, if it is not simply slow.
    pub(super) fn hint(&self, answers_on_stderr: bool) -> String {
        let answer = r#"an answer is one line (jq -c), {"id":ID,"result":RESULT}"#;
        match &self.said {
            Some(Miss::NoId) => {
                format!(r#"it writes JSON without the "id" of the task (see the log); {answer}"#)
            }
            Some(Miss::NoVerdict(names)) => format!(
                "it answers with neither \"result\" nor \"error\" nor \"dead\" ({names}; see \
                 the log); {answer}"
            ),
            Some(Miss::Doubled(name)) => {
                format!(r#"it answers with the key "{name}" twice (see the log); {answer}"#)
            }
            _ if answers_on_stderr => "its answers are on stderr, and belong on stdout".to_owned(),
            Some(Miss::Other) => {
                format!("it writes lines that are no answers (see the log); {answer}")
            }
            None => "it must flush each answer (print(..., flush=True), python -u or \
                     PYTHONUNBUFFERED=1, jq --unbuffered)"
                .to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn each_silence_is_told_once_and_ends_with_an_answer() {
        let start = Instant::now();
        let mut silence = Silence::default();
        assert_eq!(silence.due(), None, "a child without tasks has nothing to say");
        silence.begins(start);
        assert_eq!(silence.due(), Some(start + 10 * SECOND));
        assert_eq!(silence.is_told(), 10 * SECOND);
        assert_eq!(silence.due(), None);
        silence.begins(start + 30 * SECOND);
        assert_eq!(silence.due(), None, "the next child has not answered either");
        silence.is_broken(start + 31 * SECOND);
        assert_eq!(silence.due(), Some(start + 41 * SECOND), "there was an answer, and then none");
    }

    #[test]
    fn a_handler_that_is_known_to_be_slow_is_not_warned_of_at_each_task() {
        let start = Instant::now();
        let mut silence = Silence::default();
        silence.begins(start);
        silence.is_told();
        silence.is_broken(start + 30 * SECOND);
        assert_eq!(silence.due(), Some(start + 90 * SECOND));
    }

    #[test]
    fn what_was_said_instead_of_an_answer_tells_what_is_wrong() {
        let hint = |said: &[Miss], on_stderr| {
            let mut silence = Silence::default();
            silence.begins(Instant::now());
            said.iter().for_each(|miss| silence.hears(miss.clone()));
            silence.hint(on_stderr)
        };
        let typo = Miss::NoVerdict(r#"but "reslut""#.to_owned());
        assert!(hint(&[], false).starts_with("it must flush"));
        assert!(
            hint(&[Miss::Other, Miss::NoId, Miss::Other], false).contains(r#"without the "id""#)
        );
        assert!(hint(&[typo, Miss::Other], true).contains(r#"but "reslut""#));
        assert!(hint(&[Miss::Other], true).contains("stderr"));
        assert!(hint(&[Miss::Other], false).contains("no answers"));
    }
}
