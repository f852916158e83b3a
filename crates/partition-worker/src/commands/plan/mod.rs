//! `plan`: which partitions of a run are still to be done, and the Job that does just these.

mod job;
mod run;
mod to_do;

pub(crate) use run::run;
