//! The partition-worker: what an Indexed Job's pod does with its partition.
//!
//! From the outside in: `main` starts [`run`] with the settings of `cli`; `commands` has a module
//! for each command; they find the partition and read its records by `partition`, and hand the
//! result to the publication of `job_files`. What a record is says the crate `csv_records`, what a
//! schema means the crate `table_schema`: both are pure.

mod cli;
mod commands;
mod descriptors;
mod error;
mod keys;
mod output_version;
mod partition;
mod run;
mod summary;

pub use cli::Cli;
pub use error::{Error, WholeError};
pub use run::run;
