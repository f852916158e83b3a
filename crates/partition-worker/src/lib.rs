//! The partition-worker: what an Indexed Job's pod does with its partition.
//!
//! From the outside in: [`run`] takes the command, `validate`, `exec` and `simulate` find the [`partition`], read it,
//! and hand the result to the [`publication`]; `summarize` adds the partitions up. [`check`], [`records`] and what they
//! stand on are pure: bytes in, bytes out.

pub mod check;
pub mod cli;
pub mod compression;
pub mod deal;
pub mod dialect;
pub mod header;
pub mod manifest;
pub mod max_rejected;
pub mod partition;
pub mod phases;
pub mod publication;
pub mod records;
pub mod summary;
pub mod template;
pub mod total;
pub mod unique;

mod already_done;
mod blocking_storage;
mod blocks;
mod error;
mod exec;
mod lines;
mod output;
mod program;
mod record_stream;
mod run;
mod simulate;
mod source;
mod structure;
mod summarize;
mod table;
mod validate;

pub use cli::Cli;
pub use error::{Error, exit_of};
pub use run::run;
