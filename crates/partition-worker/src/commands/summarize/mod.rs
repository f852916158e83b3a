//! `summarize`: all partitions' results, read back, added up, published and printed.

mod compare;
mod duplicates;
mod found;
mod key_runs;
mod merged_keys;
mod run;
mod sum;
mod table;
mod total;

pub(super) use found::{Folders, list, manifest_entries, manifests_of, read};
pub(crate) use run::run;
pub(super) use sum::Sum;
pub(super) use total::{is_whole, over_max_duplicates};
