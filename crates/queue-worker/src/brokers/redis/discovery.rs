//! Which queues a Redis has, found by their keys a page at a time, so that a large Redis is not
//! held up.

use std::collections::BTreeSet;

use redis::FromRedisValue;

use super::{connection::Redis, queue::QueueError, similar::queue_of};

/// Keys that are looked through in one call.
const PAGE: usize = 1000;

/// A walk through the keys of a Redis that begins anew at its end.
#[derive(Debug, Default)]
pub struct Discovery {
    cursor: u64,
    names: BTreeSet<String>,
}

impl Discovery {
    /// Looks through the next page of keys. A cluster has none that one call finds.
    ///
    /// # Errors
    ///
    /// When Redis does not answer, or not as to SCAN.
    pub async fn step(&mut self, redis: &Redis) -> Result<(), QueueError> {
        let mut command = redis::cmd("SCAN");
        command.arg(self.cursor).arg("MATCH").arg("*:epoch").arg("COUNT").arg(PAGE);
        let value = redis.send(&command).await?;
        let (next, page): (u64, Vec<Vec<u8>>) = FromRedisValue::from_redis_value(value)
            .map_err(|error| QueueError::Number(error.to_string()))?;
        self.cursor = next;
        let keys = page.iter().filter_map(|key| str::from_utf8(key).ok());
        let queues = keys.filter_map(|key| key.strip_suffix(":epoch"));
        self.names.extend(queues.map(|prefix| queue_of(prefix).to_owned()));
        Ok(())
    }

    /// Whether every key was looked through since the walk began last.
    #[must_use]
    pub fn is_at_the_end(&self) -> bool {
        self.cursor == 0
    }

    /// The queues found so far, by name.
    #[must_use]
    pub fn names(&self) -> &BTreeSet<String> {
        &self.names
    }

    /// Forgets a queue that is not there any more.
    pub fn forget(&mut self, name: &str) {
        self.names.remove(name);
    }
}
