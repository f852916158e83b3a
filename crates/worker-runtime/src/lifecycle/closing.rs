//! The last steps of a process: one log line, metrics, termination message, exit code.

use std::collections::BTreeMap;
use std::time::{Instant, SystemTime};

use thiserror::Error;

use crate::exit::Exit;
use crate::http::ListenAddr;
use crate::lifecycle::report::{Outcome, Report};
use crate::lifecycle::supervise::Ending;
use crate::lifecycle::termination::{Summary, TerminationFile};
use crate::lifecycle::worker_error::WorkerError;
use crate::logging::causes::causes;
use crate::logging::context::Context;
use crate::logging::log_line::object;
use crate::metrics::registry::End;

/// What can go wrong before a body runs.
#[derive(Debug, Error)]
pub(crate) enum SetupError {
    #[error("cannot listen for signals")]
    Signals(#[source] std::io::Error),
    #[error(
        "cannot serve metrics on {address}; give a free address of this host to --metrics-addr"
    )]
    MetricsAddress { address: ListenAddr, source: std::io::Error },
}

impl WorkerError for SetupError {
    fn exit(&self) -> Exit {
        match self {
            SetupError::Signals(_) => Exit::Io,
            SetupError::MetricsAddress { .. } => Exit::Config,
        }
    }
}

/// Tells how a run ended: one log line, the termination message, the exit code.
pub(crate) struct Closing<'a> {
    pub(crate) context: &'a Context,
    pub(crate) file: TerminationFile,
    pub(crate) began: Instant,
}

/// How the process is to end.
pub(crate) struct Closed {
    pub(crate) exit: Exit,
    /// What to push before; `None` where the process is to end at once.
    pub(crate) end: Option<End>,
}

impl Closing<'_> {
    pub(crate) fn close(&self, ending: Ending) -> Closed {
        match ending {
            Ending::Returned(Ok(report)) => self.report(report),
            Ending::Returned(Err(error)) => self.error(&*error),
            // The hook has logged it and written the termination message.
            Ending::Panicked => self.closed(Exit::Bug, BTreeMap::new()),
            Ending::Abandoned(why) => {
                let exit = Exit::Terminated;
                tracing::error!(
                    exit_code = exit.code(),
                    elapsed_ms = self.elapsed_ms(),
                    "stopped in mid-work: {why}"
                );
                self.file.write(&Summary {
                    error: Some(format!("stopped in mid-work: {why}")),
                    ..self.summary(Outcome::Stopped, exit)
                });
                Closed { exit, end: None }
            }
        }
    }

    fn report(&self, report: Report) -> Closed {
        let exit = report.honest_exit();
        let (exit_code, elapsed_ms) = (exit.code(), self.elapsed_ms());
        let outcome = report.outcome.as_str();
        let counts_json = object(&report.counts).to_string();
        let reason = report.message.as_deref();
        match exit {
            Exit::Done if report.is_warning => {
                tracing::warn!(exit_code, elapsed_ms, counts_json, reason, "{outcome}")
            }
            Exit::Done => tracing::info!(exit_code, elapsed_ms, counts_json, reason, "{outcome}"),
            Exit::Terminated => {
                tracing::warn!(exit_code, elapsed_ms, counts_json, reason, "{outcome}")
            }
            _ => tracing::error!(exit_code, elapsed_ms, counts_json, reason, "{outcome}"),
        }
        let (error, message) =
            if exit == Exit::Done { (None, report.message) } else { (report.message, None) };
        let whole = self.summary(report.outcome, exit);
        let index = report.index.or(whole.index);
        self.file.write(&Summary { error, message, index, counts: report.counts.clone(), ..whole });
        self.closed(exit, report.counts)
    }

    fn error(&self, error: &dyn WorkerError) -> Closed {
        let exit = match error.exit() {
            // Work that ended with an error is not done.
            Exit::Done => Exit::Bug,
            exit => exit,
        };
        let error = error as &dyn std::error::Error;
        let outcome = if exit == Exit::Terminated { Outcome::Stopped } else { Outcome::Failed };
        let (exit_code, elapsed_ms) = (exit.code(), self.elapsed_ms());
        tracing::error!(error, exit_code, elapsed_ms, "{}", outcome.as_str());
        self.file.write(&Summary {
            error: Some(causes(error).join(": ")),
            ..self.summary(outcome, exit)
        });
        self.closed(exit, BTreeMap::new())
    }

    fn summary(&self, outcome: Outcome, exit: Exit) -> Summary {
        Summary::new(self.context, outcome, exit, self.began)
    }

    fn closed(&self, exit: Exit, counts: BTreeMap<String, u64>) -> Closed {
        Closed {
            exit,
            end: Some(End { exit, elapsed: self.began.elapsed(), at: SystemTime::now(), counts }),
        }
    }

    fn elapsed_ms(&self) -> u64 {
        self.began.elapsed().as_millis() as u64
    }
}
