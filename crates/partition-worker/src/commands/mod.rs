//! What the worker does, a module a command.

pub(crate) mod describe;
pub(crate) mod exec;
pub(crate) mod plan;
pub(crate) mod simulate;
pub(crate) mod summarize;
pub(crate) mod validate;

mod finish;
mod finish_input;
mod partition_job;
