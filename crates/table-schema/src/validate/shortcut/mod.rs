//! The quickest way to see that a cell is good: most cells of most files need no parsing.

mod accepts;
mod choose;
mod ranges;

pub(crate) use accepts::Shortcut;
