//! The settings: every flag with its variable, its range and its help.

mod args;
mod dialect_args;
pub(crate) mod encoding_args;
mod headings;
mod max_rejected;
mod partition_args;
mod phases;
mod plan_args;
mod simulate_args;

pub use args::Cli;
pub(crate) use args::{Command, Describe, Exec, Summarize, SummaryFormat, Validate};
pub(crate) use max_rejected::MaxRejected;
pub(crate) use partition_args::{InputFormat, OutputFormat, PartitionArgs, Split};
pub(crate) use plan_args::Plan;
pub(crate) use simulate_args::Simulate;
