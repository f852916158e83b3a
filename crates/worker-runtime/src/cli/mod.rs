//! What every worker takes from its command line and environment.

pub(crate) mod args;
pub(crate) mod command_line;
pub(crate) mod durations;
pub(crate) mod variables;
