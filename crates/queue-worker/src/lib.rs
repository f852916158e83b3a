//! Takes tasks from a Redis list, loses none, exits when the work is done.

pub mod connection;
pub mod protocol;
mod queue;

pub use queue::{Queue, QueueError};
