//! The report: one HTML page about a year. Pure: a summary in, a page out.

mod busiest;
pub mod chart;
mod last_year;
mod page;
mod readable;
pub mod scale;

pub use page::page;
pub(crate) use scale::share;

/// The style sheet of the report: light and dark, wide and narrow, and print.
pub const STYLE: &str = include_str!("style.css");
