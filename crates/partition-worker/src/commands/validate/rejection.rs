//! Why one record is rejected.

use table_schema::Reason;

use super::judge::NoData;
use crate::partition::{OwnCells, ReturnProblem};

/// A value of a row that an earlier row has.
pub(super) struct Duplicate {
    /// Number of the row in its block.
    pub(super) row: u32,
    pub(super) constraint: u16,
    /// Number of the earlier row in the partition.
    pub(super) first: u32,
}

/// Why a record is rejected.
pub(super) struct Rejection<'f> {
    pub(super) flaw: Option<NoData>,
    /// It came back from an earlier run as it was.
    pub(super) returned: Option<(ReturnProblem, &'f OwnCells)>,
    pub(super) reasons: &'f [Reason],
    pub(super) duplicates: &'f [Duplicate],
    /// Values that the earlier run had seen before, as it said it.
    pub(super) seen_before: &'f [(u16, String)],
    /// It is the last record of a file that does not end with a line end.
    pub(super) is_unended: bool,
}
