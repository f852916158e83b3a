//! The command line.

use clap::{Parser, Subcommand};
use worker_runtime::{Pod, Report, RuntimeArgs, on_blocking_thread};

use crate::commands::access_logs::{AccessLogsArgs, write_access_logs};
use crate::commands::make_buckets::{MakeBucketsArgs, make_buckets};
use crate::commands::tasks::{TasksArgs, write_tasks};
use crate::commands::transactions::{TransactionsArgs, write_transactions};
use crate::error::Error;

/// Deterministic sample data with known mistakes, for demonstrations, tests and benchmarks.
#[derive(Clone, Debug, Parser)]
#[command(name = "sample-data", version, max_term_width = 120)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    /// The settings that every program of this project has.
    #[command(flatten)]
    pub runtime: RuntimeArgs,
}

#[derive(Clone, Debug, Subcommand)]
enum Command {
    Transactions(TransactionsArgs),
    Tasks(TasksArgs),
    AccessLogs(AccessLogsArgs),
    MakeBuckets(MakeBucketsArgs),
}

/// Makes what the command line asks for.
pub async fn run(cli: Cli, pod: Pod) -> Result<Report, Error> {
    on_blocking_thread(move || match cli.command {
        Command::Transactions(args) => write_transactions(&args, &pod),
        Command::AccessLogs(args) => write_access_logs(&args, &pod),
        Command::MakeBuckets(args) => make_buckets(&args),
        Command::Tasks(args) => write_tasks(&args, &pod),
    })
    .await
}
