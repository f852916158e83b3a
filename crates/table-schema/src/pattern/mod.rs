//! The constraint `pattern`: XML Schema regular expressions that match whole values.

mod classes;
mod matcher;
mod parse;
mod positions;

pub(crate) use matcher::Pattern;
pub(crate) use positions::Positions;
