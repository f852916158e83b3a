//! Descriptors of the Data Package standard beside the schema: how files are written.
//!
//! What they say and nobody does is refused by name; nothing of them is passed over silently.

mod dialect;
mod package;

pub(crate) use dialect::{FileDialect, line_end, one_character};
pub(crate) use package::{Described, Resource};
