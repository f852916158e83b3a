//! Appending tasks, each batch once.

use std::time::Duration;

use redis::Cmd;

use super::{Keys, script};

/// How long Redis remembers a pusher's last batch.
const CALL_TTL: Duration = Duration::from_secs(3600);

/// A pusher whose batches are numbered, so that one sent twice is appended once.
#[derive(Debug)]
pub struct Pusher {
    caller: String,
    sequence: u64,
}

impl Pusher {
    /// `nonce` is random and the process' own.
    #[must_use]
    pub fn new(nonce: &str) -> Pusher {
        Pusher { caller: format!("{nonce}.push"), sequence: 0 }
    }

    fn call(&mut self, keys: &Keys, list: &str, mode: &str) -> Cmd {
        self.sequence += 1;
        let mut command = script::PUSH.call(&[list.to_owned(), keys.call(&self.caller), keys.unique()]);
        command.arg(self.sequence).arg(CALL_TTL.as_millis() as u64).arg(mode);
        command
    }

    /// Appends all payloads. Answers an integer: how many were added.
    pub fn push<P: AsRef<[u8]>>(&mut self, keys: &Keys, payloads: &[P]) -> Cmd {
        let mut command = self.call(keys, keys.pending(), "all");
        for payload in payloads {
            command.arg(payload.as_ref());
        }
        command
    }

    /// Puts tasks that were popped and not begun back to the front, in their order.
    pub fn put_back<P: AsRef<[u8]>>(&mut self, keys: &Keys, payloads: &[P]) -> Cmd {
        let mut command = self.call(keys, keys.pending(), "front");
        for payload in payloads.iter().rev() {
            command.arg(payload.as_ref());
        }
        command
    }

    /// Appends results to their list, for a delivery without claims.
    pub fn store<R: AsRef<[u8]>>(&mut self, keys: &Keys, results: &[R]) -> Cmd {
        let mut command = self.call(keys, &keys.results(), "all");
        for result in results {
            command.arg(result.as_ref());
        }
        command
    }

    /// Appends the payloads whose key has never been pushed, or not since the keys were forgotten: `ttl` after the last push, zero for
    /// never. Answers an integer: how many were added.
    pub fn push_unique<K: AsRef<[u8]>, P: AsRef<[u8]>>(
        &mut self,
        keys: &Keys,
        ttl: Duration,
        payloads: &[(K, P)],
    ) -> Cmd {
        let mut command = self.call(keys, keys.pending(), "unique");
        command.arg(ttl.as_millis() as u64);
        for (key, payload) in payloads {
            command.arg(key.as_ref()).arg(payload.as_ref());
        }
        command
    }
}
