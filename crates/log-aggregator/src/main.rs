//! `log-aggregator`: a month's access logs in, metrics out; months merge into a year and a report.

use std::process::ExitCode;

use log_aggregator::{Cli, run};
use worker_runtime::{About, Role};

const ABOUT: About = About { name: "log-aggregator", version: env!("CARGO_PKG_VERSION") };

fn main() -> ExitCode {
    worker_runtime::start(ABOUT, |cli: &Cli| (&cli.runtime, Role::Job), run)
}
