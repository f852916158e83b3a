//! The settings: every flag with its variable, its range and its help.

mod accepted_args;
mod args;
mod dialect_args;
mod duplicate_args;
pub(crate) mod encoding_args;
mod headings;
mod partition_args;
mod phases;
mod plan_args;
mod record_limit;
mod simulate_args;
mod summarize_args;

pub use args::Cli;
pub(crate) use args::{Command, Describe, Exec, Validate};
pub(crate) use partition_args::{InputFormat, OutputFormat, PartitionArgs, Split};
pub(crate) use plan_args::Plan;
pub(crate) use record_limit::RecordLimit;
pub(crate) use simulate_args::Simulate;
pub(crate) use summarize_args::{Summarize, SummaryFormat};
