//! `summarize`: all partitions' results, read back, added up, published and printed.

mod found;
mod run;
mod sum;
mod table;
mod total;

pub(super) use found::{Folders, list, manifest_entries, manifests_of, read};
pub(crate) use run::run;
pub(super) use sum::Sum;
pub(super) use total::is_whole;
