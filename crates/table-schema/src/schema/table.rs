//! A Table Schema, read and compiled.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::value::RawValue;

use super::field::Field;
use super::fields_match::FieldsMatch;
use super::missing_values::MissingValues;
use super::misspelt::{look_at_field, look_at_schema};
use super::properties::Properties;
use super::unique_constraint::{UniqueConstraint, unique_constraints};
use super::version::Version;
use crate::display::shortened;
use crate::error::{Place, SchemaError};

/// A Table Schema of Frictionless' standard, version 1 or 2, compiled once.
///
/// `$schema` tells the version, which is 1 if it is missing. The versions differ in two
/// things here: a field without a type is a `string` in version 1 and `any` in version 2, and the
/// default format of a `time` may have a fraction and a time zone in version 1. Whatever version
/// 2 has added is understood in both.
#[derive(Clone, Debug)]
pub struct Schema {
    pub(crate) fields: Arc<[Field]>,
    fields_match: Option<FieldsMatch>,
    pub(crate) unique: Vec<UniqueConstraint>,
    ignored: Vec<String>,
}

impl Schema {
    /// Reads a schema from the text of its descriptor, a JSON object in UTF-8 (a byte order mark
    /// is ignored).
    ///
    /// # Errors
    ///
    /// [`SchemaError`] where the descriptor is not valid, or says something that is not supported
    /// (`foreignKeys`, the constraint `jsonSchema`, the format `topojson`, or a pattern beyond XML
    /// Schema's regular expressions); it names the field and the property.
    pub fn from_json(bytes: &[u8]) -> Result<Schema, SchemaError> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let schema = Properties::of_schema(bytes)?;
        let at = |property: &str| Place::schema(property);
        let mut ignored = Vec::new();
        let is_package = schema.get("resources").is_some() || schema.get("schema").is_some();
        if is_package && schema.get("fields").is_none() {
            // Before its own properties are taken for misspelt ones of a schema.
            return Err(no_fields(&schema));
        }
        look_at_schema(&schema, &mut ignored)?;
        let profile = schema.read::<String>("$schema", || at("$schema"), "a string")?;
        let version = Version::of(profile.as_deref());
        if schema.get("foreignKeys").is_some_and(|raw| !matches!(raw.get(), "null" | "[]")) {
            return Err(at("foreignKeys").unsupported(
                "foreign keys are not supported",
                "take them away and check the references elsewhere",
            ));
        }
        let missing = match schema.get("missingValues") {
            Some(raw) => MissingValues::read(raw, || at("missingValues"))?,
            None => MissingValues::empty_cell(),
        };
        let given: Vec<Box<RawValue>> = schema
            .read("fields", || at("fields"), "an array of objects")?
            .ok_or_else(|| no_fields(&schema))?;
        if given.is_empty() || given.len() > usize::from(u16::MAX) {
            return Err(at("fields").invalid(
                format!("there are {} fields", given.len()),
                format!("give one for each column, up to {}", u16::MAX),
            ));
        }
        let fields = given
            .iter()
            .enumerate()
            .map(|(index, raw)| {
                let properties = Properties::of_field(raw, index)?;
                let field = Field::new(&properties, index, version, &missing)?;
                look_at_field(&properties, &field.name, &mut ignored)?;
                Ok(field)
            })
            .collect::<Result<Vec<Field>, SchemaError>>()?;
        let fields_match = fields_match(&schema)?;
        let unique = unique_constraints(&schema, &fields)?;
        Ok(Schema { fields: fields.into(), fields_match, unique, ignored })
    }

    /// A schema without fields, by which every column is one that no field describes.
    pub fn of_nothing() -> Schema {
        Schema {
            fields: Arc::default(),
            fields_match: None,
            unique: Vec::new(),
            ignored: Vec::new(),
        }
    }

    /// The same schema with one more missing value in every field, such as the `nullSequence` of a
    /// dialect.
    #[must_use]
    pub fn with_missing_value(mut self, value: &str) -> Schema {
        let with = |field: &Field| Field { missing: field.missing.with(value), ..field.clone() };
        self.fields = self.fields.iter().map(with).collect();
        self
    }

    /// The same schema for rows that tell null from every text, as JSON does: null is a missing
    /// value whatever `missingValues` says.
    #[must_use]
    pub fn with_null(mut self) -> Schema {
        let with = |field: &Field| Field { missing: field.missing.with_null(), ..field.clone() };
        self.fields = self.fields.iter().map(with).collect();
        self
    }

    /// For each field the cell that stands for null in the rows of a schema
    /// [with null](Schema::with_null): the empty one where that is missing.
    pub fn null_cells(&self) -> impl Iterator<Item = &'static [u8]> {
        self.fields.iter().map(|field| field.missing.null())
    }

    /// The primary key, unique fields and unique keys; each set of fields once.
    pub fn unique_constraints(&self) -> &[UniqueConstraint] {
        &self.unique
    }

    /// For each field a cell that is a missing value of it; `None` where it has none or may not be
    /// missing.
    pub fn missing_cells(&self) -> impl Iterator<Item = Option<&str>> {
        let primary = self.unique.iter().find(|key| key.primary);
        (0..).zip(self.fields.iter()).map(move |(index, field)| {
            let is_key = primary.is_some_and(|key| key.fields.contains(&index));
            field.missing.any().filter(|_| !field.constraints.required && !is_key)
        })
    }

    /// The properties that neither the standard nor this implementation knows, in words: nothing is
    /// checked by them. Names that are nearly those of the standard are errors already, and
    /// those with a colon or an underscore are somebody's own.
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }

    /// Whether a field has `warnings`.
    pub fn warns(&self) -> bool {
        self.fields.iter().any(|field| field.warnings.is_some())
    }

    /// The names of the fields, in the schema's order.
    pub fn field_names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|field| field.name.as_str())
    }

    /// A name that two fields have, and which fields those are, from 1. Version 1 of the standard
    /// allows it, and then only their positions tell the fields apart.
    pub fn field_twice(&self) -> Option<(&str, [usize; 2])> {
        let mut first = HashMap::new();
        self.fields.iter().zip(1..).find_map(|(field, number)| {
            let earlier = first.insert(field.name.as_str(), number)?;
            Some((field.name.as_str(), [earlier, number]))
        })
    }

    /// How the schema wants its fields to be found in the header. Where it does not say, the
    /// standard means `exact`.
    pub fn fields_match(&self) -> Option<FieldsMatch> {
        self.fields_match
    }
}

