//! How often, and after which wait, a failed request is repeated.
//!
//! One policy serves requests, dropped bodies and conditional publishing; the SDK's own retries are
//! off, because they know nothing of the latter two and would multiply with ours.
//!
//! A server that answers with failures gets a number of attempts. One that cannot be reached gets a
//! time: it, or the proxy before it, may still have to start, and nobody can say how many attempts
//! that takes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use worker_runtime::Outage;

use super::failure::Failure;
use crate::Error;

/// The longest wait between two attempts at a request that is answered with failures.
const LONGEST_DELAY: Duration = Duration::from_secs(10);

/// The same while the server cannot be reached: it is noticed soon that it is there, at a cost of
/// one connection.
const LONGEST_DOWN_DELAY: Duration = Duration::from_secs(3);

/// The shortest one then, whatever `--s3-retry-delay` says: only time ends these attempts.
const LEAST_DOWN_DELAY: Duration = Duration::from_millis(50);

/// How long a server that does answer may answer with failures alone before that is told: being
/// asked to slow down for a moment is everyday life at S3.
const BUSY_IS_TOLD_AFTER: Duration = Duration::from_secs(1);

#[derive(Debug, Clone, Copy)]
pub(super) struct RetryPolicy {
    /// All attempts at a request that is answered with failures, the first one included.
    pub(super) attempts: u32,
    /// The longest wait before the second attempt.
    pub(super) delay: Duration,
    /// How long a server that cannot be reached is waited for.
    pub(super) down_timeout: Duration,
}

impl RetryPolicy {
    /// The wait after `made` failed attempts: it doubles, and is drawn between half of that and all
    /// of it by `random` in 0..1, so that workers that failed together do not come back together.
    fn delay_after(&self, made: u32, random: f64) -> Duration {
        let doublings = made.saturating_sub(1).min(16);
        let longest = self.delay.saturating_mul(1 << doublings).min(LONGEST_DELAY);
        longest.mul_f64(0.5 + random / 2.0)
    }
}

/// Whether the server has been heard of, and whether it is now.
#[derive(Debug)]
pub(super) struct Contact {
    /// Whether it has answered any request yet.
    is_made: AtomicBool,
    outage: Outage,
}

impl Contact {
    pub(super) fn new(endpoint: &str) -> Contact {
        Contact { is_made: AtomicBool::new(false), outage: Outage::new("S3", endpoint.to_owned()) }
    }

    /// Notes that the server has answered, and not with a failure of its own.
    pub(super) fn answered(&self) {
        self.is_made.store(true, Ordering::Relaxed);
        self.outage.ends();
    }
}

/// The attempts at one request.
#[derive(Debug)]
pub(super) struct Attempts<'a> {
    policy: RetryPolicy,
    contact: &'a Contact,
    /// All that failed.
    made: u32,
    /// Those of them that reached the server.
    answered: u32,
    /// When the first one failed.
    failed_at: Option<Instant>,
    /// When the first one failed of those that have not reached the server since.
    down_since: Option<Instant>,
}

impl<'a> Attempts<'a> {
    pub(super) fn new(policy: RetryPolicy, contact: &'a Contact) -> Attempts<'a> {
        Attempts { policy, contact, made: 0, answered: 0, failed_at: None, down_since: None }
    }

    /// Notes a failed attempt: waits where another one is worth it, returns the error where it is
    /// not.
    pub(super) async fn failed(&mut self, failure: Failure) -> Result<(), Error> {
        let now = Instant::now();
        let failed_at = *self.failed_at.get_or_insert(now);
        self.made = self.made.saturating_add(1);
        if failure.is_contact {
            self.contact.is_made.store(true, Ordering::Relaxed);
        }
        if !failure.is_transient {
            if failure.is_contact {
                self.contact.answered();
            }
            return Err(failure.into_error(self.made, now - failed_at));
        }
        // Silence of a server that was never heard of is no different from a connection that is
        // refused.
        let is_down = failure.is_down || !self.contact.is_made.load(Ordering::Relaxed);
        let told_after = if is_down { Duration::ZERO } else { BUSY_IS_TOLD_AFTER };
        self.contact.outage.fails(&failure.cause(), told_after);
        let delay = self.policy.delay_after(self.made, fastrand::f64());
        let delay = if is_down {
            let down_for = now - *self.down_since.get_or_insert(now);
            let left = self.policy.down_timeout.saturating_sub(down_for);
            if left.is_zero() {
                return Err(failure.into_error_of_time(self.made, now - failed_at));
            }
            delay.clamp(LEAST_DOWN_DELAY, LONGEST_DOWN_DELAY).min(left)
        } else {
            self.down_since = None;
            self.answered += 1;
            if self.answered >= self.policy.attempts {
                return Err(failure.into_error(self.made, now - failed_at));
            }
            delay
        };
        tracing::debug!(
            attempt = self.made,
            delay_ms = delay.as_millis(),
            error = %failure.error,
            "an S3 request failed and is repeated"
        );
        tokio::time::sleep(delay).await;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::RetryPolicy;
    use std::time::Duration;

    #[test]
    fn the_wait_doubles_up_to_ten_seconds_and_is_drawn_from_its_upper_half() {
        let delay = Duration::from_millis(250);
        let policy = RetryPolicy { attempts: 8, delay, down_timeout: Duration::ZERO };
        let longest: Vec<u128> =
            (1..=8).map(|made| policy.delay_after(made, 1.0).as_millis()).collect();
        assert_eq!(longest, [250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
        assert_eq!(policy.delay_after(3, 0.0), Duration::from_millis(500));
        assert_eq!(policy.delay_after(u32::MAX, 1.0), Duration::from_secs(10));
    }
}
