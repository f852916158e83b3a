//! How often, and after which wait, a failed request is repeated.
//!
//! One policy serves requests, dropped bodies and conditional publishing; the SDK's own retries are off,
//! because they know nothing of the latter two and would multiply with ours.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::failure::Failure;
use crate::Error;

/// The longest wait between two attempts.
const LONGEST_DELAY: Duration = Duration::from_secs(10);

/// Attempts at connecting to a server that never answered: a wrong endpoint must be told quickly.
const FIRST_CONTACT_ATTEMPTS: u32 = 4;

#[derive(Debug, Clone, Copy)]
pub(super) struct RetryPolicy {
    /// All attempts, the first one included.
    pub(super) attempts: u32,
    /// The longest wait before the second attempt.
    pub(super) delay: Duration,
}

impl RetryPolicy {
    /// The wait after `made` failed attempts: it doubles, and is drawn between half of that and all of
    /// it by `random` in 0..1, so that workers that failed together do not come back together.
    fn delay_after(&self, made: u32, random: f64) -> Duration {
        let doublings = made.saturating_sub(1).min(16);
        let longest = self.delay.saturating_mul(1 << doublings).min(LONGEST_DELAY);
        longest.mul_f64(0.5 + random / 2.0)
    }
}

/// The attempts at one request.
#[derive(Debug)]
pub(super) struct Attempts<'a> {
    policy: RetryPolicy,
    made: u32,
    is_reached: &'a AtomicBool,
}

impl<'a> Attempts<'a> {
    pub(super) fn new(policy: RetryPolicy, is_reached: &'a AtomicBool) -> Attempts<'a> {
        Attempts { policy, made: 0, is_reached }
    }

    /// Notes a failed attempt: waits where another one is worth it, returns the error where it is not.
    pub(super) async fn failed(&mut self, failure: Failure) -> Result<(), Error> {
        self.made += 1;
        if failure.is_answer {
            self.is_reached.store(true, Ordering::Relaxed);
        }
        let limit = if self.is_reached.load(Ordering::Relaxed) {
            self.policy.attempts
        } else {
            self.policy.attempts.min(FIRST_CONTACT_ATTEMPTS)
        };
        if !failure.is_transient || self.made >= limit {
            return Err(failure.into_error(self.made));
        }
        let delay = self.policy.delay_after(self.made, fastrand::f64());
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
        let policy = RetryPolicy { attempts: 8, delay: Duration::from_millis(250) };
        let longest: Vec<u128> = (1..=8).map(|made| policy.delay_after(made, 1.0).as_millis()).collect();
        assert_eq!(longest, [250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
        assert_eq!(policy.delay_after(3, 0.0), Duration::from_millis(500));
        assert_eq!(policy.delay_after(u32::MAX, 1.0), Duration::from_secs(10));
    }
}
