//! Sample data for the demo, the tests and the benchmarks.

use std::process::ExitCode;

use sample_data::{Cli, run};
use worker_runtime::{About, Role, start};

fn main() -> ExitCode {
    let about = About { name: "sample-data", version: env!("CARGO_PKG_VERSION") };
    start(about, |cli: &Cli| (&cli.runtime, Role::Job), run)
}
