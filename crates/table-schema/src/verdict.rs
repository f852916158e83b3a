//! What the check of one row found.

use crate::key::Key;

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
}

impl ReasonKind {
    /// Every kind, in the order of the declaration.
    pub const ALL: [ReasonKind; 7] = [
        ReasonKind::TypeError,
        ReasonKind::ConstraintError,
        ReasonKind::MissingCell,
        ReasonKind::ExtraCell,
        ReasonKind::BlankRow,
        ReasonKind::PrimaryKey,
        ReasonKind::UniqueError,
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
}

impl Rule {
    /// The property of the schema that states the rule, where it is a constraint.
    pub(crate) const fn constraint(self) -> Option<&'static str> {
        Some(match self {
            Rule::Utf8 | Rule::Type | Rule::Shape | Rule::Duplicate | Rule::Null => return None,
            Rule::Required => "required",
            Rule::MinLength => "minLength",
            Rule::MaxLength => "maxLength",
            Rule::Minimum => "minimum",
            Rule::Maximum => "maximum",
            Rule::ExclusiveMinimum => "exclusiveMinimum",
            Rule::ExclusiveMaximum => "exclusiveMaximum",
            Rule::Pattern => "pattern",
            Rule::Enum => "enum",
            Rule::Categories => "categories",
        })
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
    /// The index of the unique constraint, where the reason is a duplicate.
    pub(crate) key: u16,
    /// The index of the column in the file, or [`Reason::NO_COLUMN`].
    pub(crate) column: u32,
}

impl Reason {
    pub(crate) const NO_COLUMN: u32 = u32::MAX;

    pub(crate) fn of_row(kind: ReasonKind) -> Reason {
        Reason { kind, rule: Rule::Shape, field: None, key: 0, column: Reason::NO_COLUMN }
    }

    /// The index of the column in the file, from 0; `None` where the reason is about the row or
    /// about a key of several fields.
    pub fn column(&self) -> Option<usize> {
        (self.column != Reason::NO_COLUMN).then_some(self.column as usize)
    }

    /// The constraint that a `constraint-error` breaks, as the schema spells it: `minimum`,
    /// `pattern` and so on (`categories` is a property of the field, in the schema and here).
    pub fn constraint(&self) -> Option<&'static str> {
        self.rule.constraint()
    }
}

/// What [`crate::Validator::check`] found in one row. Made once and used for every row: its
/// buffers keep their capacity.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// All that is wrong with the row, in the order of the schema's fields, then of the columns
    /// that no field describes.
    pub reasons: Vec<Reason>,
    /// The row's key for each unique constraint all of whose cells are valid and not missing.
    /// They are there for a bad row too: whether it counts as seen is the caller's policy.
    pub keys: Vec<Key>,
    /// The first value of each field whose groups may be none ([`Misgrouped`]), since
    /// [`Verdict::take_misgrouped`] was called.
    pub(crate) misgrouped: Vec<Misgrouped>,
    pub(crate) scratch: Vec<u8>,
}

/// A number that was read as its schema says, although its groups are not as anybody writes them:
/// `1234.50` with the groupChar `.` is 123450, and may have been meant as 1234.5.
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

    /// The first value of each field, since this was last called, whose groups are not as anybody
    /// writes them.
    pub fn take_misgrouped(&mut self) -> Vec<Misgrouped> {
        std::mem::take(&mut self.misgrouped)
    }

    /// Whether nothing is wrong with the row. Duplicates are not known here: the caller keeps
    /// the sets of keys.
    pub fn is_good(&self) -> bool {
        self.reasons.is_empty()
    }
}
