//! Takes tasks from a Redis list, loses none, exits when the work is done.

mod backoff;
pub mod brokers;
pub mod cli;
pub mod commands;
pub mod dashboard;
pub mod handlers;
pub mod queue;
pub mod worker;

pub use brokers::redis::{Queue, QueueError};
