//! What a worker's body returns when it came to its end: outcome, counts, exit code.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::exit::Exit;

/// How a run ended, as the termination message and the last log line tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// This run did the work.
    Done,
    /// An earlier run had done it, from the same input.
    AlreadyDone,
    /// The work was done and its input found too bad to be accepted.
    Rejected,
    /// A signal came before the work was finished.
    Stopped,
    /// An error ended it.
    Failed,
}

impl Outcome {
    /// The name used in logs and in the termination message.
    pub const fn as_str(self) -> &'static str {
        match self {
            Outcome::Done => "done",
            Outcome::AlreadyDone => "already-done",
            Outcome::Rejected => "rejected",
            Outcome::Stopped => "stopped",
            Outcome::Failed => "failed",
        }
    }

    /// Whether the work is done, by this run or an earlier one.
    pub const fn is_done(self) -> bool {
        matches!(self, Outcome::Done | Outcome::AlreadyDone)
    }

    /// The exit code that goes with it where nothing more is known.
    const fn exit(self) -> Exit {
        match self {
            Outcome::Done | Outcome::AlreadyDone => Exit::Done,
            Outcome::Rejected => Exit::BadInput,
            Outcome::Stopped => Exit::Terminated,
            Outcome::Failed => Exit::Bug,
        }
    }
}

/// What a body hands back when it came to an end by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// How it ended.
    pub outcome: Outcome,
    /// The partition; `None` takes that of [`crate::Pod::assume`], if any.
    pub index: Option<u32>,
    /// Names and numbers for the log and the termination message, such as `rows` and `rejected`.
    pub counts: BTreeMap<String, u64>,
    /// The exit code; 0 is taken only with [`Outcome::Done`] and [`Outcome::AlreadyDone`].
    pub exit: Exit,
    /// One sentence that says why the outcome is not simply "done".
    pub message: Option<String>,
    /// Whether the sentence is a warning although the exit code is 0.
    pub is_warning: bool,
}

impl Report {
    /// A report with the outcome's usual exit code and nothing else.
    pub fn new(outcome: Outcome) -> Report {
        Report {
            outcome,
            index: None,
            counts: BTreeMap::new(),
            exit: outcome.exit(),
            message: None,
            is_warning: false,
        }
    }

    /// The same with one more number.
    pub fn count(mut self, name: impl Into<String>, value: u64) -> Report {
        self.counts.insert(name.into(), value);
        self
    }

    /// The same with a sentence.
    pub fn message(mut self, message: impl Into<String>) -> Report {
        self.message = Some(message.into());
        self
    }

    /// The same with one more sentence behind that which is there.
    pub fn add_message(self, more: &str) -> Report {
        let message = match &self.message {
            Some(message) => format!("{message}; {more}"),
            None => more.to_owned(),
        };
        self.message(message)
    }

    /// The same with a sentence that somebody should read though the exit code is 0: the last line
    /// of the log is a warning.
    pub fn warning(self, message: impl Into<String>) -> Report {
        Report { is_warning: true, ..self.message(message) }
    }

    /// The exit code to use: unfinished work never ends with 0, whatever the fields say.
    pub(crate) fn honest_exit(&self) -> Exit {
        match self.exit {
            Exit::Done => self.outcome.exit(),
            exit => exit,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unfinished_work_never_exits_with_0() {
        let exits = [
            Outcome::Done,
            Outcome::AlreadyDone,
            Outcome::Rejected,
            Outcome::Stopped,
            Outcome::Failed,
        ]
        .map(|outcome| Report { exit: Exit::Done, ..Report::new(outcome) }.honest_exit().code());
        assert_eq!(exits, [0, 0, 65, 143, 70]);
    }

    #[test]
    fn the_body_chooses_among_the_other_codes() {
        let report = Report { exit: Exit::NoInput, ..Report::new(Outcome::Failed) };
        assert_eq!(report.honest_exit(), Exit::NoInput);
    }
}
