//! The pod contract: what a process owes to the Kubernetes Job (or array job of another engine)
//! that runs it.
//!
//! A worker's `main` is one call of [`start`], which parses the settings, sets up logs, signals,
//! metrics and a current-thread tokio runtime, runs the worker's own body and ends with one of the
//! exit codes of [`Exit`]. The body learns its share of the work from [`IdentityArgs`] and what is
//! asked of it from its [`Pod`].
//!
//! ```no_run
//! use worker_runtime::{
//!     About, Environment, IdentityArgs, IdentityError, Outcome, Pod, Report, Role, RuntimeArgs,
//!     start,
//! };
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
//!     start(about, |config: &Config| (&config.runtime, Role::Job), run)
//! }
//!
//! async fn run(config: Config, pod: Pod) -> Result<Report, IdentityError> {
//!     pod.assume(config.identity.resolve(&Environment::of_process())?);
//!     let progress = pod.progress("rows", None);
//!     while !pod.shutdown.is_requested() && progress.done() < 1000 {
//!         progress.advance(1);
//!     }
//!     let outcome = if progress.done() < 1000 { Outcome::Stopped } else { Outcome::Done };
//!     Ok(Report::new(outcome).count("rows", progress.done()))
//! }
//! ```

pub mod child;
mod cli;
mod exit;
pub mod http;
mod identity;
mod lifecycle;
mod logging;
mod metrics;
mod progress;
mod text_table;

pub use cli::args::{LogFormat, LogLevel, RuntimeArgs};
pub use cli::durations::duration_between;
pub use exit::{Action, Exit};
pub use identity::engine::Engine;
pub use identity::environment::Environment;
pub use identity::error::IdentityError;
pub use identity::indexes::{Indexes, IndexesError};
pub use identity::resolve::{Identity, IdentityArgs, UncountedIdentity};
pub use lifecycle::blocking::on_blocking_thread;
pub use lifecycle::outage::Outage;
pub use lifecycle::pod::Pod;
pub use lifecycle::report::{Outcome, Report};
pub use lifecycle::role::Role;
pub use lifecycle::shutdown::Shutdown;
pub use lifecycle::start::start;
pub use lifecycle::worker_error::WorkerError;
pub use logging::causes::causes;
pub use logging::context::About;
pub use logging::redaction::{redact_one_url, redact_url};
pub use metrics::push::PushGateway;
pub use metrics::registry::Metrics;
pub use progress::Progress;
pub use prometheus_client;
pub use text_table::{Table, grouped};
