//! A schema from rows: for each column the narrowest form that all of its values have.
//!
//! Nothing here reads files. `form` has the forms that are tried, `column` what is seen of a
//! column, `inference` makes a schema of all of them.

mod column;
mod form;
mod inference;

pub use inference::Inference;
