//! The values that were found in a JSON line.

use std::ops::Range;

use super::role::{ROLES, Role};

/// A value that was found, with its role and its rank.
pub(super) struct FoundValue {
    pub role: Role,
    pub rank: usize,
    pub content: Content,
    /// Which of [`SURE_WITH`](super::fields::SURE_WITH) its name is of, as bits.
    pub only_with: u8,
}

/// What a value is.
pub(super) enum Content {
    /// Where its text stands in the space of the line's values.
    Text(Range<usize>),
    Number(f64),
    /// A number without a point.
    Whole(f64),
}

/// The values of a line that have a role, the surest one of each.
pub(super) struct LineValues<'s> {
    pub space: &'s mut Vec<u8>,
    pub values: [Option<FoundValue>; ROLES],
    /// Which of [`SURE_WITH`](super::fields::SURE_WITH) have one of their names in the line, as
    /// bits.
    pub sure: u8,
}
