//! Cancelling a task.

use redis::{Cmd, Value};

use crate::brokers::redis::{
    keys::Keys,
    reply::{Parts, ReplyError},
    script,
};

/// What became of a task that was to be cancelled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cancelled {
    /// It waited, and is a dead letter now.
    Waited,
    /// It is in hand; its worker is told.
    InHand {
        /// The worker.
        worker: String,
    },
    /// It was a dead letter before.
    Dead,
    /// No task that waits or is in hand has this id.
    Unknown,
}

/// Cancels the task of this id.
#[must_use]
pub fn cancel(keys: &Keys, id: &str) -> Cmd {
    script::CANCEL.call_on(keys, "").named("id", id).command()
}

impl Cancelled {
    /// Reads the answer to [`cancel`].
    ///
    /// # Errors
    ///
    /// When it is not one that the script gives.
    pub fn read(value: Value) -> Result<Cancelled, ReplyError> {
        let mut parts = Parts::new("a cancellation", value)?;
        match parts.bytes()?.as_slice() {
            b"waited" => Ok(Cancelled::Waited),
            b"in hand" => Ok(Cancelled::InHand { worker: parts.text()? }),
            b"dead" => Ok(Cancelled::Dead),
            b"unknown" => Ok(Cancelled::Unknown),
            _ => Err(parts.wrong("an unknown answer")),
        }
    }
}
