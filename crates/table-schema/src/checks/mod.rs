//! Checks over a row: named expressions over the typed values of its fields.
//!
//! A file of checks is read, with all its types, before the first row: `lexer` cuts it into words,
//! `file` into checks, and `parser` makes an expression of each. `evaluate` says of a row whether
//! it keeps one. There are no loops and no functions of one's own, so that a check costs what its
//! text is long. The grammar for people is in the guide of partition-worker, CHECKS.md.

mod error;
mod evaluate;
mod exact;
mod expression;
mod file;
mod fit;
mod kind;
mod lexer;
mod operand;
mod parser;

pub use error::CheckError;
pub(crate) use evaluate::{Cells, holds};
pub(crate) use file::Check;
pub use file::Checks;
