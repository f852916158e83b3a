//! Sets of fields whose values no two rows may share.

use serde_json::value::RawValue;

use super::field::Field;
use super::properties::{Properties, read_raw};
use crate::display::shortened;
use crate::error::{Place, SchemaError};

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
}

/// The primary key, then the unique fields, then the unique keys; each set of fields once.
pub(super) fn unique_constraints(
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
