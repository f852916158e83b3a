//! A queue in Redis: the protocol's calls, sent and read.

use redis::{Cmd, FromRedisValue as _, Value};
use thiserror::Error;

use crate::{
    connection::{ConnectionError, Redis},
    protocol::{
        Keys, Lane, Purged, Pusher, Record, Renewed, ReplyError, ResultsPage, Settle, Status, Step, Terms, adopt,
        advance, dead, purge, renew, renewed, status,
    },
};

/// Why the queue did not answer.
#[derive(Debug, Error)]
pub enum QueueError {
    /// Redis did not.
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    /// It answered something else.
    #[error(transparent)]
    Reply(#[from] ReplyError),
    /// It answered a number where none was.
    #[error("redis answered with something else than a number: {0}")]
    Number(String),
    /// The epoch is no text.
    #[error("redis answered with something else than a text: {0}; does another program use the keys of this queue?")]
    Epoch(String),
}

/// A queue by name.
#[derive(Clone)]
pub struct Queue {
    redis: Redis,
    keys: Keys,
}

impl Queue {
    /// The queue with these keys in this Redis.
    #[must_use]
    pub fn new(redis: Redis, keys: Keys) -> Queue {
        Queue { redis, keys }
    }

    /// Its keys.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Its Redis.
    #[must_use]
    pub fn redis(&self) -> &Redis {
        &self.redis
    }

    /// Takes a step, see [`advance`].
    ///
    /// # Errors
    ///
    /// When Redis does not answer, or not what the script returns.
    pub async fn advance(
        &self,
        lane: &mut Lane,
        terms: &Terms,
        epoch: Option<&str>,
        settle: Option<&Settle>,
        want: usize,
    ) -> Result<Step, QueueError> {
        let call = advance(&self.keys, lane, terms, epoch, settle, want);
        let value = self.redis.send(call.command()).await?;
        Ok(call.read(value)?)
    }

    /// Renews leases, see [`renew`].
    ///
    /// # Errors
    ///
    /// As [`Queue::advance`].
    pub async fn renew<S: AsRef<str>>(&self, epoch: &str, terms: &Terms, claims: &[S]) -> Result<Renewed, QueueError> {
        let command = renew(&self.keys, epoch, terms.lease, claims);
        Ok(renewed(self.redis.send(&command).await?)?)
    }

    /// Appends a batch and says how many tasks were added.
    ///
    /// # Errors
    ///
    /// As [`Queue::advance`].
    pub async fn push<P: AsRef<[u8]>>(&self, pusher: &mut Pusher, payloads: &[P]) -> Result<u64, QueueError> {
        self.number(&pusher.push(&self.keys, payloads)).await
    }

    /// Looks at the whole queue, with at most `claims` claims listed.
    ///
    /// # Errors
    ///
    /// As [`Queue::advance`].
    pub async fn status(&self, claims: usize) -> Result<Status, QueueError> {
        let value = self.redis.send(&status(&self.keys, claims)).await?;
        Ok(Status::read(value)?)
    }

    /// Ids of dead letters from `offset`, the oldest first.
    ///
    /// # Errors
    ///
    /// As [`Queue::advance`].
    pub async fn dead_ids(&self, offset: usize, count: usize) -> Result<Vec<String>, QueueError> {
        let value = self.redis.send(&dead::ids(&self.keys, offset, count)).await?;
        Ok(dead::read_ids(value)?)
    }

    /// A page of the stored results from `after`, the oldest first, as they were stored; none after the last.
    ///
    /// # Errors
    ///
    /// As [`Queue::advance`].
    pub async fn results(&self, after: &mut ResultsPage, count: usize) -> Result<Vec<Vec<u8>>, QueueError> {
        let value = self.redis.send(&after.command(&self.keys, count)).await?;
        Ok(after.read(value)?)
    }

    /// Where the results begin: in a list or a stream, whichever is there.
    ///
    /// # Errors
    ///
    /// As [`Queue::advance`].
    pub async fn first_results(&self) -> Result<ResultsPage, QueueError> {
        let mut command = redis::cmd("TYPE");
        command.arg(self.keys.results());
        let stream = self.redis.send(&command).await? == Value::SimpleString("stream".to_owned());
        Ok(ResultsPage::first(stream))
    }

    /// The record of a failed task.
    ///
    /// # Errors
    ///
    /// As [`Queue::advance`].
    pub async fn record(&self, id: &str) -> Result<Option<Record>, QueueError> {
        let value = self.redis.send(&dead::record(&self.keys, id)).await?;
        Ok(dead::read_record(value)?)
    }

    /// Begins dead letters anew, at the end of the queue.
    ///
    /// # Errors
    ///
    /// As [`Queue::advance`].
    pub async fn dead_retry<S: AsRef<str>>(&self, ids: &[S]) -> Result<u64, QueueError> {
        self.number(&dead::retry(&self.keys, ids)).await
    }

