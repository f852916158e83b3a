//! Removing everything a queue has.

use redis::{Cmd, Value};

use crate::brokers::redis::{
    keys::Keys,
    reply::{Parts, ReplyError},
    script,
};

/// How many tasks a purge removed, by where they were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purged {
    /// From the list.
    pub pending: u64,
    /// From those that waited for their next attempt.
    pub delayed: u64,
    /// From claims.
    pub in_hand: u64,
    /// Dead letters.
    pub dead: u64,
}

/// Removes all tasks, claims, dead letters and counts, and the results if `results`.
#[must_use]
pub fn purge(keys: &Keys, results: bool) -> Cmd {
    script::PURGE.call_on(keys, "").named("also", if results { "results" } else { "" }).command()
}

impl Purged {
    /// Reads the answer to [`purge`].
    ///
    /// # Errors
    ///
    /// When it is not one that the script gives.
    pub fn read(value: Value) -> Result<Purged, ReplyError> {
        let mut parts = Parts::new("a purge", value)?;
        Ok(Purged {
            pending: parts.count()?,
            delayed: parts.count()?,
            in_hand: parts.count()?,
            dead: parts.count()?,
        })
    }
}
