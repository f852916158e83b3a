//! Why a worker cannot go on.

use std::time::Duration;

use thiserror::Error;

use crate::{QueueError, brokers::redis::connection::ConnectionError, handlers::StartError};

/// Why a worker cannot go on.
#[derive(Debug, Error)]
pub enum LaneError {
    /// Redis.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The handler's program.
    #[error(transparent)]
    Start(#[from] StartError),
    /// There is no such queue.
    #[error(
        "there is no queue {queue} in redis at {address}: within {:.0} s (--wait-for-queue) nobody \
         has pushed to it, and no worker has ever drained it; is the name right, is it this redis \
         and this database, and has redis kept its data?{similar}",
        waited.as_secs_f64()
    )]
    Absent {
        /// Its name.
        queue: String,
        /// Where, without user and password.
        address: String,
        /// How long it was waited for.
        waited: Duration,
        /// Queues of a similar name: empty, or a sentence that begins with a blank.
        similar: String,
    },
    /// The queue is not the one that the worker has seen.
    #[error(
        "the queue {queue} vanished: its epoch key is gone or another's, so redis was emptied, \
         restarted without its data, or lost it in a failover; what was in the queue is not done"
    )]
    Vanished {
        /// Its name.
        queue: String,
    },
}

impl LaneError {
    /// Whether a key of the queue holds another type than the worker would keep there.
    pub(super) fn is_wrong_type(&self) -> bool {
        matches!(self, LaneError::Queue(QueueError::Connection(ConnectionError::WrongType { .. })))
    }
}
