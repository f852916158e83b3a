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
    /// Of each claim, in the order asked, whether it is still there and was renewed.
    Held(Vec<bool>),
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
            let mut held = Vec::with_capacity(parts.len());
            while !parts.is_empty() {
                held.push(parts.number()? == 1);
            }
            Ok(Renewed::Held(held))
        }
        _ => Err(parts.wrong("an unknown answer")),
    }
}
