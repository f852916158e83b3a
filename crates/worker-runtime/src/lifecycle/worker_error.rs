//! What [`start`](crate::start) must know of an error: the exit code that it is worth.

use crate::exit::Exit;
use crate::identity::error::IdentityError;

/// An error that a worker's body can end with. Each worker has one type of its own, with a variant
/// per decision.
pub trait WorkerError: std::error::Error + 'static {
    /// The exit code that the error is worth. [`Exit::Done`] is taken for [`Exit::Bug`], since what
    /// ended with an error is not done.
    fn exit(&self) -> Exit;
}

impl WorkerError for IdentityError {
    fn exit(&self) -> Exit {
        IdentityError::exit(self)
    }
}
