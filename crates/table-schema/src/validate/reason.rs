//! What can be wrong with a row. Reasons are small and without text; [`super::describe`] writes the
//! messages.

use crate::schema::{Constraint, UniqueConstraint};

/// What is wrong with a row, by the names of the frictionless framework.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ReasonKind {
    /// A cell is not of its field's type and format (or is not UTF-8).
    TypeError,
    /// A cell is of its type and breaks a constraint.
    ConstraintError,
    /// The row has fewer cells than there are columns.
    MissingCell,
    /// The row has more cells than there are columns.
    ExtraCell,
    /// The row is an empty line.
    BlankRow,
    /// A field of the primary key has no value, or the whole key was seen before.
    PrimaryKey,
    /// A value, or a set of values, that has to be unique was seen before.
    UniqueError,
    /// The row does not keep one of the [`crate::Checks`].
    RowConstraint,
}

impl ReasonKind {
    /// Every kind, in the order of the declaration.
    pub const ALL: [ReasonKind; 8] = [
        ReasonKind::TypeError,
        ReasonKind::ConstraintError,
        ReasonKind::MissingCell,
        ReasonKind::ExtraCell,
        ReasonKind::BlankRow,
        ReasonKind::PrimaryKey,
        ReasonKind::UniqueError,
        ReasonKind::RowConstraint,
    ];

    /// The name frictionless gives this error, such as `type-error`.
    pub const fn as_str(self) -> &'static str {
        match self {
            ReasonKind::TypeError => "type-error",
            ReasonKind::ConstraintError => "constraint-error",
            ReasonKind::MissingCell => "missing-cell",
            ReasonKind::ExtraCell => "extra-cell",
            ReasonKind::BlankRow => "blank-row",
            ReasonKind::PrimaryKey => "primary-key",
            ReasonKind::UniqueError => "unique-error",
            ReasonKind::RowConstraint => "row-constraint",
        }
    }
}

impl std::fmt::Display for ReasonKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which rule a reason is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub(crate) enum Rule {
    Utf8,
    Type,
    Shape,
    Duplicate,
    Null,
    Required,
    MinLength,
    MaxLength,
    Minimum,
    Maximum,
    ExclusiveMinimum,
    ExclusiveMaximum,
    Pattern,
    Enum,
    Categories,
    Check,
}

impl Rule {
    /// The property of the schema that states the rule, where it is a constraint.
    pub(crate) const fn constraint(self) -> Option<&'static str> {
        let constraint = match self {
            Rule::Utf8 | Rule::Type | Rule::Shape | Rule::Duplicate | Rule::Null | Rule::Check => {
                return None;
            }
            // It stands beside the constraints.
            Rule::Categories => return Some("categories"),
            Rule::Required => Constraint::Required,
            Rule::MinLength => Constraint::MinLength,
            Rule::MaxLength => Constraint::MaxLength,
            Rule::Minimum => Constraint::Minimum,
            Rule::Maximum => Constraint::Maximum,
            Rule::ExclusiveMinimum => Constraint::ExclusiveMinimum,
            Rule::ExclusiveMaximum => Constraint::ExclusiveMaximum,
            Rule::Pattern => Constraint::Pattern,
            Rule::Enum => Constraint::Enum,
        };
        Some(constraint.as_str())
    }
}

/// One thing that is wrong with a row. Small and without text: [`crate::Validator::describe`]
/// writes the message, where someone wants to read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reason {
    /// What is wrong.
    pub kind: ReasonKind,
    pub(crate) rule: Rule,
    /// The index of the field in the schema; `None` where the reason is about the row, about a
    /// column that no field describes, or about a key of several fields.
    pub field: Option<u16>,
    /// The index of the unique constraint, where the reason is a duplicate, and of the check,
    /// where the row does not keep one.
    pub(crate) key: u16,
    /// The index of the column in the file, or [`Reason::NO_COLUMN`].
    pub(crate) column: u32,
    /// The constraint is one of the field's `warnings`.
    pub(crate) warning: bool,
}

impl Reason {
    pub(crate) const NO_COLUMN: u32 = u32::MAX;

    pub(crate) fn of_row(kind: ReasonKind) -> Reason {
        Reason {
            kind,
            rule: Rule::Shape,
            field: None,
            key: 0,
            column: Reason::NO_COLUMN,
            warning: false,
        }
    }

    /// The index of the column in the file, from 0; `None` where the reason is about the row or
    /// about a key of several fields.
    pub fn column(&self) -> Option<usize> {
        (self.column != Reason::NO_COLUMN).then_some(self.column as usize)
    }

    /// The index of the check that the row does not keep, in the order of [`crate::Checks::names`].
    pub fn check(&self) -> Option<u16> {
        (self.rule == Rule::Check).then_some(self.key)
    }

    /// The constraint that a `constraint-error` breaks, as the schema spells it: `minimum`,
    /// `pattern` and so on (`categories` is a property of the field, in the schema and here).
    pub fn constraint(&self) -> Option<&'static str> {
        self.rule.constraint()
    }
}

impl UniqueConstraint {
    /// What a row is rejected for whose key was seen before.
    pub fn reason_kind(&self) -> ReasonKind {
        if self.primary { ReasonKind::PrimaryKey } else { ReasonKind::UniqueError }
    }
}
