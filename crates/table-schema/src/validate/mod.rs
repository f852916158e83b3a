//! The check of rows: a schema bound to the columns of a file, and what it finds.

mod cell_check;
mod column_type;
mod columns;
mod constraints;
mod describe;
mod header_error;
mod key;
mod reason;
mod row_checks;
mod shortcut;
mod shown_key;
mod typed;
mod validator;
mod verdict;

pub use column_type::{ColumnType, DECIMAL_SCALE};
pub use header_error::HeaderError;
pub use key::Key;
pub use reason::{Reason, ReasonKind};
pub use shown_key::shown_key;
pub use typed::{TypedCell, Unfit};
pub use validator::Validator;
pub use verdict::{Misgrouped, Verdict};
