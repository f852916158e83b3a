//! One command a file.

mod adopt;
mod cancel;
mod dead;
mod error;
mod eviction;
mod output;
mod pause;
mod purge;
mod push;
mod queue_access;
mod result;
mod run;
mod serve;
mod status;
mod summarize;

use worker_runtime::{Outcome, Pod, Report};

use crate::{
    brokers::redis::Wish,
    cli::{Cli, Command},
};

pub use error::{CommandError, CommandFailure};

/// Does what the command line says.
///
/// # Errors
///
/// Whatever went wrong.
pub async fn dispatch(cli: Cli, pod: Pod) -> Result<Report, CommandFailure> {
    run_command(cli, pod).await.map_err(CommandFailure)
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
        Command::Result(args) => until_stopped(result::result(args), &pod, Outcome::Stopped).await,
        // Whoever serves ends by being stopped.
        Command::Serve(args) => until_stopped(serve::serve(args, &pod), &pod, Outcome::Done).await,
        Command::Pause(args) => {
            until_stopped(pause::pause(args, Wish::Pause), &pod, Outcome::Stopped).await
        }
        Command::Resume(args) => {
            until_stopped(pause::pause(args, Wish::Resume), &pod, Outcome::Stopped).await
        }
        Command::Cancel(args) => until_stopped(cancel::cancel(args), &pod, Outcome::Stopped).await,
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
