//! A queue in Redis: the protocol's calls, sent and read.

use std::time::Duration;

use redis::{Cmd, FromRedisValue, Value};
use thiserror::Error;

use super::{
    calls::{
        adopt,
        advance::{Caller, advance},
        cancel::{Cancelled, cancel},
        dead,
        pause::{Before, Wish, pause},
        purge::{Purged, purge},
        push::{Pushed, Pusher},
        renew::{Renewed, renew, renewed},
        results::ResultsPage,
        status::status,
    },
    connection::{ConnectionError, Redis},
    keys::Keys,
    record::Record,
    reply::ReplyError,
    similar::similar,
};
use crate::queue::{Settle, Status, Step, Terms};

/// Pages of a thousand keys that are looked through.
const SCANS: usize = 20;
/// How long the callers' last calls are remembered after a purge: longer than one that was sent
/// before can be on its way.
const CALLS_AFTER_PURGE: Duration = Duration::from_secs(60);

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
        lane: &mut Caller,
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
    pub async fn renew<S: AsRef<str>>(
        &self,
        epoch: &str,
        terms: &Terms,
        claims: &[S],
    ) -> Result<Renewed, QueueError> {
        let command = renew(&self.keys, epoch, terms.lease, claims);
        Ok(renewed(self.redis.send(&command).await?)?)
    }

    /// Appends a batch.
    ///
    /// # Errors
    ///
    /// As [`Queue::advance`].
    pub async fn push<P: AsRef<[u8]>>(
        &self,
        pusher: &mut Pusher,
        payloads: &[P],
    ) -> Result<Pushed, QueueError> {
        let command = pusher.push(&self.keys, payloads);
        self.pushed(pusher, &command).await
    }

    /// Sends a batch that `pusher` has written.
    ///
    /// # Errors
    ///
    /// As [`Queue::advance`].
    pub async fn pushed(&self, pusher: &mut Pusher, command: &Cmd) -> Result<Pushed, QueueError> {
        Ok(pusher.read(self.redis.send(command).await?)?)
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

    /// Ids of dead letters that died before a moment in ms, the oldest first.
    ///
    /// # Errors
    ///
    /// As [`Queue::advance`].
    pub async fn dead_before(
        &self,
        before_ms: u64,
        count: usize,
    ) -> Result<Vec<String>, QueueError> {
        let value = self.redis.send(&dead::ids_before(&self.keys, before_ms, count)).await?;
        Ok(dead::read_ids(value)?)
    }

    /// A page of the stored results from `after`, the oldest first, as they were stored; none after
    /// the last.
    ///
    /// # Errors
    ///
    /// As [`Queue::advance`].
    pub async fn results(
        &self,
        after: &mut ResultsPage,
        count: usize,
    ) -> Result<Vec<Vec<u8>>, QueueError> {
        let value = self.redis.send(&after.command(&self.keys, count)).await?;
        Ok(after.read(value)?)
    }

    /// Where the results begin: in a list or a stream, whichever is there.
    ///
    /// # Errors
    ///
    /// As [`Queue::advance`].
    pub async fn first_results(&self) -> Result<ResultsPage, QueueError> {
        Ok(ResultsPage::first(self.results_type().await? == "stream"))
    }

    /// What Redis calls the type of the results' key: `list`, `stream`, `none` where no result was
    /// stored yet, or that of a key of somebody else's.
    ///
    /// # Errors
    ///
    /// As [`Queue::advance`].
    pub async fn results_type(&self) -> Result<String, QueueError> {
        let mut command = redis::cmd("TYPE");
        command.arg(self.keys.results());
        let value = self.redis.send(&command).await?;
        String::from_redis_value(value).map_err(|error| QueueError::Number(error.to_string()))
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

    /// The records of these tasks; `None` for one that has none.
    ///
    /// # Errors
    ///
    /// As [`Queue::advance`].
    pub async fn records<S: AsRef<str>>(
        &self,
        ids: &[S],
    ) -> Result<Vec<Option<Record>>, QueueError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let value = self.redis.send(&dead::records(&self.keys, ids)).await?;
        Ok(dead::read_records(value)?)
    }

    /// How many delayed tasks are due at this moment of the broker's clock, in ms.
    ///
    /// # Errors
    ///
    /// As [`Queue::advance`].
    pub async fn due(&self, now_ms: u64) -> Result<u64, QueueError> {
        let mut command = redis::cmd("ZCOUNT");
        command.arg(self.keys.delayed()).arg("-inf").arg(now_ms);
        self.number(&command).await
    }

    /// Whether a task is a dead letter.
    ///
    /// # Errors
    ///
    /// As [`Queue::advance`].
    pub async fn is_dead(&self, id: &str) -> Result<bool, QueueError> {
        Ok(self.redis.send(&dead::score(&self.keys, id)).await? != Value::Nil)
    }

    /// Whether some worker has a claim of this id.
    ///
    /// # Errors
    ///
    /// As [`Queue::advance`].
    pub async fn is_claimed(&self, claim: &str) -> Result<bool, QueueError> {
        let mut command = redis::cmd("ZSCORE");
        command.arg(self.keys.leases()).arg(claim);
        Ok(self.redis.send(&command).await? != Value::Nil)
    }

    /// Begins dead letters anew, at the end of the queue.
    ///
    /// # Errors
    ///
    /// As [`Queue::advance`].
    pub async fn dead_retry<S: AsRef<str>>(&self, ids: &[S]) -> Result<u64, QueueError> {
        self.number(&dead::retry(&self.keys, ids)).await
    }

    /// Pauses the queue or lets it go on, and tells how it was before.
    ///
    /// # Errors
    ///
    /// As [`Queue::advance`].
    pub async fn pause(&self, wish: Wish) -> Result<Before, QueueError> {
        let value = self.redis.send(&pause(&self.keys, wish)).await?;
        Ok(Before::read(value)?)
    }

    /// Cancels a task that waits for its time or its next attempt, or is in hand.
    ///
    /// # Errors
    ///
    /// As [`Queue::advance`].
    pub async fn cancel(&self, id: &str) -> Result<Cancelled, QueueError> {
        let value = self.redis.send(&cancel(&self.keys, id)).await?;
        Ok(Cancelled::read(value)?)
    }

    /// Removes everything. What is remembered of the callers' last calls stays for a minute more.
    ///
    /// # Errors
    ///
    /// As [`Queue::advance`].
    pub async fn purge(&self, results: bool) -> Result<Purged, QueueError> {
        let value = self.redis.send(&purge(&self.keys, results)).await?;
        // They expire by themselves, only later: nothing that goes wrong here matters.
        let _ = self.forget_calls_soon().await;
        Ok(Purged::read(value)?)
    }

    /// Lets the memory of the callers' last calls, which lasts for an hour, expire in a minute. It
    /// is not removed at once, since a call that is still on its way would then be executed anew:
    /// purged tasks would be pushed again.
    async fn forget_calls_soon(&self) -> Result<(), QueueError> {
        let prefix = self.keys.call("");
        for key in self.some_keys().await?.iter().filter(|key| key.starts_with(&prefix)) {
            let mut command = redis::cmd("PEXPIRE");
            command.arg(key).arg(CALLS_AFTER_PURGE.as_millis() as u64);
            self.number(&command).await?;
        }
        Ok(())
    }

    /// Keys of this Redis, some ten thousand at most, so that a large one is not held up. A cluster
    /// is not looked through.
    async fn some_keys(&self) -> Result<Vec<String>, QueueError> {
        let mut keys = Vec::new();
        if self.redis.is_cluster() {
            return Ok(keys);
        }
        let mut cursor = 0u64;
        for _ in 0..SCANS {
            let mut command = redis::cmd("SCAN");
            command.arg(cursor).arg("COUNT").arg(1000);
            let value = self.redis.send(&command).await?;
            let (next, page): (u64, Vec<Vec<u8>>) = FromRedisValue::from_redis_value(value)
                .map_err(|error| QueueError::Number(error.to_string()))?;
            keys.extend(page.into_iter().filter_map(|key| String::from_utf8(key).ok()));
            cursor = next;
            if cursor == 0 {
                break;
            }
        }
        Ok(keys)
    }

    /// Part of the list in which rediswq scripts keep what they work on.
    ///
    /// # Errors
    ///
    /// As [`Queue::advance`].
    pub async fn rediswq_processing(
        &self,
        offset: usize,
        count: usize,
    ) -> Result<Vec<Vec<u8>>, QueueError> {
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

    /// Queues of this Redis whose names are like this one's, among some of its keys.
    ///
    /// # Errors
    ///
    /// As [`Queue::advance`].
    pub async fn similar(&self) -> Result<Vec<String>, QueueError> {
        let keys = self.some_keys().await?;
        let mut names = Vec::new();
        for name in similar(self.keys.pending(), keys.iter().map(String::as_str)) {
            let has_epoch = Keys::new(&name).is_ok_and(|its| keys.contains(&its.epoch()));
            let mut command = redis::cmd("TYPE");
            command.arg(&name);
            if has_epoch
                || self.redis.send(&command).await? == Value::SimpleString("list".to_owned())
            {
                names.push(name);
            }
        }
        Ok(names)
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
