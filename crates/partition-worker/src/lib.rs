//! The partition-worker: what an Indexed Job's pod does with its partition.
//!
//! From the outside in: [`run`] takes the command, `validate`, `exec` and `simulate` find the
//! partition, read it, and hand the result to the publication; `summarize` adds the partitions up.
//! `judge` and `sorter` are pure, as is the crate `csv_records` that says what a record is: bytes in, bytes out.

mod already_done;
mod ascending;
mod cli;
mod deal;
mod error;
mod exec;
mod feed;
mod hash_table;
mod header;
mod header_hint;
mod judge;
mod max_rejected;
mod mixed_folder;
mod output_version;
mod overlap;
mod partition;
mod phases;
mod program;
mod program_files;
mod record_stream;
mod row_places;
mod run;
mod simulate;
mod sorter;
mod summarize;
mod summary;
mod total;
mod unique;
mod validate;

pub use cli::Cli;
pub use error::Error;
pub use run::run;
