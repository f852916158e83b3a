//! How long the requests of one path or host took: a small sketch with a stated error.

use super::part::Part;

/// The longest time that is distinguished from longer ones: an hour, in microseconds.
const LONGEST: u64 = 3_600_000_000;

/// Bits of a time that are kept: 64 buckets between a number and its double.
const BITS: u32 = 6;

/// The relative error of a time: half of a bucket's width.
pub const TIME_SKETCH_ERROR: f64 = 1.0 / 128.0;

/// Buckets that are kept together, and of which only those are kept that have something in them.
const PAGE: usize = 32;

/// All buckets, those of [`LONGEST`] among them, are on so many pages.
const PAGES: usize = 54;

/// A distribution of times, in microseconds. Times below 128 µs are exact; the buckets of others
/// are at most 1/64 wide, as in an HdrHistogram, but only those parts take memory that have a time
/// in them. Parts merge exactly, in any order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeSketch {
    /// Where in `counts` each page is, from 1; 0 is nowhere.
    places: [u8; PAGES],
    counts: Vec<[u64; PAGE]>,
    number: u64,
}

impl TimeSketch {
    /// Adds a time in microseconds; more than an hour counts as an hour.
    #[inline]
    pub fn add(&mut self, micros: u64) {
        self.add_to(bucket(micros.min(LONGEST)), 1);
    }

    #[inline]
    fn add_to(&mut self, bucket: usize, number: u64) {
        let (page, at) = (bucket / PAGE, bucket % PAGE);
        let place = match self.places[page] {
            0 => self.new_page(page),
            place => usize::from(place) - 1,
        };
        self.counts[place][at] += number;
        self.number += number;
    }

    #[cold]
    fn new_page(&mut self, page: usize) -> usize {
        self.counts.reserve_exact(1);
        self.counts.push([0; PAGE]);
        self.places[page] = self.counts.len() as u8;
        self.counts.len() - 1
    }

    /// How many there are.
    pub fn len(&self) -> u64 {
        self.number
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.number == 0
    }

    /// The time that a share of the requests, 0.0 to 1.0, did not exceed, in microseconds: the
    /// middle of its bucket.
    pub fn at(&self, quantile: f64) -> u64 {
        let rank = ((quantile.clamp(0.0, 1.0) * self.number as f64).ceil() as u64).max(1);
        let mut seen = 0;
        let found = self.buckets().find(|(_, number)| {
            seen += number;
            seen >= rank
        });
        found.map_or(0, |(bucket, _)| middle(bucket))
    }

    /// Every bucket that has times, in their order, and how many.
    pub(crate) fn buckets(&self) -> impl Iterator<Item = (u16, u64)> + '_ {
        let pages = self.places.iter().enumerate().filter(|(_, place)| **place > 0);
        pages.flat_map(|(page, place)| {
            let counts = self.counts[usize::from(*place) - 1].iter().enumerate();
            counts
                .filter(|(_, number)| **number > 0)
                .map(move |(at, number)| ((page * PAGE + at) as u16, *number))
        })
    }

    /// The sketch of stored buckets; `None` where there is no such bucket.
    pub(crate) fn stored(buckets: &[(u16, u64)]) -> Option<TimeSketch> {
        let mut sketch = TimeSketch::default();
        for (bucket, number) in buckets {
            if usize::from(*bucket) >= PAGES * PAGE {
                return None;
            }
            sketch.number.checked_add(*number)?;
            sketch.add_to(usize::from(*bucket), *number);
        }
        Some(sketch)
    }
}

impl Part for TimeSketch {
    fn merge(&mut self, other: &TimeSketch) {
        other.buckets().for_each(|(bucket, number)| self.add_to(usize::from(bucket), number));
    }

    fn requests(&self) -> u64 {
        self.number
    }

    #[inline]
    fn size(&self) -> usize {
        self.counts.len() * size_of::<[u64; PAGE]>()
    }
}

impl Default for TimeSketch {
    fn default() -> Self {
        TimeSketch { places: [0; PAGES], counts: Vec::new(), number: 0 }
    }
}

/// The bucket of a time.
#[inline]
fn bucket(micros: u64) -> usize {
    let shift = (u64::BITS - micros.leading_zeros()).saturating_sub(BITS + 1);
    (micros >> shift) as usize + ((shift as usize) << BITS)
}

/// The middle of a bucket.
fn middle(bucket: u16) -> u64 {
    let bucket = u64::from(bucket);
    let shift = (bucket >> BITS).saturating_sub(1);
    let least = (bucket - (shift << BITS)) << shift;
    least + ((1 << shift) >> 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_time_up_to_an_hour_has_a_bucket_whose_middle_is_near_it() {
        let near = (0..5000).chain((5000..LONGEST).step_by(999_983)).chain([LONGEST]);
        for micros in near {
            assert!(bucket(micros) < PAGES * PAGE, "{micros}");
            let found = middle(bucket(micros) as u16);
            let error = found.abs_diff(micros) as f64;
            assert!(error <= micros as f64 * TIME_SKETCH_ERROR, "{micros}: {found}");
            assert_eq!(bucket(found), bucket(micros), "{micros}: {found}");
        }
        assert_eq!(PAGES, bucket(LONGEST).div_ceil(PAGE));
    }

    proptest! {
        #[test]
        fn quantiles_are_within_the_error_of_the_true_ones_whatever_the_parts_are(
            parts in prop::collection::vec(
                prop::collection::vec(
                    prop_oneof![0u64..200, 0u64..2_000_000, 0u64..9_000_000_000],
                    0..60,
                ),
                1..4,
            ),
            quantile in 0.0f64..=1.0,
        ) {
            let mut whole = TimeSketch::default();
            for part in &parts {
                let mut sketch = TimeSketch::default();
                part.iter().for_each(|micros| sketch.add(*micros));
                whole.merge(&sketch);
            }
            let mut all: Vec<u64> = parts.concat().iter().map(|time| *time.min(&LONGEST)).collect();
            all.sort_unstable();
            prop_assert_eq!(whole.len(), all.len() as u64);
            let rank = ((quantile * all.len() as f64).ceil() as usize).max(1);
            let expected = all.get(rank - 1).copied().unwrap_or(0);
            let found = whole.at(quantile);
            let error = found.abs_diff(expected) as f64;
            prop_assert!(error <= expected as f64 * TIME_SKETCH_ERROR, "{} {}", found, expected);
            let stored: Vec<(u16, u64)> = whole.buckets().collect();
            let read = TimeSketch::stored(&stored).unwrap();
            prop_assert!(read.buckets().eq(whole.buckets()) && read.len() == whole.len());
        }
    }
}
