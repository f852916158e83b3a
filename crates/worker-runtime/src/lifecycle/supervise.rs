//! Runs the body beside the signals: who ends first decides.

use std::time::{Duration, Instant};

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::lifecycle::panics::Panics;
use crate::lifecycle::report::Report;
use crate::lifecycle::shutdown::Shutdown;

/// SIGTERM, which Kubernetes sends, and SIGINT, which a terminal does.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// From here on the signals no longer end the process by themselves. Needs a runtime.
    pub(crate) fn listen() -> std::io::Result<Signals> {
        Ok(Signals { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// The next one's name.
    pub(crate) async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

/// Why a run is over.
pub(crate) enum Ending {
    /// The body came to its end.
    Returned(anyhow::Result<Report>),
    /// Some thread panicked.
    Panicked,
    /// The body did not stop in time, or was not given any; why.
    Abandoned(&'static str),
}

/// Runs the body to its end, or to the end of its time after a signal. Whatever the ending, the body is dropped here.
pub(crate) async fn supervise<Fut: Future<Output = anyhow::Result<Report>>>(
    body: impl FnOnce() -> Fut,
    shutdown: &Shutdown,
    signals: &mut Signals,
    panics: &Panics,
    grace: Duration,
) -> Ending {
    let body = body();
    tokio::pin!(body);
    loop {
        tokio::select! {
            biased;
            () = panics.happened() => return Ending::Panicked,
            name = signals.next() => {
                if shutdown.is_requested() {
                    return Ending::Abandoned("a second signal came");
                }
                tracing::info!(signal = name, grace_period_ms = grace.as_millis() as u64, "asked to stop");
                shutdown.request(grace);
            }
            () = overdue(shutdown.deadline()) => return Ending::Abandoned("the grace period is over"),
            result = &mut body => {
                return if panics.any() { Ending::Panicked } else { Ending::Returned(result) };
            }
        }
    }
}

async fn overdue(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}
