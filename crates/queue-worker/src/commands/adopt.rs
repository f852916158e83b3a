//! `adopt`: takes over what a crashed rediswq script left behind.

use tracing::{info, warn};
use worker_runtime::Report;

use super::{
    error::CommandError,
    output::done,
    queue_access::{no_queue, open},
};
use crate::cli::AdoptArgs;

/// Tasks looked at in one call.
const PAGE: usize = 100;

pub(super) async fn adopt(args: AdoptArgs) -> anyhow::Result<Report> {
    let queue = open(&args.queue)?;
    let processing = queue.keys().rediswq_processing();
    if queue.redis().is_cluster() {
        return Err(CommandError::AdoptInCluster { processing, queue: args.queue.queue }.into());
    }
    let (mut adopted, mut leased) = (0, 0);
    loop {
        // What is adopted leaves the list; what is still leased stays at its front.
        let tasks = queue.rediswq_processing(leased, PAGE).await?;
        if tasks.is_empty() {
            break;
        }
        for task in tasks {
            if queue.adopt(&task).await? { adopted += 1 } else { leased += 1 }
        }
    }
    if adopted + leased as u64 == 0 && !queue.status(0).await?.exists() {
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
    Ok(done().count("adopted", adopted).count("leased", leased as u64))
}
