//! Runs the body while listening to signals; whichever comes first decides how the run ends.

use std::time::{Duration, Instant};

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::lifecycle::panics::Panics;
use crate::lifecycle::report::Report;
use crate::lifecycle::shutdown::Shutdown;
use crate::lifecycle::worker_error::WorkerError;

/// How long a signal after the first belongs to the same stop.
///
/// One stop often comes as two signals: `timeout` signals its child and then the whole process
/// group, a terminal signals a group in which a wrapper passes the signal on as well, and so do
/// `systemd` (all processes of a unit) and `tini -g` above a shell with a `trap`. These come within
/// a few milliseconds. Nobody presses Ctrl-C a second time within a tenth of a second.
const SAME_STOP: Duration = Duration::from_millis(100);

/// SIGTERM, which Kubernetes sends, and SIGINT, which a terminal does.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    /// When the first one came.
    first: Option<Instant>,
}

impl Signals {
    /// From here on the signals no longer end the process by themselves. Needs a runtime.
    pub(crate) fn listen() -> std::io::Result<Signals> {
        let (terminate, interrupt) =
            (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        Ok(Signals { terminate, interrupt, first: None })
    }

    /// The next one's name; what comes within [`SAME_STOP`] of the first is left out.
    pub(crate) async fn next(&mut self) -> &'static str {
        loop {
            let name = tokio::select! {
                _ = self.terminate.recv() => "SIGTERM",
                _ = self.interrupt.recv() => "SIGINT",
            };
            match self.first {
                Some(first) if first.elapsed() < SAME_STOP => {
                    tracing::debug!(signal = name, "another signal of the same stop");
                }
                Some(_) => return name,
                None => {
                    self.first = Some(Instant::now());
                    return name;
                }
            }
        }
    }
}

/// Why a run is over.
pub(crate) enum Ending {
    /// The body came to its end.
    Returned(Result<Report, Box<dyn WorkerError>>),
    /// Some thread panicked.
    Panicked,
    /// The body did not stop in time, or got no time; the reason in words.
    Abandoned(&'static str),
}

/// Runs the body to its end, or to the end of its time after a signal. Whatever the ending, the
/// body is dropped here.
pub(crate) async fn supervise<E, Fut>(
    body: impl FnOnce() -> Fut,
    shutdown: &Shutdown,
    signals: &mut Signals,
    panics: &Panics,
    grace: Duration,
) -> Ending
where
    E: WorkerError,
    Fut: Future<Output = Result<Report, E>>,
{
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
                let grace_period_ms = grace.as_millis() as u64;
                tracing::info!(signal = name, grace_period_ms, "asked to stop");
                shutdown.request(grace);
            }
            () = overdue(shutdown.deadline()) => {
                return Ending::Abandoned("the grace period is over");
            }
            result = &mut body => {
                if panics.any() {
                    return Ending::Panicked;
                }
                return Ending::Returned(match result {
                    Ok(report) => Ok(report),
                    Err(error) => Err(Box::new(error)),
                });
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
