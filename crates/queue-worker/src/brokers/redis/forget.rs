//! Forgetting dead letters, and the keys by which they were unique.

use redis::FromRedisValue;

use super::{
    calls::dead,
    queue::{Queue, QueueError},
};

impl Queue {
    /// Forgets dead letters, and no key of theirs.
    ///
    /// # Errors
    ///
    /// As [`Queue::advance`].
    pub async fn dead_drop<S: AsRef<str>>(&self, ids: &[S]) -> Result<u64, QueueError> {
        let letters: Vec<_> = ids.iter().map(|id| (id, Vec::new())).collect();
        self.dead_drop_keyed(&letters).await
    }

    /// Forgets dead letters, each with the keys by which it was unique.
    ///
    /// # Errors
    ///
    /// As [`Queue::advance`].
    pub async fn dead_drop_keyed<S: AsRef<str>>(
        &self,
        letters: &[(S, Vec<Vec<u8>>)],
    ) -> Result<u64, QueueError> {
        self.number(&dead::drop(self.keys(), letters)).await
    }

    /// The fields that are the keys of unique tasks; empty for a task that is its own key.
    ///
    /// # Errors
    ///
    /// As [`Queue::advance`].
    pub async fn unique_fields(&self) -> Result<Vec<String>, QueueError> {
        let mut command = redis::cmd("SMEMBERS");
        command.arg(self.keys().unique_by());
        let value = self.redis().send(&command).await?;
        Vec::from_redis_value(value).map_err(|error| QueueError::Number(error.to_string()))
    }
}
