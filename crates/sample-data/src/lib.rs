//! Deterministic sample data with known mistakes, for demonstrations, tests and benchmarks.
//!
//! The same seed gives the same bytes on every machine, and the same rows in the same order however many partitions
//! they are dealt out over.

pub mod access_logs;
mod access_logs_command;
mod bad_share;
mod cli;
mod compression;
mod csv_format;
mod damage;
mod error;
mod iban;
mod json_format;
mod make_buckets_command;
mod merchant;
mod money;
mod partition;
mod random;
mod recipe_args;
mod record;
mod stale;
mod summary;
mod task_truth;
mod tasks_command;
mod transaction;
mod transactions_command;
mod truth;

pub use bad_share::{BadShare, BadShareError};
pub use cli::{Cli, run};
pub use csv_format::{write_header, write_record};
pub use damage::{Damage, Kinds, KindsError};
pub use error::{Error, exit_of};
pub use json_format::write_task;
pub use partition::deal;
pub use record::Record;
pub use task_truth::TaskTruth;
pub use transaction::{COLUMNS, MAX_ROWS, Recipe, Rows, SCHEMA};
pub use truth::{Tally, Truth};
