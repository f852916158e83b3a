//! Descriptors of the Data Package standard beside the schema: how files are written.
//!
//! What they say and nobody does is refused by name; nothing of them is passed over silently.

mod dialect;

pub(crate) use dialect::{FileDialect, line_end, one_character};
