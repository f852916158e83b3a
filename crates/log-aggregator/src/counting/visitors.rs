//! How many visitors a day had: a sketch of its distinct pairs of a client and a user agent.

use datasketches::hll::{Coupon, HllSketch, HllType, HllUnion};

use super::by_sender::BySender;
use super::sketch_bytes::{in_order, is_sound};

/// 2^14 registers of a byte: the standard error of an estimate is 0.81 %. Small counts are exact or
/// nearly so.
pub const LG_K: u8 = 14;

/// The relative standard error of a count: 1.04 / sqrt(2^14).
pub const STANDARD_ERROR: f64 = 0.0081;

const SIZE: &str = "the size is one that sketches have, 4 to 21";

/// The visitors of one day, or of another time, in 2^`LG` registers. Only who came counts, not how
/// often or when, so that parts of a day merge in any order.
///
/// Source: Flajolet et al., "HyperLogLog", 2007, as Apache DataSketches implements it. Of its two
/// estimates this is the composite one: the other one (HIP) profits from the order of a stream, and
/// so would depend on it.
#[derive(Clone, Debug)]
pub struct Visitors<const LG: u8 = LG_K> {
    sketch: HllSketch,
}

impl<const LG: u8> Visitors<LG> {
    /// Nobody yet.
    pub fn new() -> Self {
        let sketch = HllSketch::new(LG, HllType::Hll8).expect(SIZE);
        Visitors { sketch }
    }

    /// Adds a visitor by the hash of who it is.
    #[inline]
    pub fn add(&mut self, hash: u64) {
        self.sketch.update_with_coupon(Coupon::from_value(hash));
    }

    /// Adds a visitor of a day to a sketch of several days, in which each day has its own.
    #[inline]
    pub(super) fn add_of_day(&mut self, hash: u64, day: i64) {
        self.sketch.update_with_coupon(Coupon::from_value((hash, day)));
    }

    /// Adds all visitors of `other`.
    pub fn merge(&mut self, other: &Visitors<LG>) {
        self.merge_all(std::iter::once(other));
    }

    /// Adds all visitors of all others: the registers are copied once, and not for each of them,
    /// most of which may be small.
    pub(super) fn merge_all<'a>(&mut self, others: impl Iterator<Item = &'a Visitors<LG>>) {
        let mut others = others.filter(|other| !other.sketch.is_empty()).peekable();
        if others.peek().is_none() {
            return;
        }
        let mut union = HllUnion::new(LG).expect(SIZE);
        union.update(&self.sketch);
        others.for_each(|other| union.update(&other.sketch));
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
    pub fn from_bytes(bytes: &[u8]) -> Option<Visitors<LG>> {
        let sketch = HllSketch::deserialize(bytes).ok().filter(|_| is_sound(bytes))?;
        (sketch.lg_config_k() == LG && sketch.target_type() == HllType::Hll8)
            .then_some(Visitors { sketch })
    }
}

impl<const LG: u8> Default for Visitors<LG> {
    fn default() -> Self {
        Visitors::new()
    }
}

impl<const LG: u8> BySender<Visitors<LG>> {
    /// Adds all visitors of `other`, people and bots apart.
    pub fn merge(&mut self, other: &Self) {
        self.merge_all(std::iter::once(other));
    }

    /// The same of many at once, as [`Visitors`] do it.
    pub(super) fn merge_all<'a>(&mut self, others: impl Iterator<Item = &'a Self> + Clone) {
        self.people.merge_all(others.clone().map(|other| &other.people));
        self.bots.merge_all(others.map(|other| &other.bots));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use xxhash_rust::xxh3::xxh3_64;

    use super::*;

    fn of(numbers: impl IntoIterator<Item = u32>) -> Visitors {
        let mut visitors = Visitors::default();
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
            let mut merged: Visitors = Visitors::new();
            for part in &parts {
                merged.merge(part);
            }
            prop_assert_eq!(merged.count(), all.count());
            prop_assert!(merged.to_bytes() == all.to_bytes());
            let read: Visitors = Visitors::from_bytes(&all.to_bytes()).unwrap();
            prop_assert_eq!(read.count(), all.count());
            prop_assert!(read.to_bytes() == all.to_bytes());
        }
    }
}
