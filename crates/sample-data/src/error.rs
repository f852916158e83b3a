//! Why sample data could not be made.

use object_storage::{ErrorKind, Location, LocationError};
use worker_runtime::{Exit, WorkerError};

/// One variant a decision.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot have its name below the output.
    #[error("nothing can be written below the location of --output")]
    Output(#[from] LocationError),
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] object_storage::Error),
    /// A file could not be written.
    #[error("cannot write {at}")]
    Write {
        /// The file.
        at: Location,
        /// What the encoder or the storage said.
        source: std::io::Error,
    },
    /// Standard output takes no more.
    #[error("cannot write to stdout; name a file with --output")]
    Stdout(#[source] std::io::Error),
}

impl WorkerError for Error {
    fn exit(&self) -> Exit {
        match self {
            Error::Output(_) => Exit::Config,
            Error::Storage(error) => exit_of_storage(error),
            Error::Stdout(_) => Exit::Io,
            Error::Write { source, .. } => {
                object_storage::Error::find(source).map_or(Exit::Io, exit_of_storage)
            }
        }
    }
}

fn exit_of_storage(error: &object_storage::Error) -> Exit {
    match error.kind() {
        // Nothing is read here: what is not there is where the output was to go.
        ErrorKind::Configuration | ErrorKind::NotFound => Exit::Config,
        ErrorKind::Unavailable => Exit::Unavailable,
        ErrorKind::Io => Exit::Io,
        ErrorKind::Stopped => Exit::Terminated,
        ErrorKind::Denied => Exit::Denied,
    }
}
