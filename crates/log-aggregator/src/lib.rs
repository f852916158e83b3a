//! The log-aggregator: what a month's Job pod does with its access logs.
//!
//! So far the pure half: [`mod@format`] reads lines, [`month`] counts what they say, [`summary`] says what it came to, [`report`]
//! draws it.

pub mod bots;
pub mod calendar;
pub mod entry;
pub mod format;
pub mod month;
pub mod report;
mod slots;
pub mod state;
pub mod summary;
pub mod tables;
pub mod tally;
pub mod target;
pub mod times;
pub mod visitors;
pub mod year;
