//! Card transactions of one business day: what a good row is, how a bad one is damaged, and the
//! truth about both.

mod columns;
mod csv_format;
mod damage;
mod iban;
mod inflict;
mod merchant;
mod money;
mod record;
mod transaction;
mod truth;

pub use columns::COLUMNS;
pub(crate) use columns::Column;
pub use csv_format::{write_header, write_record};
pub use damage::{Damage, Kinds, KindsError};
pub use record::Record;
pub use transaction::{MAX_ROWS, Recipe, Rows, SCHEMA};
pub(crate) use truth::Counts;
pub use truth::{Tally, Truth};
