//! How the fields of a schema are found in a file.

use std::fmt;
use std::str::FromStr;

/// How the fields of the schema are found in a file: `fieldsMatch` of version 2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FieldsMatch {
    /// The file has exactly the fields of the schema, in their order.
    #[default]
    Exact,
    /// The file has exactly the fields of the schema, in any order.
    Equal,
    /// The file has all fields of the schema, and may have other columns.
    Subset,
    /// The file has only fields of the schema, and may lack some.
    Superset,
    /// The file has at least one field of the schema.
    Partial,
}

impl FieldsMatch {
    /// Every value, in the standard's order.
    pub const ALL: [FieldsMatch; 5] = [
        FieldsMatch::Exact,
        FieldsMatch::Equal,
        FieldsMatch::Subset,
        FieldsMatch::Superset,
        FieldsMatch::Partial,
    ];

    /// The name that the standard gives it.
    pub const fn as_str(self) -> &'static str {
        match self {
            FieldsMatch::Exact => "exact",
            FieldsMatch::Equal => "equal",
            FieldsMatch::Subset => "subset",
            FieldsMatch::Superset => "superset",
            FieldsMatch::Partial => "partial",
        }
    }

    pub(crate) fn of(name: &str) -> Option<FieldsMatch> {
        FieldsMatch::ALL.into_iter().find(|matching| matching.as_str() == name)
    }

    /// Whether the file may have columns that no field describes.
    pub fn allows_extra(self) -> bool {
        matches!(self, FieldsMatch::Subset | FieldsMatch::Partial)
    }

    /// Whether fields may lack a column in the file.
    pub fn allows_missing(self) -> bool {
        matches!(self, FieldsMatch::Superset | FieldsMatch::Partial)
    }
}

impl fmt::Display for FieldsMatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for FieldsMatch {
    type Err = UnknownFieldsMatch;

    fn from_str(name: &str) -> Result<FieldsMatch, UnknownFieldsMatch> {
        FieldsMatch::of(name).ok_or(UnknownFieldsMatch)
    }
}

/// The error for a word that is not a [`FieldsMatch`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("fields can match exact, equal, subset, superset or partial")]
pub struct UnknownFieldsMatch;
