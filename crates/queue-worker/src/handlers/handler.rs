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
    /// Handles one task of a queue, unless and until it is `cancelled`. Dropping the future ends
    /// whatever works on it.
    ///
    /// # Errors
    ///
    /// When the handler's program cannot be started.
    pub async fn handle(
        &self,
        task: &Task,
        id: &str,
        queue: &str,
        cancelled: impl Future<Output = ()>,
    ) -> Result<Outcome, StartError> {
        let (payload, attempt) = (&task.payload, task.attempt());
        match self {
            // Its process is asked to end before it is killed.
            Awaited::PerTask(command) => {
                command.handle(payload, id, attempt, queue, cancelled).await
            }
            Awaited::Simulate(simulate) => {
                unless(cancelled, async { Ok(simulate.handle(id).await) }).await
            }
            Awaited::Lines(lines) => {
                unless(cancelled, lines.handle(payload, id, attempt, queue)).await
            }
        }
    }
}

async fn unless(
    cancelled: impl Future<Output = ()>,
    work: impl Future<Output = Result<Outcome, StartError>>,
) -> Result<Outcome, StartError> {
    tokio::select! {
        biased;
        () = cancelled => Ok(Outcome::cancelled()),
        outcome = work => outcome,
    }
}
