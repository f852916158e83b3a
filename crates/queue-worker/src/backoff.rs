//! Waiting between tries: doubling, capped, jittered.

use std::time::Duration;

/// A doubling delay with a cap. The caller brings the randomness.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    base: Duration,
    cap: Duration,
    tries: u32,
}

impl Backoff {
    /// The first delay is about `base`; none is longer than `cap`.
    #[must_use]
    pub(crate) fn new(base: Duration, cap: Duration) -> Backoff {
        Backoff { base, cap, tries: 0 }
    }

    /// The next delay: between half and the whole of the doubled base, `random` in 0..1 says where.
    pub(crate) fn next(&mut self, random: f64) -> Duration {
        let delay = delay(self.base, self.cap, self.tries, random);
        self.tries = self.tries.saturating_add(1);
        delay
    }
}

/// The delay after `earlier` others.
#[must_use]
pub(crate) fn delay(base: Duration, cap: Duration, earlier: u32, random: f64) -> Duration {
    let whole =
        base.checked_mul(2u32.saturating_pow(earlier.min(30))).map_or(cap, |delay| delay.min(cap));
    whole.mul_f64(0.5 + 0.5 * random.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_delay_doubles_up_to_the_cap() {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_millis(500));
        let delays: Vec<u128> = (0..5).map(|_| backoff.next(1.0).as_millis()).collect();
        assert_eq!(delays, [100, 200, 400, 500, 500]);
    }

    proptest! {
        #[test]
        fn no_delay_is_longer_than_the_cap_or_shorter_than_half_the_base(
            base in 1u64..10_000,
            more in 0u64..100_000,
            earlier in any::<u32>(),
            random in 0.0..1.0f64,
        ) {
            let (base, cap) = (Duration::from_millis(base), Duration::from_millis(base + more));
            let delay = delay(base, cap, earlier, random);
            prop_assert!(delay <= cap && delay >= base / 2);
        }
    }
}
