//! How many visitors a day had: a sketch of its distinct pairs of a client and a user agent.

use datasketches::hll::{Coupon, HllSketch, HllType, HllUnion};

use super::sketch_bytes::in_order;

/// 2^14 registers of a byte: the standard error of an estimate is 0.81 %. Small counts are exact or
/// nearly so.
pub const LG_K: u8 = 14;

/// The relative standard error of a count: 1.04 / sqrt(2^14).
pub const STANDARD_ERROR: f64 = 0.0081;

/// The visitors of one day. Only who came counts, not how often or when, so that parts of a day
/// merge in any order.
///
/// Source: Flajolet et al., "HyperLogLog", 2007, as Apache DataSketches implements it. Of its two
/// estimates this is the composite one: the other one (HIP) profits from the order of a stream, and
/// so would depend on it.
#[derive(Clone, Debug)]
pub struct Visitors {
    sketch: HllSketch,
}

impl Visitors {
    /// Nobody yet.
    pub fn new() -> Self {
        let sketch = HllSketch::new(LG_K, HllType::Hll8).expect("14 is a size that the sketch has");
        Visitors { sketch }
    }

    /// Adds a visitor by the hash of who it is.
    #[inline]
    pub fn add(&mut self, hash: u64) {
        self.sketch.update_with_coupon(Coupon::from_value(hash));
    }

    /// Adds all visitors of `other`.
    pub fn merge(&mut self, other: &Visitors) {
        if other.sketch.is_empty() {
            return;
        }
        let mut union = HllUnion::new(LG_K).expect("14 is a size that the sketch has");
        union.update(&self.sketch);
        union.update(&other.sketch);
        self.sketch = union.to_sketch(HllType::Hll8);
    }

    /// About how many there were.
    pub fn count(&self) -> u64 {
        self.sketch.composite_estimate().round() as u64
    }

    /// The sketch in Apache DataSketches' own form: the same visitors give the same bytes, in
    /// whatever order they came.
    pub fn to_bytes(&self) -> Vec<u8> {
        in_order(self.sketch.serialize())
    }

    /// Reads what [`Visitors::to_bytes`] wrote; `None` where the bytes are not such a sketch.
    pub fn from_bytes(bytes: &[u8]) -> Option<Visitors> {
        let sketch = HllSketch::deserialize(bytes).ok()?;
        (sketch.lg_config_k() == LG_K && sketch.target_type() == HllType::Hll8)
            .then_some(Visitors { sketch })
    }
}

impl Default for Visitors {
    fn default() -> Self {
        Visitors::new()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use xxhash_rust::xxh3::xxh3_64;

    use super::*;

    fn of(numbers: impl IntoIterator<Item = u32>) -> Visitors {
        let mut visitors = Visitors::new();
        for number in numbers {
            visitors.add(xxh3_64(&number.to_be_bytes()));
        }
        visitors
    }

    #[test]
    fn counts_are_near_the_truth() {
        assert_eq!(of([]).count(), 0);
        assert_eq!(of([1, 1, 2]).count(), 2);
        for many in [1000_u32, 50_000, 300_000] {
            let counted = of(0..many).count() as f64;
            let error = (counted / f64::from(many) - 1.0).abs();
            assert!(error < 4.0 * STANDARD_ERROR, "{counted} of {many}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn the_count_depends_on_who_came_and_not_on_the_order_or_the_parts(
            ranges in prop::collection::vec((0u32..20_000, 1u32..9000), 1..4),
            reverse in any::<bool>(),
        ) {
            let all = of(ranges.iter().flat_map(|(from, length)| *from..from + length));
            let mut parts: Vec<Visitors> = ranges
                .iter()
                .map(|(from, length)| of((*from..from + length).rev()))
                .collect();
            if reverse {
                parts.reverse();
            }
            let mut merged = Visitors::new();
            for part in &parts {
                merged.merge(part);
            }
            prop_assert_eq!(merged.count(), all.count());
            prop_assert!(merged.to_bytes() == all.to_bytes());
            let read = Visitors::from_bytes(&all.to_bytes()).unwrap();
            prop_assert_eq!(read.count(), all.count());
            prop_assert!(read.to_bytes() == all.to_bytes());
        }
    }
}
