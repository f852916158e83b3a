//! `validate`: a partition's records, checked against a schema, into accepted and rejected records
//! and a summary.
//!
//! [`run`] settles everything that can be settled before the first record; the job reads and judges
//! on one thread and sorts on another. `judge` and `sorter` are pure: bytes in, bytes out.

mod accepted_records;
mod cell_reader;
mod converted;
mod described;
mod header_hint;
mod job;
mod judge;
mod judged_block;
mod line_judge;
mod listing;
mod outputs;
mod parquet;
mod publish;
mod published_keys;
mod rejection;
mod row_places;
mod rules;
mod run;
mod sorter;
mod unique;
mod warnings;

pub(crate) use described::read_dialect;
pub(crate) use run::run;
