//! The commands: each says what happens in which order, and what people are told of it.

mod advice;
mod aggregate;
mod checks;
mod earlier;
mod finish;
mod finish_input;
mod gaps;
mod geo_databases;
mod hint;
mod last_year;
mod merge;
mod month_kind;
mod overlap;
mod period;
mod plan;
mod report;
mod threads;

use worker_runtime::{Outcome, Pod, Report};

use crate::cli::{Cli, Command};
use crate::error::Error;

/// Runs the command. Being stopped is one way to end, and no error.
pub async fn run(cli: Cli, pod: Pod) -> Result<Report, Error> {
    let ended = match cli.command {
        Command::Aggregate(args) => aggregate::run(*args, pod).await,
        Command::Merge(args) => merge::run(args, pod).await,
        Command::Report(args) => report::run(args, pod).await,
    };
    match ended {
        Err(stopped @ Error::Stopped) => {
            Ok(Report::new(Outcome::Stopped).message(stopped.to_string()))
        }
        ended => ended,
    }
}
