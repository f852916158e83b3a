//! The request to stop, and the deadline that comes with it.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// Tells every part of a worker that it is asked to stop, and by when. Clones share one state.
#[derive(Clone, Debug, Default)]
pub struct Shutdown(Arc<State>);

#[derive(Debug, Default)]
struct State {
    deadline: OnceLock<Instant>,
    requested: Notify,
}

impl Shutdown {
    /// Nobody has asked yet. `start` makes the one that listens to signals.
    pub fn new() -> Shutdown {
        Shutdown::default()
    }

    /// Asks to stop within `grace`. Only the first request counts: a later one cannot move the
    /// deadline.
    pub fn request(&self, grace: Duration) {
        let now = Instant::now();
        // A grace period that the clock cannot add is taken for a day.
        let deadline = now.checked_add(grace).unwrap_or(now + Duration::from_secs(86_400));
        if self.0.deadline.set(deadline).is_ok() {
            self.0.requested.notify_waiters();
        }
    }

    /// Whether the worker is asked to stop. One atomic load, for loops on any thread.
    pub fn is_requested(&self) -> bool {
        self.0.deadline.get().is_some()
    }

    /// Returns once the worker is asked to stop; at once if it already is. Safe to drop and call
    /// again.
    pub async fn requested(&self) {
        let notified = self.0.requested.notified();
        tokio::pin!(notified);
        // Registered before looking, or a request in between would be missed.
        notified.as_mut().enable();
        if !self.is_requested() {
            notified.await;
        }
    }

    /// When the process will end, whatever it is doing; `None` before a request.
    pub fn deadline(&self) -> Option<Instant> {
        self.0.deadline.get().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn everyone_waiting_is_told_and_so_is_who_comes_later() {
        let shutdown = Shutdown::new();
        let waiters: Vec<_> = (0..3)
            .map(|_| {
                let shutdown = shutdown.clone();
                tokio::spawn(async move { shutdown.requested().await })
            })
            .collect();
        tokio::task::yield_now().await;
        assert!(waiters.iter().all(|waiter| !waiter.is_finished()));
        assert_eq!((shutdown.is_requested(), shutdown.deadline()), (false, None));

        shutdown.request(Duration::from_secs(5));

        for waiter in waiters {
            waiter.await.expect("a waiter does not panic");
        }
        shutdown.requested().await;
        assert!(shutdown.is_requested());
    }

    #[test]
    fn a_second_request_does_not_move_the_deadline() {
        let shutdown = Shutdown::new();
        shutdown.request(Duration::from_secs(5));
        let deadline = shutdown.deadline();
        shutdown.request(Duration::from_secs(500));
        assert_eq!(shutdown.deadline(), deadline);
    }

    #[test]
    fn a_boundless_grace_is_taken() {
        let shutdown = Shutdown::new();
        shutdown.request(Duration::MAX);
        assert!(shutdown.deadline().is_some());
    }
}
