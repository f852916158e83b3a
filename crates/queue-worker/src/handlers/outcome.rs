//! How one attempt at a task ended.

use serde_json::value::RawValue;

/// The reason of a dead letter that somebody has cancelled.
pub(super) const CANCELLED: &str = "cancelled";

/// What a handler says of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is done.
    Done(Output),
    /// It failed and may be tried again.
    Failed {
        /// What went wrong.
        error: Vec<u8>,
    },
    /// It can never be done.
    Hopeless {
        /// One word.
        reason: &'static str,
        /// What is wrong with it.
        error: Vec<u8>,
    },
}

/// What a finished task's result says.
#[derive(Clone, Debug)]
pub enum Output {
    /// Nothing but that it is done.
    Nothing,
    /// What the handler wrote.
    Bytes(Vec<u8>),
    /// The JSON value that the handler answered, as it wrote it.
    Json(Box<RawValue>),
    /// A row that fits its schema, and what it is warned of.
    Accepted(Vec<String>),
    /// A row that does not, and why.
    Rejected(Vec<String>),
}

impl PartialEq for Output {
    fn eq(&self, other: &Output) -> bool {
        match (self, other) {
            (Output::Nothing, Output::Nothing) => true,
            (Output::Accepted(one), Output::Accepted(other)) => one == other,
            (Output::Bytes(one), Output::Bytes(other)) => one == other,
            (Output::Json(one), Output::Json(other)) => one.get() == other.get(),
            (Output::Rejected(one), Output::Rejected(other)) => one == other,
            _ => false,
        }
    }
}

impl Eq for Output {}

impl Outcome {
    pub(crate) fn failed(error: impl Into<String>) -> Outcome {
        Outcome::Failed { error: error.into().into_bytes() }
    }

    /// Somebody has cancelled the task.
    pub(crate) fn cancelled() -> Outcome {
        Outcome::hopeless(CANCELLED, "somebody has cancelled it")
    }

    pub(crate) fn hopeless(reason: &'static str, error: impl Into<String>) -> Outcome {
        Outcome::Hopeless { reason, error: error.into().into_bytes() }
    }
}
