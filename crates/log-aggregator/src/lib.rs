//! The log-aggregator: what a month's Job pod does with its access logs.
//!
//! From the outside in: [`run`] takes the command. `commands` decide what happens in which order
//! and are the only ones that talk to people. `input` cuts a month's files into spans and reads
//! them. [`formats`] says what a line means, [`filters`] which lines count, `geo` where clients
//! come from, [`counting`] adds up what lines say, [`output`] is what is published of it, and
//! [`report`] draws a year. `formats`, `filters`, `geo`, `counting` and `report` are pure.

pub mod counting;
pub mod filters;
pub mod formats;
pub mod output;
pub mod report;

mod cli;
mod commands;
mod error;
mod geo;
mod input;

pub use cli::{Cli, Fraction, TimeZone};
pub use commands::run;
pub use error::Error;
