//! Why a schema cannot be used.

use std::fmt;

/// Where in the schema something stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The field's name, or `#3` where the third field has no usable name; `None` for a property
    /// of the schema itself.
    pub field: Option<String>,
    /// The property, such as `format` or `constraints.minimum`; empty for the field as a whole.
    pub property: String,
}

impl Place {
    pub(crate) fn schema(property: &str) -> Place {
        Place { field: None, property: property.to_owned() }
    }

    pub(crate) fn whole_field(field: &str) -> Place {
        Place::field(field, "")
    }

    pub(crate) fn field(field: &str, property: &str) -> Place {
        Place { field: Some(field.to_owned()), property: property.to_owned() }
    }

    pub(crate) fn constraint(field: &str, constraint: &str) -> Place {
        Place { field: Some(field.to_owned()), property: format!("constraints.{constraint}") }
    }

    pub(crate) fn invalid(
        self,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> SchemaError {
        SchemaError::Invalid { at: self, problem: problem.into(), remedy: remedy.into() }
    }

    pub(crate) fn unsupported(
        self,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> SchemaError {
        SchemaError::Unsupported { at: self, problem: problem.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(field) if self.property.is_empty() => write!(f, "field \"{field}\""),
            Some(field) => write!(f, "field \"{field}\", property \"{}\"", self.property),
            None => write!(f, "property \"{}\"", self.property),
        }
    }
}

/// Why a schema cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// The text is not one JSON object.
    #[error("the schema is not a JSON object: {reason}")]
    NotJson {
        /// What the JSON parser says, with line and column.
        reason: String,
    },
    /// The schema says something that the Table Schema standard does not allow.
    #[error("table schema, {at}: {problem}; {remedy}")]
    Invalid {
        /// Where.
        at: Place,
        /// What is wrong.
        problem: String,
        /// What to do about it.
        remedy: String,
    },
    /// The standard has it and this implementation has not: it is refused rather than ignored.
    #[error("table schema, {at}: {problem}; {remedy}")]
    Unsupported {
        /// Where.
        at: Place,
        /// What is not supported.
        problem: String,
        /// What to do about it.
        remedy: String,
    },
}