    /// Forgets dead letters.
    ///
    /// # Errors
    ///
    /// As [`Queue::advance`].
    pub async fn dead_drop<S: AsRef<str>>(&self, ids: &[S]) -> Result<u64, QueueError> {
        self.number(&dead::drop(&self.keys, ids)).await
    }

    /// Removes everything.
    ///
    /// # Errors
    ///
    /// As [`Queue::advance`].
    pub async fn purge(&self, results: bool) -> Result<Purged, QueueError> {
        let value = self.redis.send(&purge(&self.keys, results)).await?;
        Ok(Purged::read(value)?)
    }

    /// Part of the list in which rediswq scripts keep what they work on.
    ///
    /// # Errors
    ///
    /// As [`Queue::advance`].
    pub async fn rediswq_processing(&self, offset: usize, count: usize) -> Result<Vec<Vec<u8>>, QueueError> {
        let value = self.redis.send(&adopt::processing(&self.keys, offset, count)).await?;
        Vec::from_redis_value(value).map_err(|error| QueueError::Number(error.to_string()))
    }

    /// Adopts one task of a rediswq script; false when its lease lives or it is gone.
    ///
    /// # Errors
    ///
    /// As [`Queue::advance`].
    pub async fn adopt(&self, payload: &[u8]) -> Result<bool, QueueError> {
        Ok(self.number(&adopt::adopt(&self.keys, payload)).await? == 1)
    }

    /// The queue's epoch, which is made if there is none: for a delivery without claims, whose steps would make it.
    ///
    /// # Errors
    ///
    /// As [`Queue::advance`].
    pub async fn begin_epoch(&self, new: &str) -> Result<Option<String>, QueueError> {
        let mut command = redis::cmd("SET");
        command.arg(self.keys.epoch()).arg(new).arg("NX");
        self.redis.send(&command).await?;
        self.epoch().await
    }

    /// The queue's epoch. Another one than before, or none, means that this is another queue.
    ///
    /// # Errors
    ///
    /// As [`Queue::advance`].
    pub async fn epoch(&self) -> Result<Option<String>, QueueError> {
        let mut command = redis::cmd("GET");
        command.arg(self.keys.epoch());
        let value = self.redis.send(&command).await?;
        Option::from_redis_value(value).map_err(|error| QueueError::Epoch(error.to_string()))
    }

    /// Takes tasks for good, with plain LPOP.
    ///
    /// # Errors
    ///
    /// As [`Queue::advance`].
    pub async fn pop(&self, count: usize) -> Result<Vec<Vec<u8>>, QueueError> {
        let mut command = redis::cmd("LPOP");
        command.arg(self.keys.pending()).arg(count);
        match self.redis.send(&command).await? {
            Value::Nil => Ok(Vec::new()),
            value => Vec::from_redis_value(value).map_err(|error| QueueError::Number(error.to_string())),
        }
    }

    /// Puts popped tasks back to the front, in their order and once.
    ///
    /// # Errors
    ///
    /// As [`Queue::advance`].
    pub async fn put_back(&self, pusher: &mut Pusher, tasks: &[&[u8]]) -> Result<(), QueueError> {
        if !tasks.is_empty() {
            self.redis.send(&pusher.put_back(&self.keys, tasks)).await?;
        }
        Ok(())
    }

    /// Stores results in their list, for a delivery without claims; each batch once.
    ///
    /// # Errors
    ///
    /// As [`Queue::advance`].
    pub async fn store(&self, pusher: &mut Pusher, results: &[Vec<u8>], terms: &Terms) -> Result<(), QueueError> {
        if results.is_empty() {
            return Ok(());
        }
        self.redis.send(&pusher.store(&self.keys, results)).await?;
        if terms.results_limit > 0 {
            let mut trim = redis::cmd("LTRIM");
            trim.arg(self.keys.results()).arg(-i64::try_from(terms.results_limit).unwrap_or(i64::MAX)).arg(-1);
            self.redis.send(&trim).await?;
        }
        if !terms.results_ttl.is_zero() {
            let mut expire = redis::cmd("PEXPIRE");
            expire.arg(self.keys.results()).arg(u64::try_from(terms.results_ttl.as_millis()).unwrap_or(u64::MAX));
            self.redis.send(&expire).await?;
        }
        Ok(())
    }

    /// Sends a command whose answer is a count.
    ///
    /// # Errors
    ///
    /// As [`Queue::advance`].
    pub async fn number(&self, command: &Cmd) -> Result<u64, QueueError> {
        let value = self.redis.send(command).await?;
        u64::from_redis_value(value).map_err(|error| QueueError::Number(error.to_string()))
    }
}
