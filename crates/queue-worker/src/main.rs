//! Takes tasks from a Redis list, loses none, exits when the work is done.

use std::process::ExitCode;

use queue_worker::{cli::Cli, commands};
use worker_runtime::About;
use worker_runtime::child::{GUARD_CHILDREN, guard_children};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == GUARD_CHILDREN) && arguments.next().is_none() {
        guard_children();
        return ExitCode::SUCCESS;
    }
    let about = About { name: "queue-worker", version: env!("CARGO_PKG_VERSION") };
    worker_runtime::start(about, |cli: &Cli| (&cli.runtime, cli.command.role()), commands::dispatch)
}
