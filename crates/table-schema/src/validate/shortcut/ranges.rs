//! Bounds as ranges that a shortcut compares with.

use crate::types::Bound;
use crate::types::datetime::{Rank, written};
use crate::types::number::ScaledRange;

/// The bounds of a field.
pub(super) struct Bounds<'c> {
    pub(super) minimum: &'c Option<Bound>,
    pub(super) maximum: &'c Option<Bound>,
    pub(super) exclusive_minimum: &'c Option<Bound>,
    pub(super) exclusive_maximum: &'c Option<Bound>,
}

impl Bounds<'_> {
    /// Each of them, where there is one.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Bound> {
        [self.minimum, self.maximum, self.exclusive_minimum, self.exclusive_maximum]
            .into_iter()
            .flatten()
    }
}

/// The plain numbers within all bounds.
pub(super) fn scaled_range(bounds: &Bounds<'_>) -> ScaledRange {
    let mut range = ScaledRange::all();
    for (bound, exclusive) in [(bounds.minimum, false), (bounds.exclusive_minimum, true)] {
        if let Some(Bound::Number(bound)) = bound {
            range.at_least(bound, exclusive);
        }
    }
    for (bound, exclusive) in [(bounds.maximum, false), (bounds.exclusive_maximum, true)] {
        if let Some(Bound::Number(bound)) = bound {
            range.at_most(bound, exclusive);
        }
    }
    range
}

/// The first and the last whole second that are surely within all bounds.
pub(super) fn seconds(bounds: &Bounds<'_>) -> (i64, i64) {
    let (mut first, mut last) = (i64::MIN, i64::MAX);
    for (bound, exclusive) in [(bounds.minimum, false), (bounds.exclusive_minimum, true)] {
        if let Some(Bound::Instant(bound)) = bound {
            let after = exclusive || !bound.fraction.is_empty();
            first = first.max(bound.seconds + i64::from(after));
        }
    }
    for (bound, exclusive) in [(bounds.maximum, false), (bounds.exclusive_maximum, true)] {
        if let Some(Bound::Instant(bound)) = bound {
            let before = exclusive && bound.fraction.is_empty();
            last = last.min(bound.seconds - i64::from(before));
        }
    }
    (first, last)
}

/// The ranks of the first and the last moment of a range, as far as the years 1 to 9999 go.
pub(super) fn ranks(first: i64, last: i64, rank: impl Fn(&[u8]) -> Option<Rank>) -> (Rank, Rank) {
    let lowest = (0, 0);
    let highest = (u128::MAX, u64::MAX);
    let of = |seconds, before, after| match written_rank(seconds, &rank) {
        Some(rank) => rank,
        None if seconds < 0 => before,
        None => after,
    };
    (of(first, lowest, highest), of(last, lowest, highest))
}

fn written_rank(seconds: i64, rank: impl Fn(&[u8]) -> Option<Rank>) -> Option<Rank> {
    // Far beyond the years that are written with four digits, and safe to divide and add to.
    let seconds = (seconds.unsigned_abs() < 1 << 40).then_some(seconds)?;
    rank(written(seconds)?.as_bytes())
}
