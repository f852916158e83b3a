//! What this worker holds, and until when it may be sure of it by its own monotonic clock.
//!
//! Pure: the caller says what time it is, and what Redis has answered.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::watch;

use crate::queue::Delivery;

/// Until when a claim is surely the worker's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Until {
    /// Its lease runs out then, unless it is renewed.
    Leased(Instant),
    /// It was given back to the queue, or purged with it.
    Lost,
    /// For good: nobody else is ever given its tasks, whatever becomes of the lease, by which Redis
    /// only knows how many tasks are in hand.
    Own,
}

/// All claims of this worker.
#[derive(Clone, Debug)]
pub struct Leases {
    lease: Duration,
    delivery: Delivery,
    held: Arc<Mutex<HashMap<String, watch::Sender<Until>>>>,
}

/// One claim in hand.
#[derive(Debug)]
pub struct Held {
    id: String,
    until: watch::Receiver<Until>,
    leases: Leases,
}

impl Leases {
    /// None yet; each will be for `lease`.
    #[must_use]
    pub fn new(lease: Duration, delivery: Delivery) -> Leases {
        Leases { lease, delivery, held: Arc::default() }
    }

    /// Redis counts the lease from when it executed the call, which is after the call was sent, so
    /// counting from `sent` errs on the safe side. A tenth is kept in reserve.
    fn until(&self, sent: Instant) -> Until {
        match self.delivery {
            Delivery::AtLeastOnce => Until::Leased(sent + self.lease.mul_f64(0.9)),
            Delivery::AtMostOnce => Until::Own,
        }
    }

    /// A claim was taken by a call that was sent at `sent`.
    #[must_use]
    pub fn hold(&self, id: &str, sent: Instant) -> Held {
        let (sender, until) = watch::channel(self.until(sent));
        self.held().insert(id.to_owned(), sender);
        Held { id: id.to_owned(), until, leases: self.clone() }
    }

    /// The ids to renew.
    #[must_use]
    pub fn ids(&self) -> Vec<String> {
        self.held().keys().cloned().collect()
    }

    /// A heartbeat sent at `sent` says whether a claim is still there. Returns true if the claim is
    /// in hand and depends on its lease.
    pub fn heard(&self, id: &str, is_there: bool, sent: Instant) -> bool {
        let held = self.held();
        let Some(until) = held.get(id) else { return false };
        if self.delivery == Delivery::AtMostOnce {
            return false;
        }
        until.send_replace(if is_there { self.until(sent) } else { Until::Lost });
        true
    }

    fn held(&self) -> MutexGuard<'_, HashMap<String, watch::Sender<Until>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// Whether the claim is surely still the worker's own.
    #[must_use]
    pub fn is_sure(&self, now: Instant) -> bool {
        match *self.until.borrow() {
            Until::Leased(until) => now < until,
            Until::Lost => false,
            Until::Own => true,
        }
    }

    /// Completes when the claim is lost or may be lost.
    pub async fn unsure(&self) {
        let mut until = self.until.clone();
        loop {
            let now = *until.borrow_and_update();
            let sure = match now {
                Until::Leased(sure) => sure,
                Until::Lost => return,
                Until::Own => std::future::pending().await,
            };
            tokio::select! {
                () = tokio::time::sleep_until(sure.into()) => {
                    if !self.is_sure(Instant::now()) {
                        return;
                    }
                }
                changed = until.changed() => {
                    if changed.is_err() {
                        return;
                    }
                }
            }
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.leases.held().remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEASE: Duration = Duration::from_secs(30);

    fn block_on<F: Future>(future: F) -> F::Output {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap()
            .block_on(future)
    }

    #[test]
    fn a_claim_is_sure_for_less_than_its_lease_counted_from_before_the_call() {
        let sent = Instant::now();
        let held = Leases::new(LEASE, Delivery::AtLeastOnce).hold("c", sent);
        assert!(held.is_sure(sent + Duration::from_secs(26)));
        assert!(!held.is_sure(sent + Duration::from_secs(27)));
    }

    #[test]
    fn a_heartbeat_prolongs_it_or_ends_it_at_once() {
        block_on(async {
            let sent = Instant::now();
            let leases = Leases::new(LEASE, Delivery::AtLeastOnce);
            let (a, b) = (leases.hold("a", sent), leases.hold("b", sent));
            assert!(leases.heard("a", true, sent + LEASE));
            assert!(leases.heard("b", false, sent + LEASE));
            assert!(!leases.heard("c", true, sent + LEASE));
            assert!(a.is_sure(sent + LEASE));
            assert!(!b.is_sure(sent));
            b.unsure().await;
        });
    }

    #[test]
    fn what_is_let_go_is_not_renewed() {
        let leases = Leases::new(LEASE, Delivery::AtLeastOnce);
        let (a, b) = (leases.hold("a", Instant::now()), leases.hold("b", Instant::now()));
        drop(a);
        assert_eq!(leases.ids(), ["b"]);
        drop(b);
        assert!(leases.ids().is_empty());
    }

    #[test]
    fn without_heartbeats_a_claim_becomes_unsure_by_itself() {
        block_on(async {
            let leases = Leases::new(Duration::from_millis(20), Delivery::AtLeastOnce);
            let held = leases.hold("c", Instant::now());
            held.unsure().await;
            assert!(!held.is_sure(Instant::now()));
        });
    }

    #[test]
    fn tasks_that_are_given_out_at_most_once_stay_the_workers_own() {
        let sent = Instant::now();
        let leases = Leases::new(LEASE, Delivery::AtMostOnce);
        let held = leases.hold("c", sent);
        assert!(held.is_sure(sent + 100 * LEASE));
        assert_eq!(leases.ids(), ["c"], "renewed all the same, so that --limit counts them");
        assert!(!leases.heard("c", false, sent), "a lost lease loses nothing");
        assert!(held.is_sure(sent + 100 * LEASE));
    }
}
