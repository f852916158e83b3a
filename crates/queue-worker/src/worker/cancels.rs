//! Which tasks in hand somebody has cancelled, as the last heartbeat has heard.

use std::collections::BTreeSet;

use tokio::sync::watch;

/// The cancelled tasks of one queue.
#[derive(Debug)]
pub(super) struct Cancels {
    ids: watch::Sender<BTreeSet<String>>,
}

impl Cancels {
    pub(super) fn new() -> Cancels {
        Cancels { ids: watch::Sender::new(BTreeSet::new()) }
    }

    /// A heartbeat says so. Those of before are over, or among them.
    pub(super) fn heard(&self, ids: Vec<String>) {
        let ids = BTreeSet::from_iter(ids);
        self.ids.send_if_modified(|known| {
            let is_new = *known != ids;
            *known = ids;
            is_new
        });
    }

    /// Completes when this task is cancelled.
    pub(super) async fn of(&self, id: &str) {
        let mut ids = self.ids.subscribe();
        if ids.wait_for(|ids| ids.contains(id)).await.is_err() {
            // There is no worker without its queues.
            std::future::pending::<()>().await;
        }
    }
}
