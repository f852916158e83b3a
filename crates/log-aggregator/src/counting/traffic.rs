//! The traffic of an hour, a host, or whatever else is counted by itself.

use crate::formats::Entry;

/// The traffic of an hour, or of any other time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Requests.
    pub requests: u64,
    /// Bytes that were sent.
    pub bytes: u64,
    /// Requests with a status of 400 or more.
    pub errors: u64,
    /// Requests of bots.
    pub bot_requests: u64,
}

impl Traffic {
    /// Adds another part.
    pub fn merge(&mut self, other: &Traffic) {
        self.requests += other.requests;
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.errors += other.errors;
        self.bot_requests += other.bot_requests;
    }

    /// Adds a request. Whether a bot sent it is found out later.
    #[inline]
    pub(super) fn add(&mut self, entry: &Entry<'_>) {
        self.requests += 1;
        self.bytes = self.bytes.saturating_add(entry.bytes);
        self.errors += u64::from(entry.status.is_some_and(|status| status >= 400));
    }

    /// Adds a request of which it is known whether a bot sent it.
    #[inline]
    pub(super) fn add_of(&mut self, entry: &Entry<'_>, is_bot: bool) {
        self.add(entry);
        self.bot_requests += u64::from(is_bot);
    }

    /// All parts together.
    pub(crate) fn sum<'a>(parts: impl IntoIterator<Item = &'a Traffic>) -> Traffic {
        parts.into_iter().fold(Traffic::default(), |mut sum, part| {
            sum.merge(part);
            sum
        })
    }
}
