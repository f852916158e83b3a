//! What is shown.

use crate::queue::Status;

/// A queue as it was seen.
#[derive(Clone, Debug)]
pub struct Look {
    /// Its name.
    pub name: String,
    /// How it stands.
    pub status: Status,
    /// Tasks that were done or died, a second: in the last minute, if that is known yet.
    pub per_second: Option<f64>,
    /// The same in the last hour, or since it was first seen.
    pub per_second_in_hour: Option<f64>,
}

/// A dead letter, or a task that waits for its next attempt.
#[derive(Clone, Debug)]
pub struct DeadLetter {
    /// Its id.
    pub id: String,
    /// When it died, as RFC 3339.
    pub died_at: String,
    /// Why.
    pub reason: String,
    /// Attempts that failed.
    pub attempts: u32,
    /// Attempts that ended with their worker.
    pub crashes: u32,
    /// Who had it last.
    pub worker: String,
    /// The last error on one line; `None` where it is not to be shown.
    pub error: Option<String>,
    /// The payload on one line; `None` where it is not to be shown.
    pub payload: Option<String>,
    /// Bytes of the whole payload.
    pub payload_bytes: usize,
}

/// What the reader of a page may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reader {
    /// Look: nobody can log in here.
    Looks,
    /// Look, and log in.
    MayLogIn,
    /// Retry, drop, pause and resume, by forms that bear this.
    Acts {
        /// What no other site knows.
        form_token: String,
    },
}

impl Look {
    /// In one word.
    #[must_use]
    pub fn state(&self) -> &'static str {
        let status = &self.status;
        if !status.exists() {
            "not there"
        } else if status.paused_since_ms.is_some() {
            "paused"
        } else if status.in_hand > 0 {
            "working"
        } else if status.open() > 0 {
            "waiting"
        } else {
            "drained"
        }
    }

    /// One of the sums since the queue was made or purged.
    #[must_use]
    pub fn count(&self, what: &str) -> u64 {
        self.status.counts.get(what).copied().unwrap_or(0)
    }
}
