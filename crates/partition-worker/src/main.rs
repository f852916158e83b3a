//! `partition-worker`: pod i of N reads partition i, works on it, publishes the result once.

use std::process::ExitCode;

use partition_worker::{Cli, run};
use worker_runtime::{About, Role};

const ABOUT: About = About { name: "partition-worker", version: env!("CARGO_PKG_VERSION") };

fn main() -> ExitCode {
    worker_runtime::start(ABOUT, |cli: &Cli| (&cli.runtime, Role::Job), run)
}
