//! Whether several queues are drained at one moment.
//!
//! Each is looked at by itself, and a handler may push from one to another: the first queue may be
//! seen drained before that, and the second after it. So all are looked at twice. A task that was
//! anywhere at a moment between the two rounds has been settled until the second look at its queue,
//! or that look still finds it; so if all are drained twice, and none has counted anything between
//! its two looks, no task was anywhere at that moment.

use super::{error::LaneError, shared::Shared, tally};
use crate::queue::{Status, are_drained_together};

/// Whether nothing is left in any queue of the worker.
pub(super) async fn are_all_drained(shared: &Shared) -> Result<bool, LaneError> {
    let before = round(shared).await?;
    let after = round(shared).await?;
    Ok(are_drained_together(&before, &after))
}

async fn round(shared: &Shared) -> Result<Vec<Status>, LaneError> {
    let mut seen = Vec::with_capacity(shared.queues.len());
    for served in &shared.queues {
        tally::add(&shared.tally.calls, 1);
        seen.push(served.queue.status(0).await?);
    }
    Ok(seen)
}
