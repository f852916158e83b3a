//! `cancel`: tasks that are not to be done.

use tracing::info;
use worker_runtime::Report;

use super::{
    error::CommandError,
    output::done,
    queue_access::{no_queue, open},
};
use crate::{brokers::redis::Cancelled, cli::CancelArgs};

pub(super) async fn cancel(args: CancelArgs) -> anyhow::Result<Report> {
    let queue = open(&args.queue)?;
    let (mut waited, mut in_hand, mut unknown) = (0, 0, Vec::new());
    for task in args.ids {
        match queue.cancel(&task).await? {
            Cancelled::Waited => {
                waited += 1;
                info!(task, "the task is cancelled: it waited, and is a dead letter now");
            }
            Cancelled::InHand { worker } => {
                in_hand += 1;
                info!(
                    task,
                    worker,
                    "the task is in hand: its worker ends it when it renews its lease, and it is a \
                     dead letter then, unless it is done before"
                );
            }
            Cancelled::Dead => info!(task, "the task is a dead letter already"),
            Cancelled::Unknown => unknown.push(task),
        }
    }
    if !unknown.is_empty() {
        if !queue.status(0).await?.exists() {
            return Err(no_queue(&queue).await.into());
        }
        return Err(CommandError::NotCancelled { ids: unknown }.into());
    }
    Ok(done().count("waited", waited).count("in_hand", in_hand))
}
