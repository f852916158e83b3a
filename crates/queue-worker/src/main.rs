//! Takes tasks from a Redis list, loses none, exits when the work is done.

use std::process::ExitCode;

use queue_worker::{cli::Cli, commands};
use worker_runtime::About;

fn main() -> ExitCode {
    let about = About { name: "queue-worker", version: env!("CARGO_PKG_VERSION") };
    worker_runtime::start(about, |cli: &Cli| &cli.runtime, commands::exit_of, commands::dispatch)
}
