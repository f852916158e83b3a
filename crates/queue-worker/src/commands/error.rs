//! What is wrong with what was asked, and the exit code of every error.

use std::{fmt, io};

use thiserror::Error;
use worker_runtime::{Exit, WorkerError};

use crate::{
    QueueError,
    brokers::redis::{NameError, connection::ConnectionError},
    cli::QueuesError,
    handlers::{StartError, ValidateError},
    worker::LaneError,
};

/// What is wrong with what was asked, as opposed to what went wrong on the way.
#[derive(Debug, Error)]
pub enum CommandError {
    /// Neither a handler nor a command.
    #[error(
        "no handler: give --handler validate, --handler simulate=MIN..MAX, or a command after --"
    )]
    NoHandler,
    /// Queues that cannot be taken from together.
    #[error(transparent)]
    Queues(#[from] QueuesError),
    /// A limit of what there is none of.
    #[error(
        "--max-dead is about dead letters, and --delivery at-most-once makes none: leave one of \
         them away"
    )]
    NoDeadLetters,
    /// No schema.
    #[error("--handler validate needs --schema: a JSON file with a Frictionless Table Schema")]
    NoSchema,
    /// A schema that cannot be used.
    #[error(transparent)]
    Validate(#[from] ValidateError),
    /// The Redis may drop tasks.
    #[error(
        "redis may drop tasks when its memory is short (maxmemory-policy {policy}); set it to \
         noeviction, or accept the loss with --allow-eviction"
    )]
    Eviction {
        /// The policy.
        policy: String,
    },
    /// The results are kept in another way than this worker would.
    #[error(
        "{key} is a {found}, and --results {wanted} keeps results in a {wanted}: {remedy}; no task \
         was taken"
    )]
    ResultsType {
        /// The key.
        key: String,
        /// Its type, in Redis' word.
        found: String,
        /// What the worker would make it.
        wanted: &'static str,
        /// What helps.
        remedy: String,
    },
    /// Input that is no task.
    #[error("{source_name}, {place}: {what}")]
    Input {
        /// The file or stdin.
        source_name: String,
        /// Line or record.
        place: String,
        /// What is wrong.
        what: String,
    },
    /// A file that cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// A file that cannot be written.
    #[error("cannot write {path}")]
    Write {
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// No such dead letter.
    #[error("there is no dead letter {id}{where_it_is}; see queue-worker dead list")]
    NoSuchDeadLetter {
        /// The id given.
        id: String,
        /// What is known of the task: empty, or with a comma before it.
        where_it_is: String,
    },
    /// A task without a result.
    #[error("there is no result of the task {id}: {where_it_is}")]
    NoResult {
        /// The id given.
        id: String,
        /// What is known of the task.
        where_it_is: String,
    },
    /// Some ids are no waiting tasks', nor of tasks in hand; the others were cancelled.
    #[error(
        "no task that waits for its time or next attempt, or is in hand, has the id {}: is it done \
         (queue-worker result), or does it wait in the list, where a task has no id yet? Those \
         before and behind it are cancelled",
        ids.join(", ")
    )]
    NotCancelled {
        /// The ids that are not there.
        ids: Vec<String>,
    },
    /// Some ids are no dead letters'; the others were acted on.
    #[error(
        "{} of {given} ids are no dead letters: {}; see queue-worker dead list ({verb}: {acted})",
        ids.len(),
        ids.join(" ")
    )]
    NoSuchDeadLetters {
        /// The ids that are not there.
        ids: Vec<String>,
        /// How many were given.
        given: usize,
        /// What was done with the others.
        verb: &'static str,
        /// How many these were.
        acted: u64,
    },
    /// Neither ids nor all.
    #[error(
        "dead drop needs the ids of the dead letters to forget, as queue-worker dead list shows \
         them (or --all)"
    )]
    NoIds,
    /// Nothing was ever pushed to a queue of this name.
    #[error(
        "there is no queue {queue} in redis at {address}: nobody has pushed to it, or it was \
         forgotten, or redis has lost it; is the name right, and is it this redis and this \
         database?{similar}"
    )]
    NoQueue {
        /// The name.
        queue: String,
        /// Where, without user and password.
        address: String,
        /// Queues of a similar name: empty, or a sentence that begins with a blank.
        similar: String,
    },
    /// The queue is not the one that was pushed to.
    #[error(
        "the queue {queue} vanished while tasks were pushed to it: redis was emptied, restarted \
         without its data, or lost it in a failover; the {pushed} tasks that were pushed before \
         are gone: push all of them again"
    )]
    PushVanished {
        /// The name.
        queue: String,
        /// Tasks that were pushed.
        pushed: u64,
    },
    /// A push of this name was given other tasks.
    #[error(
        "the first {pushed} tasks of this input are not those that a push of this --push-id has \
         pushed to {queue} before: give another input another --push-id; or, if the earlier input \
         was this one with its last line cut off, half a task is in the queue: purge it, and push \
         all again; nothing more was pushed"
    )]
    OtherPush {
        /// The queue.
        queue: String,
        /// Tasks that were pushed.
        pushed: u64,
    },
    /// A push of this name was given fewer tasks.
    #[error(
        "a push of this --push-id has pushed {missing} more tasks to {queue} than this input has: \
         give another input another --push-id; or, if this is the right one and the other was not, \
         purge the queue, which forgets that push, and push again"
    )]
    ShorterPush {
        /// The queue.
        queue: String,
        /// Tasks that were pushed and are not in the input.
        missing: u64,
    },
    /// Redis knows less of a named push than was pushed.
    #[error(
        "redis has forgotten how far this push had come: {queue} was purged, or redis has lost its \
         last moments; push again with the same --push-id, and what is missing is pushed"
    )]
    PushForgotten {
        /// The queue.
        queue: String,
    },
    /// Nobody to ask.
    #[error("purge removes {tasks} tasks and there is no terminal to ask at; say --yes")]
    NotConfirmed {
        /// Tasks in all places.
        tasks: u64,
    },
    /// Somebody was asked, and did not type the queue's name.
    #[error("not confirmed: nothing is removed")]
    Declined,
    /// Nobody can find the queues of a cluster.
    #[error("the queues of a redis cluster are not found by themselves: name each with --queue")]
    UnnamedQueues,
    /// The page cannot be served there.
    #[error("cannot listen at {address}: choose another with --listen")]
    Listen {
        /// The address asked for.
        address: String,
        /// Why.
        source: io::Error,
    },
    /// A token that cannot be read.
    #[error("cannot read the token of --token-file {path}")]
    Token {
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// A token that anybody would guess.
    #[error(
        "the token in {path} has {length} characters, and must have 16 or more: as openssl \
             rand -hex 16 makes it"
    )]
    ShortToken {
        /// The file.
        path: String,
        /// Characters.
        length: usize,
    },
    /// A cluster cannot do it.
    #[error(
        "adopt needs {processing} and {queue} in one hash slot, which redis cluster does not give \
         them; move the tasks with a script of your own"
    )]
    AdoptInCluster {
        /// The list of the rediswq script.
        processing: String,
        /// The queue.
        queue: String,
    },
}

