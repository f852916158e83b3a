//! Taking over what a crashed rediswq script (the Kubernetes documentation's Python worker) left.
//!
//! It moves a task from `NAME` to `NAME:processing` and marks it with `NAME:leased_by_session:` and
//! the SHA-224 of the payload in hex, a key that expires. Nothing of it ever moves a task back.

use std::fmt::Write as _;

use redis::Cmd;
use sha2::{Digest as _, Sha224};

use crate::brokers::redis::{keys::Keys, script};

/// Asks for a part of the processing list.
#[must_use]
pub fn processing(keys: &Keys, offset: usize, count: usize) -> Cmd {
    let mut command = redis::cmd("LRANGE");
    command.arg(keys.rediswq_processing()).arg(offset).arg(offset + count.max(1) - 1);
    command
}

/// Moves one task to the front of the queue unless its rediswq lease lives. Answers 1 when moved.
#[must_use]
pub fn adopt(keys: &Keys, payload: &[u8]) -> Cmd {
    let mut lease = keys.rediswq_lease_prefix();
    for byte in Sha224::digest(payload) {
        let _ = write!(lease, "{byte:02x}");
    }
    script::ADOPT
        .call(&[keys.rediswq_processing(), keys.pending().to_owned(), lease])
        .named("payload", payload)
        .command()
}
