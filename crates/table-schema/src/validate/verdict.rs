//! What the check of one row found.

use super::key::Key;
use super::reason::Reason;

/// What [`crate::Validator::check`] found in one row. Made once and used for every row: its
/// buffers keep their capacity.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// All that is wrong with the row, in the order of the schema's fields, then of the columns
    /// that no field describes.
    pub reasons: Vec<Reason>,
    /// What an accepted row is warned of: the `warnings` of its fields and the checks that only
    /// warn, in the same order.
    pub warnings: Vec<Reason>,
    /// The row's key for each unique constraint all of whose cells are valid and not missing.
    /// They are there for a bad row too: whether it counts as seen is the caller's policy.
    pub keys: Vec<Key>,
    /// The forms of those of its keys that are hashed, one behind the other, if the validator
    /// gives them ([`crate::Validator::with_exact_keys`]).
    pub exact: Vec<u8>,
    /// The first value of each field with suspicious groups ([`Misgrouped`]), since
    /// [`Verdict::take_misgrouped`] was called.
    pub(crate) misgrouped: Vec<Misgrouped>,
    pub(crate) scratch: Vec<u8>,
}

/// A number that was read as its schema says, although nobody groups digits like that: `1234.50`
/// with the groupChar `.` is 123450, and may have been meant as 1234.5.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misgrouped {
    /// The index of the field in the schema.
    pub field: u16,
    /// The index of the column in the file.
    pub column: usize,
    /// The cell.
    pub value: Vec<u8>,
    /// What it is read as.
    pub read_as: String,
}

impl Verdict {
    /// An empty verdict, to hand to `check`.
    pub fn new() -> Verdict {
        Verdict::default()
    }

    /// The first value of each field, since the last call, with groups that nobody writes like
    /// that.
    pub fn take_misgrouped(&mut self) -> Vec<Misgrouped> {
        std::mem::take(&mut self.misgrouped)
    }

    /// Whether nothing is wrong with the row. Duplicates are not known here: the caller keeps
    /// the sets of keys.
    pub fn is_good(&self) -> bool {
        self.reasons.is_empty()
    }
}
