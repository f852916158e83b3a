//! What is done with a task.

mod child;
mod command;
mod exchange;
mod keeper;
mod lines;
mod outcome;
mod process;
mod result;
mod silence;
mod simulate;
mod text;
mod trouble;
mod validate;
mod words;

pub use child::LinesSettings;
pub use command::PerTask;
pub use exchange::{Said, read_line, spoilt_answer, task_line};
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
    Lines(Lines),
}
