//! One field of a schema: its name, its type, its missing values and its constraints.

use super::constraint::Constraint;
use super::constraints::Constraints;
use super::field_type::field_type;
use super::missing_values::MissingValues;
use super::properties::Properties;
use super::version::Version;
use crate::error::{Place, SchemaError};
use crate::types::{FieldType, StringFormat};

/// A field of a schema.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) field_type: FieldType,
    /// The type and format as messages name them.
    pub(crate) shown_type: String,
    pub(crate) missing: MissingValues,
    pub(crate) constraints: Constraints,
    /// Constraints that a value of an accepted row may break, with a warning.
    pub(crate) warnings: Option<Box<Constraints>>,
}

impl Field {
    /// Compiles the field at `index` (from 0) of a schema.
    pub(crate) fn new(
        properties: &Properties,
        index: usize,
        version: Version,
        default_missing: &MissingValues,
    ) -> Result<Field, SchemaError> {
        let numbered = format!("#{}", index + 1);
        let name: String = properties
            .read("name", || Place::field(&numbered, "name"), "a string")?
            .ok_or_else(|| {
                Place::field(&numbered, "name").invalid("it is missing", "give every field a name")
            })?;
        let at = |property: &str| Place::field(&name, property);
        for constraint in Constraint::names() {
            if properties.get(constraint).is_some() {
                return Err(at(constraint).invalid(
                    "it is a constraint and stands beside \"constraints\"",
                    format!("move it to \"constraints\": {{\"{constraint}\": ...}}"),
                ));
            }
        }
        let field_type = field_type(properties, &name, version)?;
        let missing = match properties.get("missingValues") {
            Some(raw) => MissingValues::read(raw, || at("missingValues"))?,
            None => default_missing.clone(),
        };
        let format: Option<String> = properties.read("format", || at("format"), "a string")?;
        let shown_type = match (&field_type, format.as_deref()) {
            (FieldType::Text(StringFormat::Identifier(identifier)), _) => {
                format!("{}/{}", field_type.name(), identifier.as_str())
            }
            (_, None | Some("default")) => field_type.name().to_owned(),
            (_, Some(format)) => {
                format!("{}/{}", field_type.name(), format.trim_start_matches("fmt:"))
            }
        };
        let constraints = Constraints::new(properties, &name, &field_type)?;
        let warnings = Constraints::warnings(properties, &name, &field_type)?.map(Box::new);
        Ok(Field { name, field_type, shown_type, missing, constraints, warnings })
    }
}
