//! Deterministic sample data with known mistakes, for demonstrations, tests and benchmarks.
//!
//! The same seed gives the same bytes on every machine, and the same rows in the same order however many partitions
//! they are dealt out over.

mod bad_share;
mod csv_format;
mod damage;
mod iban;
mod merchant;
mod money;
mod partition;
mod random;
mod record;
mod transaction;
mod truth;

pub use bad_share::{BadShare, BadShareError};
pub use csv_format::{write_header, write_record};
pub use damage::{Damage, Kinds, KindsError};
pub use partition::deal;
pub use record::Record;
pub use transaction::{COLUMNS, MAX_ROWS, Recipe, Rows, SCHEMA};
pub use truth::{Tally, Truth};
