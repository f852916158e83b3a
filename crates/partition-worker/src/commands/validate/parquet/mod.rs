//! `accepted.parquet`: accepted records once more, typed by the schema.

mod column;
mod output;

pub(super) use output::ParquetOutput;
