//! A Table Schema, read and compiled.

use std::sync::Arc;

use serde_json::value::RawValue;

use crate::descriptor::{Properties, read_raw};
use crate::error::{Place, SchemaError};
use crate::field::{Field, Missing};
use crate::header::{FieldsMatch, HeaderError};
use crate::kind::Form;
use crate::misspelt::{look_at_field, look_at_schema};
use crate::shown::shortened;
use crate::unique::UniqueConstraint;
use crate::validator::Validator;

/// A Table Schema of Frictionless' standard, version 1 or 2, compiled once.
///
/// `$schema` tells the version, which is 1 where there is none. The versions differ in two
/// things here: a field without a type is a `string` in version 1 and `any` in version 2, and the
/// default format of a `time` may have a fraction and a time zone in version 1. Whatever version
/// 2 has added is understood in both.
#[derive(Clone, Debug)]
pub struct Schema {
    fields: Arc<[Field]>,
    fields_match: Option<FieldsMatch>,
    unique: Vec<UniqueConstraint>,
    ignored: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    One,
    Two,
}

impl Version {
    pub(crate) fn default_type(self) -> &'static str {
        match self {
            Version::One => "string",
            Version::Two => "any",
        }
    }

    pub(crate) fn default_time(self) -> Form {
        match self {
            Version::One => Form::Iso,
            Version::Two => Form::Default,
        }
    }
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
        look_at_schema(&schema, &mut ignored)?;
        let version = match schema.read::<String>("$schema", || at("$schema"), "a string")? {
            Some(profile)
                if !profile.contains("/1.") && !profile.contains("specs.frictionlessdata.io") =>
            {
                Version::Two
            }
            _ => Version::One,
        };
        if schema.get("foreignKeys").is_some_and(|raw| !matches!(raw.get(), "null" | "[]")) {
            return Err(at("foreignKeys").unsupported(
                "foreign keys are not supported",
                "take them away and check the references elsewhere",
            ));
        }
        let missing = match schema.get("missingValues") {
            Some(raw) => Missing::read(raw, || at("missingValues"))?,
            None => Missing::empty_cell(),
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
        let fields_match = match schema
            .read::<Vec<String>>("fieldsMatch", || at("fieldsMatch"), "")
            .ok()
            .flatten()
        {
            // The profile of version 2.0 has it in an array by mistake.
            Some(list) => {
                Some(list.first().filter(|_| list.len() == 1).cloned().unwrap_or_default())
            }
            None => schema.read::<String>("fieldsMatch", || at("fieldsMatch"), "a string")?,
        };
        let fields_match = fields_match
            .map(|name| {
                FieldsMatch::of(&name).ok_or_else(|| {
                    let given = schema.get("fieldsMatch").map_or("", RawValue::get);
                    at("fieldsMatch").invalid(
                        format!("{} is none of its values", shortened(given.as_bytes())),
                        "use exact, equal, subset, superset or partial",
                    )
                })
            })
            .transpose()?;
        let unique = unique_constraints(&schema, &fields)?;
        Ok(Schema { fields: fields.into(), fields_match, unique, ignored })
    }

    /// The properties that neither the standard nor this implementation knows, in words: nothing is
    /// checked by them. Names that are nearly those of the standard are errors already, and
    /// those with a colon or an underscore are somebody's own.
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }

    /// The names of the fields, in the schema's order.
    pub fn field_names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|field| field.name.as_str())
    }

    /// How the schema wants its fields to be found in the header. Where it does not say, the
    /// standard means `exact`.
    pub fn fields_match(&self) -> Option<FieldsMatch> {
        self.fields_match
    }

    /// A validator for the rows of a file with this header, the cells of its first record. Without
    /// a header the columns are the fields, in the schema's order.
    ///
    /// `matching` is [`Schema::fields_match`] unless the user wants another. Fields are found by
    /// their exact names, except that `exact` takes them by position and then compares the names.
    /// Columns that no field describes are allowed by `subset` and `partial` and their cells are
    /// not looked at; fields without a column are allowed by `superset` and `partial` unless they
    /// are `required` or part of the primary key, and unique keys that need one are not checked.
    ///
    /// # Errors
    ///
    /// [`HeaderError`] with all that is wrong with the header.
    pub fn compile(
        &self,
        header: Option<&[&[u8]]>,
        matching: FieldsMatch,
    ) -> Result<Validator, HeaderError> {
        Validator::new(self.fields.clone(), &self.unique, header, matching)
    }
}

