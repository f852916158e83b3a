//! The pod contract: what a process owes to the Kubernetes Job (or array job of another engine) that runs it.
//!
//! A worker's `main` is one call of [`start`], which parses the settings, sets up logs, signals, metrics and a
//! current-thread tokio runtime, runs the worker's own body and ends with one of the exit codes of [`Exit`]. The body
//! learns its share of the work from [`IdentityArgs`] and what is asked of it from its [`Pod`].
//!
//! ```no_run
//! use worker_runtime::{About, Environment, Exit, IdentityArgs, Outcome, Pod, Report, Role, RuntimeArgs, start};
//!
//! #[derive(clap::Parser)]
//! struct Config {
//!     #[command(flatten)]
//!     runtime: RuntimeArgs,
//!     #[command(flatten)]
//!     identity: IdentityArgs,
//! }
//!
//! fn main() -> std::process::ExitCode {
//!     let about = About { name: "row-counter", version: env!("CARGO_PKG_VERSION") };
//!     start(about, |config: &Config| (&config.runtime, Role::Job), |_error| Exit::Io, run)
//! }
//!
//! async fn run(config: Config, pod: Pod) -> anyhow::Result<Report> {
//!     pod.assume(config.identity.resolve(&Environment::of_process())?);
//!     let progress = pod.progress("rows", None);
//!     while !pod.shutdown.is_requested() && progress.done() < 1000 {
//!         progress.advance(1);
//!     }
//!     let outcome = if progress.done() < 1000 { Outcome::Stopped } else { Outcome::Done };
//!     Ok(Report::new(outcome).count("rows", progress.done()))
//! }
//! ```

mod args;
mod causes;
mod closing;
mod command_line;
mod context;
mod durations;
mod engine;
mod environment;
mod exit;
mod identity;
mod identity_error;
mod log_line;
mod logs;
mod main_process;
mod metrics;
mod metrics_addr;
mod metrics_server;
mod named;
mod orphans;
mod outage;
mod panics;
mod pod;
mod progress;
mod push;
mod push_group;
mod redaction;
mod refusal;
mod report;
mod role;
mod settings;
mod shutdown;
mod start;
mod supervise;
mod table;
mod tally;
mod termination;
mod text_format;

pub use args::{LogFormat, LogLevel, RuntimeArgs};
pub use causes::causes;
pub use context::About;
pub use durations::duration_between;
pub use engine::Engine;
pub use environment::Environment;
pub use exit::{Exit, exit_codes_markdown};
pub use identity::{Identity, IdentityArgs, UncountedIdentity};
pub use identity_error::IdentityError;
pub use metrics::Metrics;
pub use metrics_addr::MetricsAddr;
pub use orphans::OwnChild;
pub use outage::Outage;
pub use pod::Pod;
pub use progress::Progress;
pub use prometheus_client;
pub use push::PushGateway;
pub use redaction::redact_url;
pub use report::{Outcome, Report};
pub use role::Role;
pub use settings::{settings_group_markdown, settings_markdown};
pub use shutdown::Shutdown;
pub use start::start;
pub use table::{Table, grouped};
