//! The constraints that the standard has, by name, and the types that each applies to.

use crate::named_enum::named_enum;
use crate::types::{FieldType, TypeName};

named_enum! {
    /// A property of `constraints`.
    pub(crate) enum Constraint {
        Required = "required",
        Unique = "unique",
        MinLength = "minLength",
        MaxLength = "maxLength",
        Minimum = "minimum",
        Maximum = "maximum",
        ExclusiveMinimum = "exclusiveMinimum",
        ExclusiveMaximum = "exclusiveMaximum",
        Pattern = "pattern",
        Enum = "enum",
        JsonSchema = "jsonSchema",
    }
}

impl Constraint {
    /// The names of all constraints.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        Constraint::ALL.iter().map(|constraint| constraint.as_str())
    }

    /// Whether the standard has this constraint for fields of this type.
    pub(crate) fn applies_to(self, field_type: &FieldType) -> bool {
        let name = field_type.type_name();
        match self {
            Constraint::Required | Constraint::Unique | Constraint::Enum => true,
            Constraint::MinLength | Constraint::MaxLength => name.has_length(),
            Constraint::Minimum
            | Constraint::Maximum
            | Constraint::ExclusiveMinimum
            | Constraint::ExclusiveMaximum => name.is_ordered(),
            Constraint::Pattern => name == TypeName::String,
            Constraint::JsonSchema => matches!(name, TypeName::Object | TypeName::Array),
        }
    }
}
