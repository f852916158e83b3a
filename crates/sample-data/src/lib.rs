//! Deterministic sample data with known mistakes, for demonstrations, tests and benchmarks.
//!
//! The same seed gives the same bytes on every machine, and the same rows in the same order however
//! many partitions they are dealt out over.

pub mod access_logs;
mod bad_share;
mod cli;
mod commands;
mod error;
mod number;
mod partition;
mod random;
mod tasks;
mod transactions;

pub use bad_share::{BadShare, BadShareError};
pub use cli::{Cli, run};
pub use error::Error;
pub use partition::deal;
pub use tasks::{TaskTruth, write_task};
pub use transactions::{
    COLUMNS, Damage, Kinds, KindsError, MAX_ROWS, Recipe, Record, Rows, SCHEMA, Tally, Truth,
    write_header, write_record,
};
