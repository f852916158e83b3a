//! What this worker holds, and until when it may be sure of it by its own monotonic clock.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::watch;

/// Until when a claim is surely held; `None` once it is known to be lost.
type Until = Option<Instant>;

/// All claims of this worker.
#[derive(Clone, Debug)]
pub struct Leases {
    lease: Duration,
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
    pub fn new(lease: Duration) -> Leases {
        Leases { lease, held: Arc::default() }
    }

    /// Redis counts from when it executed the call, which was not before the call was sent. A tenth
    /// is kept back.
    fn sure_until(&self, sent: Instant) -> Instant {
        sent + self.lease.mul_f64(0.9)
    }

    /// A claim was taken by a call that was sent at `sent`.
    #[must_use]
    pub fn hold(&self, id: &str, sent: Instant) -> Held {
        let (sender, until) = watch::channel(Some(self.sure_until(sent)));
        self.held().insert(id.to_owned(), sender);
        Held { id: id.to_owned(), until, leases: self.clone() }
    }

    /// The ids to renew.
    #[must_use]
    pub fn ids(&self) -> Vec<String> {
        self.held().keys().cloned().collect()
    }

    /// A heartbeat that was sent at `sent` says whether a claim is still there. Answers whether it
    /// is in hand.
    pub fn heard(&self, id: &str, is_there: bool, sent: Instant) -> bool {
        let held = self.held();
        let Some(until) = held.get(id) else { return false };
        until.send_replace(is_there.then(|| self.sure_until(sent)));
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
        self.until.borrow().is_some_and(|until| now < until)
    }

    /// Ends when the claim is lost, or may be.
    pub async fn unsure(&self) {
        let mut until = self.until.clone();
        loop {
            let Some(sure) = *until.borrow_and_update() else { return };
            tokio::select! {
                () = tokio::time::sleep_until(sure.into()) => {
                    if until.borrow().is_none_or(|until| until <= Instant::now()) {
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
        let held = Leases::new(LEASE).hold("c", sent);
        assert!(held.is_sure(sent + Duration::from_secs(26)));
        assert!(!held.is_sure(sent + Duration::from_secs(27)));
    }

    #[test]
    fn a_heartbeat_prolongs_it_or_ends_it_at_once() {
        block_on(async {
            let sent = Instant::now();
            let leases = Leases::new(LEASE);
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
        let leases = Leases::new(LEASE);
        let (a, b) = (leases.hold("a", Instant::now()), leases.hold("b", Instant::now()));
        drop(a);
        assert_eq!(leases.ids(), ["b"]);
        drop(b);
        assert!(leases.ids().is_empty());
    }

    #[test]
    fn without_heartbeats_a_claim_becomes_unsure_by_itself() {
        block_on(async {
            let leases = Leases::new(Duration::from_millis(20));
            let held = leases.hold("c", Instant::now());
            held.unsure().await;
            assert!(!held.is_sure(Instant::now()));
        });
    }
}
