//! From the command line to the command.

use worker_runtime::{Outcome, Pod, Report};

use crate::cli::{Cli, Command};
use crate::error::Error;
use crate::{aggregate, draw, merge};

/// Runs the command. Having been stopped is a way to end, not an error.
pub async fn run(cli: Cli, pod: Pod) -> Result<Report, Error> {
    let ended = match cli.command {
        Command::Aggregate(args) => aggregate::run(*args, pod).await,
        Command::Merge(args) => merge::run(args, pod).await,
        Command::Report(args) => draw::run(args).await,
    };
    match ended {
        Err(stopped @ Error::Stopped) => {
            Ok(Report::new(Outcome::Stopped).message(stopped.to_string()))
        }
        ended => ended,
    }
}
