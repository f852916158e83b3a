//! The heartbeat: renews the leases of all claims in hand.

use std::{sync::Arc, time::Instant};

use tracing::warn;

use super::{error::LaneError, shared::Shared, tally};
use crate::brokers::redis::Renewed;

/// Renews all leases, three times per lease. Returns only when Redis cannot be used.
pub(super) async fn heartbeat(shared: Arc<Shared>) -> LaneError {
    let mut beat = tokio::time::interval(shared.terms.lease / 3);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        beat.tick().await;
        let claims = shared.leases.ids();
        let Some(epoch) = shared.epoch.get().filter(|_| !claims.is_empty()) else { continue };
        tally::add(&shared.tally.calls, 1);
        let sent = Instant::now();
        match shared.queue.renew(epoch, &shared.terms, &claims).await {
            Err(error) => return error.into(),
            Ok(Renewed::Vanished) => {
                return LaneError::Vanished { queue: shared.queue.keys().pending().to_owned() };
            }
            Ok(Renewed::Held(held)) => {
                for (claim, is_there) in claims.iter().zip(held) {
                    // A claim that was settled in the meantime is no longer in hand, so it is not
                    // lost.
                    if shared.leases.heard(claim, is_there, sent) && !is_there {
                        warn!(
                            claim,
                            "a claim in hand is no longer this worker's: its lease ran out, or the \
                             queue was purged"
                        );
                    }
                }
            }
        }
    }
}