fn no_fields(schema: &Properties) -> SchemaError {
    let remedy = if schema.get("resources").is_some() || schema.get("schema").is_some() {
        "this is a data package or a resource: give the \"schema\" of the one resource as a file \
         of its own"
    } else {
        "give an array with an object for each column: {\"fields\": [{\"name\": \"id\", \"type\": \
         \"string\"}]}"
    };
    Place::schema("fields").invalid("there is none", remedy)
}

/// The primary key, then the unique fields, then the unique keys; each set of fields once.
fn unique_constraints(
    schema: &Properties,
    fields: &[Field],
) -> Result<Vec<UniqueConstraint>, SchemaError> {
    let mut constraints: Vec<UniqueConstraint> = Vec::new();
    let mut add = |constraint: UniqueConstraint| {
        let set = |fields: &[u16]| {
            let mut fields = fields.to_vec();
            fields.sort_unstable();
            fields
        };
        match constraints.iter_mut().find(|other| set(&other.fields) == set(&constraint.fields)) {
            // Of two that say the same the stricter one holds.
            Some(other) => other.within_file &= constraint.within_file,
            None => constraints.push(constraint),
        }
    };
    if let Some(raw) =
        schema.get("primaryKey").filter(|raw| !matches!(raw.get(), "null" | "[]" | "\"\""))
    {
        add(UniqueConstraint::new(true, key(raw, "primaryKey", fields)?, fields));
    }
    for (index, _) in fields.iter().enumerate().filter(|(_, field)| field.constraints.unique) {
        add(UniqueConstraint {
            within_file: true,
            ..UniqueConstraint::new(false, vec![index as u16], fields)
        });
    }
    let at = || Place::schema("uniqueKeys");
    for raw in schema
        .read::<Vec<Box<RawValue>>>("uniqueKeys", at, "an array of arrays of names")?
        .unwrap_or_default()
    {
        add(UniqueConstraint::new(false, key(&raw, "uniqueKeys", fields)?, fields));
    }
    if constraints.len() > usize::from(u16::MAX) {
        return Err(at().invalid("there are too many", format!("give at most {}", u16::MAX)));
    }
    Ok(constraints)
}

/// The indices of the fields that a key names: one name or an array of them.
fn key(raw: &RawValue, property: &str, fields: &[Field]) -> Result<Vec<u16>, SchemaError> {
    let at = || Place::schema(property);
    let names: Vec<String> = if raw.get().starts_with('"') {
        vec![read_raw(raw, at, "a string")?]
    } else {
        read_raw(raw, at, "the name of a field or an array of names")?
    };
    if names.is_empty() {
        return Err(at().invalid("a key has no field", "name at least one field"));
    }
    let mut indices = Vec::with_capacity(names.len());
    for name in &names {
        let mut found = fields.iter().enumerate().filter(|(_, field)| field.name == *name);
        let shown = shortened(name.as_bytes());
        let Some((index, _)) = found.next() else {
            return Err(at()
                .invalid(format!("there is no field \"{shown}\""), "name fields of this schema"));
        };
        if found.next().is_some() {
            return Err(at().invalid(
                format!("two fields are named \"{shown}\""),
                "give them different names",
            ));
        }
        if indices.contains(&(index as u16)) {
            return Err(at()
                .invalid(format!("\"{shown}\" is there twice"), "name each field of a key once"));
        }
        indices.push(index as u16);
    }
    Ok(indices)
}
