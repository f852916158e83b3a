//! The heartbeat: one call renews all leases of a worker.

use std::time::Duration;

use redis::{Cmd, Value};

use crate::brokers::redis::{
    keys::Keys,
    reply::{Parts, ReplyError},
    script,
};

/// What a heartbeat learns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Renewed {
    /// The epoch key is gone or another's.
    Vanished,
    /// The queue is there.
    Held {
        /// Of each claim, in the order asked, whether it is still there and was renewed.
        claims: Vec<bool>,
        /// Ids of tasks in hand, this worker's or another's, that somebody has cancelled.
        cancelled: Vec<String>,
    },
}

/// Renews the leases of `claims` for `lease` from now. Safe to send twice.
#[must_use]
pub fn renew<S: AsRef<str>>(keys: &Keys, epoch: &str, lease: Duration, claims: &[S]) -> Cmd {
    let mut command = script::RENEW
        .call_on(keys, "")
        .named("expected_epoch", epoch)
        .named("lease_ms", u64::try_from(lease.as_millis()).unwrap_or(u64::MAX))
        .command();
    for claim in claims {
        command.arg(claim.as_ref());
    }
    command
}

/// Reads the answer to [`renew`].
///
/// # Errors
///
/// When it is not one that the script gives.
pub fn renewed(value: Value) -> Result<Renewed, ReplyError> {
    let mut parts = Parts::new("a heartbeat", value)?;
    match parts.bytes()?.as_slice() {
        b"vanished" => Ok(Renewed::Vanished),
        b"ok" => {
            let mut claims = Vec::with_capacity(parts.len());
            while parts.len() > 1 {
                claims.push(parts.number()? == 1);
            }
            let mut ids = parts.array()?;
            let mut cancelled = Vec::new();
            while !ids.is_empty() {
                cancelled.push(ids.text()?);
            }
            Ok(Renewed::Held { claims, cancelled })
        }
        _ => Err(parts.wrong("an unknown answer")),
    }
}
