//! From the command line to the command.

use worker_runtime::{Outcome, Pod, Report};

use crate::cli::{Cli, Command};
use crate::commands::{describe, exec, plan, simulate, summarize, validate};
use crate::error::Error;

/// Runs the command. Having been stopped is a way to end, not an error.
pub async fn run(cli: Cli, pod: Pod) -> Result<Report, Error> {
    let ended = match cli.command {
        Command::Validate(args) => validate::run(args, pod).await,
        Command::Describe(args) => describe::run(args, pod).await,
        Command::Exec(args) => exec::run(args, pod).await,
        Command::Simulate(args) => simulate::run(args, pod).await,
        Command::Plan(args) => plan::run(args, pod).await,
        Command::Summarize(args) => summarize::run(args, pod).await,
    };
    match ended {
        Err(stopped @ Error::Stopped) => {
            Ok(Report::new(Outcome::Stopped).message(stopped.to_string()))
        }
        ended => ended,
    }
}
