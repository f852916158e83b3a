//! What reading the fields of a log's lines takes besides the lines.

use super::clock::Clock;
use super::proxies::Proxies;

/// What reading the fields of a log's lines takes besides the lines.
#[derive(Clone, Debug, Default)]
pub(in crate::formats) struct Reading {
    /// Reads their times.
    pub clock: Clock,
    /// Who is believed about their clients.
    pub proxies: Proxies,
}
