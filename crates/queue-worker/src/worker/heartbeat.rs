//! The heartbeat: renews the leases of all claims in hand.

use std::{sync::Arc, time::Instant};

use tracing::warn;

use super::{error::LaneError, served::Served, shared::Shared, tally};
use crate::brokers::redis::Renewed;

/// Renews all leases, three times per lease. Returns only when Redis cannot be used.
pub(super) async fn heartbeat(shared: Arc<Shared>) -> LaneError {
    let mut beat = tokio::time::interval(shared.terms.lease / 3);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        beat.tick().await;
        for served in &shared.queues {
            if let Err(error) = renew(&shared, served).await {
                return error;
            }
        }
    }
}

/// Renews the leases of the claims of one queue.
async fn renew(shared: &Shared, served: &Served) -> Result<(), LaneError> {
    let claims = served.leases.ids();
    let Some(epoch) = served.epoch().filter(|_| !claims.is_empty()) else { return Ok(()) };
    tally::add(&shared.tally.calls, 1);
    let sent = Instant::now();
    let Renewed::Held { claims: held, cancelled } =
        served.queue.renew(epoch, &shared.terms, &claims).await?
    else {
        return Err(LaneError::Vanished { queue: served.name().to_owned() });
    };
    served.cancels.heard(cancelled);
    for (claim, is_there) in claims.iter().zip(held) {
        // A claim that was settled in the meantime is no longer in hand, so it is not lost.
        if served.leases.heard(claim, is_there, sent) && !is_there {
            warn!(
                claim,
                "a claim in hand is no longer this worker's: its lease ran out, or the queue was \
                 purged"
            );
        }
    }
    Ok(())
}
