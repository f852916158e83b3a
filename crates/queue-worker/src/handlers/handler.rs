//! The handler of one lane.

use super::{
    lines::Lines,
    outcome::{Outcome, Output},
    per_task::PerTask,
    simulate::Simulate,
    start::StartError,
    validate::Validate,
};
use crate::queue::Task;

/// The handler of one lane.
#[derive(Debug)]
pub enum Handler {
    /// Waits for nothing, so that a whole claim is over in one go.
    AtOnce(AtOnce),
    /// Takes its time with each task.
    Awaited(Awaited),
}

/// A handler that waits for nothing.
#[derive(Debug)]
pub enum AtOnce {
    /// Does nothing.
    Nothing,
    /// Checks rows.
    Validate(Box<Validate>),
}

/// A handler that takes its time.
#[derive(Debug)]
pub enum Awaited {
    /// Takes time and does nothing.
    Simulate(Simulate),
    /// One process a task.
    PerTask(PerTask),
    /// One child for many tasks.
    Lines(Lines),
}

impl AtOnce {
    /// Handles one task.
    pub fn handle(&mut self, payload: &[u8]) -> Outcome {
        match self {
            AtOnce::Nothing => Outcome::Done(Output::Nothing),
            AtOnce::Validate(validate) => validate.handle(payload),
        }
    }
}

impl Awaited {
    /// Handles one task of a queue. Dropping the future ends whatever works on it.
    ///
    /// # Errors
    ///
    /// When the handler's program cannot be started.
    pub async fn handle(&self, task: &Task, id: &str, queue: &str) -> Result<Outcome, StartError> {
        let (payload, attempt) = (&task.payload, task.attempt());
        match self {
            Awaited::Simulate(simulate) => Ok(simulate.handle(id).await),
            Awaited::PerTask(command) => command.handle(payload, id, attempt, queue).await,
            Awaited::Lines(lines) => lines.handle(payload, id, attempt, queue).await,
        }
    }
}
