//! How long requests took: a sketch of a distribution, with a stated error.

use hdrhistogram::Histogram;

/// The longest time that is distinguished from longer ones: an hour, in microseconds.
const LONGEST: u64 = 3_600_000_000;

/// Digits of a time that are kept: its relative error is at most 0.1 %.
pub const DIGITS: u8 = 3;

/// A distribution of times, in microseconds: a histogram whose buckets are 0.1 % wide. Parts merge
/// exactly, in any order.
///
/// Source: Gil Tene's HdrHistogram.
#[derive(Clone, Debug, Default)]
pub struct Times(Option<Box<Histogram<u64>>>);

impl Times {
    fn histogram(&mut self) -> &mut Histogram<u64> {
        self.0.get_or_insert_with(|| {
            Box::new(
                Histogram::new_with_bounds(1, LONGEST, DIGITS).expect("the bounds are in order"),
            )
        })
    }

    /// Adds a time in microseconds; more than an hour counts as an hour.
    #[inline]
    pub fn add(&mut self, micros: u64) {
        self.histogram().saturating_record(micros);
    }

    /// Adds `number` equal times.
    pub(crate) fn add_many(&mut self, micros: u64, number: u64) {
        self.histogram().saturating_record_n(micros, number);
    }

    /// Adds all times of `other`.
    pub fn merge(&mut self, other: &Times) {
        if let Some(other) = &other.0 {
            self.histogram().add(other.as_ref()).expect("both have the same bounds");
        }
    }

    /// How many there are.
    pub fn len(&self) -> u64 {
        self.0.as_ref().map_or(0, |times| times.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The time that a share of the requests, 0.0 to 1.0, did not exceed, in microseconds.
    pub fn at(&self, quantile: f64) -> u64 {
        self.0.as_ref().map_or(0, |times| times.value_at_quantile(quantile))
    }

    /// The longest time, in microseconds.
    pub fn longest(&self) -> u64 {
        self.0.as_ref().map_or(0, |times| times.max())
    }

    /// Every time that occurs, to 0.1 %, and how often.
    pub(crate) fn recorded(&self) -> Vec<(u64, u64)> {
        let all = self.0.iter().flat_map(|times| times.iter_recorded());
        all.map(|step| (step.value_iterated_to(), step.count_at_value())).collect()
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        if let Some(times) = &mut self.0 {
            times.reset();
        }
    }
}
