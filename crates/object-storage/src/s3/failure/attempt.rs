//! A failed attempt, and what it says of the next one.

use std::time::Duration;

use crate::{Action, Error, Location};

/// One failed attempt at a request.
#[derive(Debug)]
pub(in crate::s3) struct Failure {
    /// What to return if this was the last attempt.
    pub(in crate::s3) error: Error,
    /// Whether another attempt can succeed.
    pub(in crate::s3) is_transient: bool,
    /// Whether a connection was made and used, so that the endpoint is the right one.
    pub(in crate::s3) is_contact: bool,
    /// Whether the service was not reached at all, so that it may still have to start.
    pub(in crate::s3) is_down: bool,
    /// Whether the server may have carried the request out nevertheless.
    pub(in crate::s3) is_in_doubt: bool,
    /// The server's error code, or its HTTP status where it sent no code.
    pub(in crate::s3) code: Option<Box<str>>,
}

impl Failure {
    /// The error, with the number of attempts and the time it took.
    pub(in crate::s3) fn into_error(self, made: u32, took: Duration) -> Error {
        let mut error = self.error;
        match &mut error {
            Error::Unavailable { attempts, down_for, .. } => (*attempts, *down_for) = (made, took),
            Error::Unreachable { down_for, .. } => *down_for = took,
            // A silent one has told how long it was listened to.
            Error::CredentialsUnavailable { down_for, .. } => *down_for = took.max(*down_for),
            _ => {}
        }
        error
    }

    /// The same, where the time for a server that cannot be reached is over, however many attempts
    /// there were.
    pub(in crate::s3) fn into_error_of_time(self, made: u32, took: Duration) -> Error {
        let mut error = self.into_error(made, took);
        if let Error::Unavailable { is_out_of_time, .. } = &mut error {
            *is_out_of_time = true;
        }
        error
    }

    /// Whether the answer was an error without a word on why: HEAD has no body that could hold one.
    pub(in crate::s3) fn is_mute(&self) -> bool {
        !self.is_transient && matches!(self.code.as_deref(), Some("400" | "401" | "403"))
    }

    /// What went wrong, without what was tried and the remedy.
    pub(in crate::s3) fn cause(&self) -> String {
        match &self.error {
            Error::Unavailable { detail, .. } | Error::Unreachable { detail, .. } => detail.clone(),
            Error::CredentialsUnavailable { provider, detail, .. } => {
                format!("{provider} gives no credentials: {detail}")
            }
            error => error.to_string(),
        }
    }

    /// A failure after the answer had begun: the rest of it did not come.
    pub(in crate::s3) fn of_body(action: Action, at: &Location, detail: String) -> Failure {
        Failure {
            error: unavailable(action, at, detail),
            is_transient: true,
            is_contact: true,
            is_down: false,
            is_in_doubt: false,
            code: None,
        }
    }

    /// An answer that no further attempt would change.
    pub(in crate::s3) fn of_answer(error: Error) -> Failure {
        Failure {
            error,
            is_transient: false,
            is_contact: true,
            is_down: false,
            is_in_doubt: false,
            code: None,
        }
    }
}

pub(super) fn unavailable(action: Action, at: &Location, detail: String) -> Error {
    Error::Unavailable {
        action,
        at: at.clone(),
        attempts: 0,
        down_for: Duration::ZERO,
        detail,
        is_out_of_time: false,
    }
}
