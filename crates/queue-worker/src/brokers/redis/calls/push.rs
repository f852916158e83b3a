//! Appending tasks, each batch once.

use std::time::Duration;

use redis::{Cmd, Value};

use crate::brokers::redis::{
    keys::Keys,
    reply::{Parts, ReplyError},
    script,
};

/// How long Redis remembers a pusher's last batch.
const CALL_TTL: Duration = Duration::from_secs(3600);

/// A pusher whose batches are numbered, so that one sent twice is appended once.
#[derive(Debug)]
pub struct Pusher {
    caller: String,
    sequence: u64,
    /// The queue's epoch, once it is known.
    epoch: Option<String>,
}

/// What Redis answers to a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// So many tasks were added; the others were known.
    Added(u64),
    /// The queue is not the one that this pusher has begun to fill: Redis has lost it.
    Vanished,
}

impl Pusher {
    /// `nonce` is random and the process' own.
    #[must_use]
    pub fn new(nonce: &str) -> Pusher {
        Pusher { caller: format!("{nonce}.push"), sequence: 0, epoch: None }
    }

    fn call(&mut self, keys: &Keys, mode: &str, unique_ttl: Duration) -> Cmd {
        self.sequence += 1;
        script::PUSH
            .call_on(keys, &self.caller)
            .named("sequence", self.sequence)
            .named("ttl_ms", CALL_TTL.as_millis() as u64)
            .named("mode", mode)
            .named("expected_epoch", self.epoch.as_deref().unwrap_or(""))
            .named("new_epoch", &self.caller)
            .named("unique_ttl_ms", unique_ttl.as_millis() as u64)
            .command()
    }

    /// Appends all payloads, and makes the queue if there is none, also without any.
    pub fn push<P: AsRef<[u8]>>(&mut self, keys: &Keys, payloads: &[P]) -> Cmd {
        let mut command = self.call(keys, "all", Duration::ZERO);
        for payload in payloads {
            command.arg(payload.as_ref());
        }
        command
    }

    /// Appends the payloads whose key has never been pushed, or not since the keys were forgotten:
    /// `ttl` after the last push, zero for never.
    pub fn push_unique<K: AsRef<[u8]>, P: AsRef<[u8]>>(
        &mut self,
        keys: &Keys,
        ttl: Duration,
        payloads: &[(K, P)],
    ) -> Cmd {
        let mut command = self.call(keys, "unique", ttl);
        for (key, payload) in payloads {
            command.arg(key.as_ref()).arg(payload.as_ref());
        }
        command
    }

    /// Reads the answer to a batch, and remembers the queue's epoch.
    ///
    /// # Errors
    ///
    /// When it is not one that the script gives.
    pub fn read(&mut self, value: Value) -> Result<Pushed, ReplyError> {
        let mut parts = Parts::new("a push", value)?;
        match parts.bytes()?.as_slice() {
            b"vanished" => Ok(Pushed::Vanished),
            b"ok" => {
                let added = parts.count()?;
                self.epoch = Some(parts.text()?);
                Ok(Pushed::Added(added))
            }
            _ => Err(parts.wrong("an unknown answer")),
        }
    }
}
