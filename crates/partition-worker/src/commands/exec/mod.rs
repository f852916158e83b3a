//! `exec`: any program becomes an Indexed Job. The partition on its standard input, the result from
//! its standard output.

mod feed;
mod job;
mod line_feed;
mod program;
mod program_files;
mod program_input;
mod record_feed;
mod run;

pub(crate) use run::run;
