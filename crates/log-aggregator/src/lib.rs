//! The log-aggregator: what a month's Job pod does with its access logs.
//!
//! From the outside in: [`run`] takes the command; `aggregate` finds the month's files, cuts them
//! into spans, lets threads read and count them, and publishes what they come to in the order of
//! the log; `merge` adds months up, `draw` makes the page. The rest is pure: [`mod@format`] reads
//! lines, [`month`] counts what they say, [`summary`] says what it came to, [`report`] draws it.

mod batch;
pub mod bots;
pub mod calendar;
pub mod entry;
pub mod format;
pub mod month;
pub mod remark;
pub mod report;
pub mod state;
pub mod summary;
pub mod tables;
pub mod tally;
pub mod target;
pub mod times;
pub mod visitors;
pub mod year;
pub mod year_state;

mod aggregate;
mod cli;
mod count;
mod draw;
mod error;
mod fingerprint;
mod hint;
mod key;
mod lines;
mod merge;
mod moment;
mod months;
mod near;
mod output_version;
mod outputs;
mod overlap;
mod part;
mod plan;
mod recent;
mod run;
mod sample;
#[cfg(test)]
mod schema;
mod seen;
mod share;
mod spans;
mod time_zone;
mod turnstile;
mod twins;

pub use cli::Cli;
pub use error::Error;
pub use run::run;
pub use share::Share;
pub use time_zone::TimeZone;
