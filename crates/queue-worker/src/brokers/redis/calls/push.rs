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
    /// The name of the push, empty for none.
    id: String,
    /// The field of a task that is its key, empty for the whole task.
    unique_by: String,
    /// When the tasks are due.
    due: Due,
    /// Where the next batch stands in a named push.
    span: Span,
    /// How far the push of this name has come, as Redis said last.
    reached: Reached,
}

/// When pushed tasks are due, by the clock of Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// At once: they are pending.
    Now,
    /// So long after their batch was pushed.
    After(Duration),
    /// At this moment, in ms since 1970.
    At(u64),
}

impl Due {
    /// The script's word for it.
    fn word(self) -> String {
        match self {
            Due::Now => String::new(),
            Due::After(delay) => format!("+{}", delay.as_millis()),
            Due::At(ms) => ms.to_string(),
        }
    }
}

/// Where a batch stands in the input of a named push.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// What stands before it.
    pub from: Reached,
    /// The digest of that and of the batch, in hexadecimal digits.
    pub after: String,
}

/// How far a named push has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// Tasks of its input that are pushed.
    pub tasks: u64,
    /// What tells them from those of another input, in hexadecimal digits; empty for no task.
    pub digest: String,
}

/// What Redis answers to a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// So many tasks were added; the others were known.
    Added(u64),
    /// The queue is not the one that this pusher has begun to fill: Redis has lost it.
    Vanished,
    /// The push of this name has come to another place than before this batch. Nothing was added.
    Elsewhere(Reached),
}

impl Pusher {
    /// `nonce` is random and the process' own.
    #[must_use]
    pub fn new(nonce: &str) -> Pusher {
        Pusher::named(nonce, "")
    }

    /// A pusher whose push has a name (`id`), so that another one of the same name can go on where
    /// it was stopped.
    #[must_use]
    pub fn named(nonce: &str, id: &str) -> Pusher {
        Pusher {
            caller: format!("{nonce}.push"),
            sequence: 0,
            epoch: None,
            id: id.to_owned(),
            unique_by: String::new(),
            due: Due::Now,
            span: Span::default(),
            reached: Reached::default(),
        }
    }

    /// The same for tasks that are due at another time than now.
    #[must_use]
    pub fn due(self, due: Due) -> Pusher {
        Pusher { due, ..self }
    }

    /// The same for tasks of which this field is the key, where they must be unique.
    #[must_use]
    pub fn unique_by(self, field: &str) -> Pusher {
        Pusher { unique_by: field.to_owned(), ..self }
    }

    /// Where the next batch stands; to be said before each batch of a named push.
    pub fn at(&mut self, span: Span) -> &mut Pusher {
        self.span = span;
        self
    }

    /// How far the push of this name has come, as Redis said last.
    #[must_use]
    pub fn reached(&self) -> &Reached {
        &self.reached
    }

    fn call(&mut self, keys: &Keys, mode: &str, unique_ttl: Duration) -> Cmd {
        self.sequence += 1;
        let span = std::mem::take(&mut self.span);
        script::PUSH
            .call_on(keys, &self.caller)
            .named("sequence", self.sequence)
            .named("ttl_ms", CALL_TTL.as_millis() as u64)
            .named("mode", mode)
            .named("expected_epoch", self.epoch.as_deref().unwrap_or(""))
            .named("new_epoch", &self.caller)
            .named("unique_ttl_ms", unique_ttl.as_millis() as u64)
            .named("push_id", &self.id)
            .named("from", span.from.tasks)
            .named("before", span.from.digest)
            .named("after", span.after)
            .named("due", self.due.word())
            .named("unique_by", &self.unique_by)
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
                self.reached = reached(&mut parts)?;
                Ok(Pushed::Added(added))
            }
            b"elsewhere" => Ok(Pushed::Elsewhere(reached(&mut parts)?)),
            _ => Err(parts.wrong("an unknown answer")),
        }
    }
}

fn reached(parts: &mut Parts) -> Result<Reached, ReplyError> {
    Ok(Reached { tasks: parts.count()?, digest: parts.text()? })
}
