//! Transactions as tasks of a queue, one JSON object each, and the truth about them.

mod json_format;
mod truth;

pub use json_format::write_task;
pub use truth::TaskTruth;
