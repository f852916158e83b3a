//! What ends the wait for a Job.

use std::fmt;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::Context;
use system_tests::kubernetes::Finished;
use tokio::signal::unix::{SignalKind, signal};

/// The benchmark was told to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interrupted {
    /// The number of the signal.
    pub signal: u8,
}

impl fmt::Display for Interrupted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ended by signal {}", self.signal)
    }
}

impl std::error::Error for Interrupted {}

/// What a waiting benchmark hears of.
pub(crate) enum Event {
    /// SIGINT or SIGTERM.
    Interrupted(Interrupted),
    /// A Job that this program runs itself has ended.
    Ended(anyhow::Result<Finished>),
}

/// The one who hears of signals and of the ends of Jobs.
pub(crate) struct Events {
    /// For those who have something to tell.
    pub(crate) sender: Sender<Event>,
    receiver: Receiver<Event>,
}

impl Events {
    /// Hears SIGINT and SIGTERM from here on, which end the program no more.
    pub(crate) fn listen() -> anyhow::Result<Events> {
        let (sender, receiver) = channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (mut interrupt, mut terminate) = {
            let _inside = runtime.enter();
            (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
        };
        let signals = sender.clone();
        // It ends with the program.
        std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
            runtime.block_on(async {
                loop {
                    let signal = tokio::select! {
                        _ = interrupt.recv() => 2,
                        _ = terminate.recv() => 15,
                    };
                    if signals.send(Event::Interrupted(Interrupted { signal })).is_err() {
                        break;
                    }
                }
            });
        })?;
        Ok(Events { sender, receiver })
    }

    /// The next event, if there is one until `deadline`.
    pub(crate) fn until(&self, deadline: Instant) -> anyhow::Result<Option<Event>> {
        match self.receiver.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(event) => Ok(Some(event)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => {
                Err(RecvTimeoutError::Disconnected).context("nobody is left to tell")
            }
        }
    }

    /// Lets so much time pass, and is an error where a signal comes.
    pub(crate) fn pause(&self, time: Duration) -> anyhow::Result<()> {
        match self.until(Instant::now() + time)? {
            Some(Event::Interrupted(signal)) => Err(signal.into()),
            Some(Event::Ended(_)) | None => Ok(()),
        }
    }
}
