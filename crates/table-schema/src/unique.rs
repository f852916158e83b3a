//! Sets of fields whose values no two rows may share.

use crate::field::Field;
use crate::verdict::ReasonKind;

/// A primary key, a unique field or a unique key of several fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UniqueConstraint {
    /// Whether it is the primary key.
    pub primary: bool,
    /// Whether values are unique within each data file, as the standard says of a field that is
    /// `unique`; keys are unique in the whole table, whatever files it is made of.
    pub within_file: bool,
    /// The indices of its fields in the schema, in the order in which the key names them.
    pub fields: Vec<u16>,
    /// The names of its fields, in the same order.
    pub names: Vec<String>,
}

impl UniqueConstraint {
    pub(crate) fn new(primary: bool, fields: Vec<u16>, all: &[Field]) -> UniqueConstraint {
        let names = fields.iter().map(|&field| all[usize::from(field)].name.clone()).collect();
        UniqueConstraint { primary, within_file: false, fields, names }
    }

    /// What a row is rejected for whose key was seen before.
    pub fn reason_kind(&self) -> ReasonKind {
        if self.primary { ReasonKind::PrimaryKey } else { ReasonKind::UniqueError }
    }
}
