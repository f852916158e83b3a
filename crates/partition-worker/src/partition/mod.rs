//! A partition: which files or bytes it is, whether it was done before, and its records block by
//! block.
//!
//! What is done with the records is [`crate::commands`]'s business.

pub(crate) mod overlap;

mod alignment;
mod already_done;
mod deal;
mod files;
mod format;
mod head;
mod header;
mod input;
mod mixed_folder;
mod own_columns;
mod parquet;
mod record_stream;
mod returned;
mod rewriting;
mod text;

pub(crate) use already_done::already_done;
pub(crate) use files::{Partition, folder, folder_name};
pub(crate) use format::{NamedFormat, PARQUET_NAME};
pub(crate) use header::Reading;
pub(crate) use input::{PartitionInput, share};
pub(crate) use own_columns::{
    OWN_COLUMNS, OwnColumns, PLACE_COLUMNS, REASONS_COLUMN, WARNINGS_COLUMN, are_moved,
};
pub(crate) use parquet::ParquetProblem;
pub(crate) use record_stream::RecordStream;
pub(crate) use returned::{FLAWED, OwnCells, ReturnProblem, Returned, ReturnedRow};
pub(crate) use text::Text;
