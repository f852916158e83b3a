//! `adopt`: takes over what a crashed rediswq script left behind.

use tracing::{info, warn};
use worker_runtime::Report;

use super::{
    error::CommandError,
    output::done,
    queue_access::{no_queue, open},
};
use crate::{
    Queue, QueueError,
    brokers::redis::{Keys, connection::ConnectionError},
    cli::AdoptArgs,
};

/// Tasks looked at in one call.
const PAGE: usize = 100;

pub(super) async fn adopt(args: AdoptArgs) -> anyhow::Result<Report> {
    let queue = open(&args.queue)?;
    let processing = queue.keys().rediswq_processing();
    if queue.redis().is_cluster() {
        return Err(CommandError::AdoptInCluster { processing, queue: args.queue.queue }.into());
    }
    let (adopted, leased) =
        adopt_all(&queue).await.map_err(|error| name_all_keys(error, queue.keys()))?;
    if adopted + leased == 0 && !queue.status(0).await?.exists() {
        return Err(no_queue(&queue).await.into());
    }
    if leased > 0 {
        warn!(
            tasks = leased,
            list = processing,
            "tasks with a living lease are left to their script; adopt again later"
        );
    }
    info!(tasks = adopted, list = processing, "tasks are back in the queue");
    Ok(done().count("adopted", adopted).count("leased", leased))
}

/// Takes over what it can, and counts what it did and what is left to its lease.
async fn adopt_all(queue: &Queue) -> Result<(u64, u64), QueueError> {
    let (mut adopted, mut leased) = (0, 0);
    loop {
        // What is adopted leaves the list; what is still leased stays at its front.
        let tasks = queue.rediswq_processing(leased, PAGE).await?;
        if tasks.is_empty() {
            return Ok((adopted, leased as u64));
        }
        for task in tasks {
            if queue.adopt(&task).await? { adopted += 1 } else { leased += 1 }
        }
    }
}

/// The script's keys are not among those of a queue, which a refusal names otherwise.
fn name_all_keys(error: QueueError, keys: &Keys) -> QueueError {
    match error {
        QueueError::Connection(ConnectionError::NoPermission { user, said, grant })
            if grant.starts_with('~') =>
        {
            let (name, processing) = (keys.pending(), keys.rediswq_processing());
            let leases = keys.rediswq_lease_prefix();
            let own = keys.claim_prefix().replace("claim:", "*");
            let grant = format!("~{name} ~{own} ~{processing} ~{leases}*");
            QueueError::Connection(ConnectionError::NoPermission { user, said, grant })
        }
        other => other,
    }
}
