//! The partition-worker: what an Indexed Job's pod does with its partition.
//!
//! From the outside in: [`run`] takes the command, `validate`, `exec` and `simulate` find the partition, read it,
//! and hand the result to the publication; `summarize` adds the partitions up. `judge`, `sorter`, [`records`] and what they
//! stand on are pure: bytes in, bytes out.

pub mod dialect;
pub mod records;

mod already_done;
mod belt;
mod blocking_storage;
mod blocks;
mod cli;
mod compression;
mod deal;
mod error;
mod exec;
mod header;
mod judge;
mod lines;
mod manifest;
mod max_rejected;
mod output;
mod partition;
mod phases;
mod program;
mod publication;
mod record_stream;
mod run;
mod simulate;
mod sorter;
mod source;
mod structure;
mod summarize;
mod summary;
mod table;
mod template;
mod total;
mod unique;
mod validate;

pub use cli::Cli;
pub use error::{Error, exit_of};
pub use run::run;
