//! What was seen of all queues.

use crate::dashboard::Look;

/// What was seen last of all queues.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub looks: Vec<Look>,
    /// Why these are not fresh.
    pub problem: Option<String>,
}
