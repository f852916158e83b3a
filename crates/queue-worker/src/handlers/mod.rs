//! What is done with a task: handlers of the worker's own, and programs of others.

mod first_ends;
mod handler;
mod lines;
mod outcome;
mod per_task;
mod result;
mod simulate;
mod start;
mod text;
mod trace;
mod validate;
mod words;

pub use first_ends::FirstEnds;
pub use handler::{AtOnce, Awaited, Handler};
pub use lines::{Lines, LinesSettings, Said, read_line, spoilt_answer, task_line};
pub use outcome::{Outcome, Output};
pub use per_task::PerTask;
pub(crate) use result::digest;
pub use result::result_line;
pub use simulate::Simulate;
pub use start::StartError;
pub use validate::{Validate, ValidateError};