/// What ended a command early.
#[derive(Debug)]
pub struct CommandFailure(pub(super) anyhow::Error);

impl fmt::Display for CommandFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for CommandFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

impl WorkerError for CommandFailure {
    fn exit(&self) -> Exit {
        exit_of(&self.0)
    }
}

/// The exit code of an error.
fn exit_of(error: &anyhow::Error) -> Exit {
    if let Some(error) = connection_error(error) {
        return match error {
            ConnectionError::Url { .. }
            | ConnectionError::File { .. }
            | ConnectionError::WrongType { .. }
            | ConnectionError::CrossSlot { .. }
            | ConnectionError::NoCommand { .. }
            | ConnectionError::Server { .. } => Exit::Config,
            ConnectionError::Unavailable { .. } | ConnectionError::Full { .. } => Exit::Unavailable,
            ConnectionError::PasswordWanted { .. }
            | ConnectionError::WrongPassword { .. }
            | ConnectionError::NoPermission { .. } => Exit::Denied,
            ConnectionError::Other { .. } => Exit::Bug,
        };
    }
    match error.downcast_ref::<LaneError>() {
        Some(LaneError::Vanished { .. }) => return Exit::Unavailable,
        Some(LaneError::Absent { .. }) => return Exit::NoInput,
        Some(LaneError::Start(StartError::Program { .. } | StartError::Command { .. })) => {
            return Exit::Config;
        }
        Some(LaneError::Start(StartError::NoRoom { .. })) => return Exit::Unavailable,
        Some(LaneError::Queue(_)) | None => {}
    }
    if error.is::<NameError>() {
        return Exit::Config;
    }
    match error.downcast_ref::<CommandError>() {
        Some(
            CommandError::Input { .. }
            | CommandError::OtherPush { .. }
            | CommandError::ShorterPush { .. },
        ) => Exit::BadInput,
        Some(
            CommandError::Read { .. }
            | CommandError::NoSuchDeadLetter { .. }
            | CommandError::NoSuchDeadLetters { .. }
            | CommandError::NoResult { .. }
            | CommandError::NotCancelled { .. }
            | CommandError::NoQueue { .. },
        ) => Exit::NoInput,
        Some(CommandError::PushVanished { .. } | CommandError::PushForgotten { .. }) => {
            Exit::Unavailable
        }
        Some(CommandError::Write { .. }) => Exit::Io,
        Some(_) => Exit::Config,
        None if error.chain().any(|cause| cause.is::<io::Error>()) => Exit::Io,
        None => Exit::Bug,
    }
}

/// What Redis said, wherever it was met.
fn connection_error(error: &anyhow::Error) -> Option<&ConnectionError> {
    let queue_error = match error.downcast_ref::<LaneError>() {
        Some(LaneError::Queue(error)) => Some(error),
        _ => error.downcast_ref::<QueueError>(),
    };
    match queue_error {
        Some(QueueError::Connection(error)) => Some(error),
        _ => error.downcast_ref::<ConnectionError>(),
    }
}