/// The property `fieldsMatch`.
fn fields_match(schema: &Properties) -> Result<Option<FieldsMatch>, SchemaError> {
    let at = || Place::schema("fieldsMatch");
    let name = match schema.read::<Vec<String>>("fieldsMatch", at, "").ok().flatten() {
        // The profile of version 2.0 has it in an array by mistake.
        Some(list) => Some(list.first().filter(|_| list.len() == 1).cloned().unwrap_or_default()),
        None => schema.read::<String>("fieldsMatch", at, "a string")?,
    };
    let Some(name) = name else { return Ok(None) };
    FieldsMatch::of(&name).map(Some).ok_or_else(|| {
        let given = schema.get("fieldsMatch").map_or("", RawValue::get);
        at().invalid(
            format!("{} is not one of its values", shortened(given.as_bytes())),
            "use exact, equal, subset, superset or partial",
        )
    })
}

fn no_fields(schema: &Properties) -> SchemaError {
    let remedy = if schema.get("resources").is_some() {
        "this is a Data Package: give it as such where the worker reads packages (partition-worker \
         validate --package), or the \"schema\" of the one resource as a file of its own"
    } else if schema.get("schema").is_some() {
        "this is a resource of a Data Package: give its \"schema\" as a file of its own"
    } else {
        "give an array with an object for each column: {\"fields\": [{\"name\": \"id\", \"type\": \
         \"string\"}]}"
    };
    Place::schema("fields").invalid("it is missing", remedy)
}
