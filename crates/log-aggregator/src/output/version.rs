//! The versions of what the commands write.
//!
//! A finished month is not counted again, so after an upgrade it would keep the numbers of the
//! earlier program. When a change gives other numbers for the same logs and settings, raise
//! [`MONTH`]: months with another version are then counted again, and are not merged with newer
//! ones. A test compares the outputs with known ones, and fails where they have changed and the
//! version has not.

/// Of `aggregate`: `summary.json`, the tables and the state.
pub(crate) const MONTH: u32 = 14;

/// Of `merge`: `year.json` and the tables of the year.
pub(crate) const YEAR: u32 = 11;
