//! The versions of what the commands write.
//!
//! A month that is finished is not counted again, so that after an upgrade it would keep what an
//! earlier program made of it. When a change of the program gives other numbers for the same logs
//! and settings, raise [`MONTH`]: months that carry another one are then counted again, and are not
//! merged with newer ones. A test compares the outputs with known ones, and fails where they have
//! changed and the number has not.

/// Of `aggregate`: `summary.json`, the tables and the state.
pub(crate) const MONTH: u32 = 4;

/// Of `merge`: `year.json` and the tables of the year.
pub(crate) const YEAR: u32 = 3;
