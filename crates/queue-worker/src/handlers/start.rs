//! Why a handler was not started, the wait for room for it, and the words for its end.

use std::{
    ffi::OsStr,
    io,
    process::ExitStatus,
    time::{Duration, Instant},
};

use thiserror::Error;
use tracing::{info, warn};
use worker_runtime::child::{Shortage, what_it_means, why_not_started};

use crate::backoff::delay;

/// How long a machine without room for another process is waited for.
const ROOM_WITHIN: Duration = Duration::from_secs(60);
const RETRY_BASE: Duration = Duration::from_millis(50);
const RETRY_CAP: Duration = Duration::from_secs(2);

/// A program was not started.
#[derive(Clone, Debug, Error)]
pub enum StartError {
    /// It cannot be, now or ever.
    #[error("cannot start {program}: {why} ({said})")]
    Program {
        /// Its name.
        program: String,
        /// What keeps it from being started, and what to do about it.
        why: String,
        /// What the system says.
        said: String,
    },
    /// It starts, and does not find what it is to run. What it did before that it has done.
    #[error(
        "cannot start {program}: it starts, but its command does not: look for a typo, or for what \
         the image lacks (the interpreter of a script's first line, a program that it calls) \
         ({said})"
    )]
    Command {
        /// Its name.
        program: String,
        /// What it said.
        said: String,
    },
    /// There is no room for it at this moment.
    #[error("cannot start {program}: {what} ({said})")]
    NoRoom {
        /// Its name.
        program: String,
        /// What is short, and where its limit is set.
        what: &'static str,
        /// What the system says.
        said: String,
    },
}

impl StartError {
    /// The same for a task that no process has had.
    pub(crate) fn before_any_task(self) -> StartError {
        match self {
            StartError::Command { program, said } => {
                let why = "it starts, but its command does not".to_owned();
                StartError::Program { program, why, said }
            }
            other => other,
        }
    }

    pub(crate) fn new(program: &OsStr, error: &io::Error) -> StartError {
        let program = program.to_string_lossy().into_owned();
        let said = error.to_string();
        let what = match Shortage::of(error) {
            Some(Shortage::Processes) => {
                "no more processes may be started (the pids limit of the pod or node, or ulimit -u)"
            }
            Some(Shortage::Memory) => "there is no memory for another process (limits.memory)",
            Some(Shortage::Files) => {
                "too many files are open (ulimit -n; each child takes three, --concurrency sets \
                 how many there are)"
            }
            Some(Shortage::FileIsBusy) => "the program's file is being written",
            None => {
                let path = std::env::var("PATH").unwrap_or_default();
                let why = why_not_started(&program, error, &path);
                return StartError::Program { program, why, said };
            }
        };
        StartError::NoRoom { program, what, said }
    }
}

/// The wait for room for another process.
#[derive(Debug, Default)]
pub(in crate::handlers) struct Waiting {
    since: Option<Instant>,
    tries: u32,
}

impl Waiting {
    /// How long to wait before the next try.
    ///
    /// # Errors
    ///
    /// When the error will not pass, or has not for too long.
    pub(in crate::handlers) fn after(&mut self, error: StartError) -> Result<Duration, StartError> {
        let now = Instant::now();
        let StartError::NoRoom { program, what, said } = &error else { return Err(error) };
        let since = *self.since.get_or_insert_with(|| {
            warn!(program, said, "a child cannot be started and is tried again: {what}");
            now
        });
        if now - since >= ROOM_WITHIN {
            return Err(error);
        }
        self.tries += 1;
        Ok(delay(RETRY_BASE, RETRY_CAP, self.tries - 1, rand::random()))
    }

    /// A child was started.
    pub(in crate::handlers) fn is_over(&mut self) {
        if let Some(since) = self.since.take() {
            info!(elapsed_ms = since.elapsed().as_millis() as u64, "children can be started again");
        }
        self.tries = 0;
    }
}

/// The words for an exit status.
pub(in crate::handlers) fn ended(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.code(), status.signal(), what_it_means(status)) {
        (Some(code), _, None) => format!("exit {code}"),
        (Some(code), _, Some(meaning)) => format!("exit {code} ({meaning})"),
        (None, Some(signal), None) => format!("killed by signal {signal}"),
        (None, Some(signal), Some(meaning)) => format!("killed by signal {signal}, {meaning}"),
        (None, None, _) => "ended".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::{os::unix::process::ExitStatusExt as _, process::ExitStatus};

    use rustix::io::Errno;

    use super::*;

    #[test]
    fn signal_9_is_told_with_what_it_mostly_means() {
        for status in [9, 137 << 8] {
            let words = ended(ExitStatus::from_raw(status));
            assert!(
                words.contains("signal 9, in a pod mostly for want of memory: see limits.memory"),
                "{words}"
            );
        }
        assert_eq!(ended(ExitStatus::from_raw(11)), "killed by signal 11");
        assert_eq!(ended(ExitStatus::from_raw(3 << 8)), "exit 3");
    }

    #[test]
    fn what_passes_is_tried_again_and_what_does_not_is_an_error_at_once() {
        let error = |errno: Errno| {
            StartError::new("h".as_ref(), &io::Error::from_raw_os_error(errno.raw_os_error()))
        };
        for passing in [Errno::AGAIN, Errno::NOMEM, Errno::MFILE, Errno::NFILE, Errno::TXTBSY] {
            let wait = Waiting::default().after(error(passing)).unwrap();
            assert!(wait <= RETRY_CAP, "{wait:?}");
        }
        for lasting in [Errno::NOENT, Errno::ACCESS, Errno::NOEXEC, Errno::TOOBIG] {
            let error = Waiting::default().after(error(lasting)).unwrap_err();
            assert!(matches!(error, StartError::Program { .. }), "{error}");
        }
    }

    #[test]
    fn no_room_for_a_minute_is_an_error() {
        let error = StartError::new(
            "h".as_ref(),
            &io::Error::from_raw_os_error(Errno::AGAIN.raw_os_error()),
        );
        let mut waiting = Waiting { since: Instant::now().checked_sub(ROOM_WITHIN), tries: 40 };
        let error = waiting.after(error).unwrap_err().to_string();
        assert!(error.contains("no more processes may be started (the pids limit"), "{error}");
    }
}
