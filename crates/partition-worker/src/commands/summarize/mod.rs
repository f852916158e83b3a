//! `summarize`: all partitions' results, read back, added up, published and printed.

mod run;
mod table;
mod total;

pub(crate) use run::run;
