//! The queue that a command line names, and what is said where there is none.

use super::error::CommandError;
use crate::{
    Queue, QueueError,
    brokers::redis::{
        Keys, NameError,
        connection::{ConnectionArgs, Redis},
    },
    cli::QueueArgs,
};

/// The queue; it is connected to at the first call.
pub(super) fn open(args: &QueueArgs) -> anyhow::Result<Queue> {
    let keys = Keys::new(&args.queue)?;
    Ok(Queue::new(Redis::new(&args.connection)?, keys))
}

/// The queues of a worker, which are all in one Redis.
pub(super) fn open_all(
    names: &[String],
    connection: &ConnectionArgs,
) -> anyhow::Result<Vec<Queue>> {
    let redis = Redis::new(connection)?;
    let keys = names.iter().map(|name| Keys::new(name));
    Ok(keys.map(|keys| Ok(Queue::new(redis.clone(), keys?))).collect::<Result<_, NameError>>()?)
}

/// The error for a queue that is not there, with what may have been meant.
pub(super) async fn no_queue(queue: &Queue) -> CommandError {
    let similar = match queue.similar().await {
        Ok(names) if !names.is_empty() => format!(" (there are {})", names.join(", ")),
        _ => String::new(),
    };
    CommandError::NoQueue {
        queue: queue.keys().pending().to_owned(),
        address: queue.redis().address(),
        similar,
    }
}

/// How many dead letters the queue has.
pub(super) async fn all_dead(queue: &Queue) -> Result<u64, QueueError> {
    let mut command = redis::cmd("ZCARD");
    command.arg(queue.keys().dead());
    queue.number(&command).await
}
