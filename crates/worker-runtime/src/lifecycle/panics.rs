//! Turns a panic into a log line with its place, instead of text between the log lines.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::PanicHookInfo;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use tokio::sync::Notify;

use crate::exit::Exit;
use crate::lifecycle::report::Outcome;
use crate::lifecycle::termination::{Summary, TerminationFile};
use crate::logging::context::Context;

/// Knows whether any thread has panicked. A panic on a blocking thread would otherwise reach the
/// body as one more error, or leave it waiting forever for what that thread was to send.
#[derive(Clone, Debug, Default)]
pub(crate) struct Panics(Arc<State>);

#[derive(Debug, Default)]
struct State {
    /// The first one.
    told: OnceLock<String>,
    happened: Notify,
}

impl Panics {
    /// Replaces the process' panic hook. The termination message is written by the hook itself,
    /// since a panic may become an abort before any other code runs.
    pub(crate) fn watch(context: Arc<Context>, file: TerminationFile, began: Instant) -> Panics {
        let panics = Panics::default();
        let state = Arc::clone(&panics.0);
        std::panic::set_hook(Box::new(move |info| {
            let text = told(info);
            let backtrace = Backtrace::capture();
            let backtrace =
                (backtrace.status() == BacktraceStatus::Captured).then(|| backtrace.to_string());
            tracing::error!(
                thread = std::thread::current().name(),
                backtrace,
                exit_code = Exit::Bug.code(),
                "{text}; this is a bug in {}",
                context.about.name
            );
            if state.told.set(text.clone()).is_ok() {
                file.write(&Summary {
                    error: Some(text),
                    ..Summary::new(&context, Outcome::Failed, Exit::Bug, began)
                });
            }
            state.happened.notify_one();
        }));
        panics
    }

    /// Returns once a thread has panicked; at once if one already has.
    pub(crate) async fn happened(&self) {
        if self.0.told.get().is_none() {
            self.0.happened.notified().await;
        }
    }

    /// Whether a thread has panicked.
    pub(crate) fn any(&self) -> bool {
        self.0.told.get().is_some()
    }
}

fn told(info: &PanicHookInfo<'_>) -> String {
    let message = info.payload_as_str().unwrap_or("without a message");
    match info.location() {
        Some(place) => format!("panicked at {}:{}: {message}", place.file(), place.line()),
        None => format!("panicked: {message}"),
    }
}
