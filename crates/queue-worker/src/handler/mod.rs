//! What is done with a task.

mod command;
mod lines;
mod outcome;
mod process;
mod result;
mod simulate;
mod validate;

pub use command::PerTask;
pub(crate) use lines::Answered;
pub use lines::Lines;
pub use outcome::{Outcome, Output};
pub use process::StartError;
pub(crate) use result::digest;
pub use result::result_line;
pub use simulate::Simulate;
pub use validate::{Validate, ValidateError};

/// The handler of one lane.
#[derive(Debug)]
pub enum Handler {
    /// Takes time and does nothing.
    Simulate(Simulate),
    /// Checks rows.
    Validate(Box<Validate>),
    /// One process a task.
    PerTask(PerTask),
    /// One child for many tasks.
    Lines(Box<Lines>),
}
