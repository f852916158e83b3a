//! One command a file.

mod adopt;
mod arrivals;
mod csv_quotes;
mod dead;
mod eviction;
mod purge;
mod push;
mod run;
mod show;
mod status;
mod summarize;
mod text_check;
mod unique_key;

use std::fmt;
use std::io::{self, Write as _};

use thiserror::Error;
use worker_runtime::{Exit, Outcome, Pod, Report, WorkerError};

use crate::{
    Queue, QueueError,
    cli::{Cli, Command, QueueArgs},
    connection::{ConnectionError, Redis},
    handler::{StartError, ValidateError},
    protocol::{Keys, NameError},
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
    /// Some ids are no dead letters'; the others were acted on.
    #[error("{} of {given} ids are no dead letters: {}; see queue-worker dead list ({verb}: {acted})", ids.len(), ids.join(" "))]
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
    /// Nobody to ask.
    #[error("purge removes {tasks} tasks and there is no terminal to ask at; say --yes")]
    NotConfirmed {
        /// Tasks in all places.
        tasks: u64,
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

/// Does what the command line says.
///
/// # Errors
///
/// Whatever went wrong.
pub async fn dispatch(cli: Cli, pod: Pod) -> Result<Report, Failure> {
    run_command(cli, pod).await.map_err(Failure)
}

async fn run_command(cli: Cli, pod: Pod) -> anyhow::Result<Report> {
    match cli.command {
        Command::Run(args) => run::run(*args, &cli.runtime, pod).await,
        Command::Push(args) => push::push(args, pod).await,
        Command::Status(args) => {
            // Whoever watches ends it so.
            let stopped = if args.watch.is_some() { Outcome::Done } else { Outcome::Stopped };
            until_stopped(status::status(args, &pod), &pod, stopped).await
        }
        Command::Summarize(args) => {
            until_stopped(summarize::summarize(args), &pod, Outcome::Stopped).await
        }
        Command::Dead(command) => until_stopped(dead::dead(command), &pod, Outcome::Stopped).await,
        Command::Purge(args) => until_stopped(purge::purge(args), &pod, Outcome::Stopped).await,
        Command::Adopt(args) => until_stopped(adopt::adopt(args), &pod, Outcome::Stopped).await,
    }
}

/// Runs a command that has nothing in hand between two calls to Redis, each of which is done as a
/// whole or not at all: it ends at once when it is asked to, also while it waits for a Redis that
/// is down.
async fn until_stopped(
    command: impl Future<Output = anyhow::Result<Report>>,
    pod: &Pod,
    stopped: Outcome,
) -> anyhow::Result<Report> {
    tokio::select! {
        biased;
        report = command => report,
        () = pod.shutdown.requested() => Ok(Report::new(stopped)),
    }
}

/// What ended a command early.
#[derive(Debug)]
pub struct Failure(anyhow::Error);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

impl WorkerError for Failure {
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
        Some(LaneError::Start(StartError::Program { .. })) => return Exit::Config,
        Some(LaneError::Start(StartError::NoRoom { .. })) => return Exit::Unavailable,
        Some(LaneError::Queue(_)) | None => {}
    }
    if error.is::<NameError>() {
        return Exit::Config;
    }
    match error.downcast_ref::<CommandError>() {
        Some(CommandError::Input { .. }) => Exit::BadInput,
        Some(
            CommandError::Read { .. }
            | CommandError::NoSuchDeadLetter { .. }
            | CommandError::NoSuchDeadLetters { .. }
            | CommandError::NoQueue { .. },
        ) => Exit::NoInput,
        Some(CommandError::PushVanished { .. }) => Exit::Unavailable,
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

fn open(args: &QueueArgs) -> anyhow::Result<Queue> {
    let keys = Keys::new(&args.queue)?;
    Ok(Queue::new(Redis::new(&args.connection)?, keys))
}

/// Whether somebody still reads what is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reader {
    Listens,
    /// As `head` does when it has seen enough.
    HasGone,
}

/// Writes to stdout; a reader that has gone away is no error.
fn print(text: &str) -> io::Result<Reader> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(Reader::Listens),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Reader::HasGone),
        Err(error) => Err(error),
    }
}

/// The error for a queue that is not there, with what may have been meant.
async fn no_queue(queue: &Queue) -> CommandError {
    let similar = match queue.similar().await {
        Ok(names) if !names.is_empty() => format!(" (there are {})", names.join(", ")),
        _ => String::new(),
    };
    CommandError::NoQueue {
        queue: queue.keys().pending().to_owned(),
        address: queue.redis().address(),
        similar,
    }
}

fn done() -> Report {
    Report::new(Outcome::Done)
}

async fn all_dead(queue: &Queue) -> Result<u64, QueueError> {
    let mut command = redis::cmd("ZCARD");
    command.arg(queue.keys().dead());
    queue.number(&command).await
}
