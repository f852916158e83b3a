//! Takes tasks from a Redis list, loses none, exits when the work is done.

pub mod cli;
pub mod commands;
pub mod connection;
pub mod handler;
pub mod protocol;
mod queue;
pub mod totals;
pub mod worker;

pub use queue::{Queue, QueueError};
