//! What every worker takes from its command line and environment, and the reference that is made
//! from it.

pub(crate) mod args;
pub(crate) mod command_line;
pub(crate) mod durations;
