//! Takes tasks from a Redis list, loses none, exits when the work is done.

use std::process::ExitCode;

use queue_worker::{cli::Cli, commands, handler};
use worker_runtime::About;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == handler::GUARD_CHILDREN)
        && arguments.next().is_none()
    {
        handler::guard_children();
        return ExitCode::SUCCESS;
    }
    let about = About { name: "queue-worker", version: env!("CARGO_PKG_VERSION") };
    worker_runtime::start(
        about,
        |cli: &Cli| (&cli.runtime, cli.command.role()),
        commands::exit_of,
        commands::dispatch,
    )
}
