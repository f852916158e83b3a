//! Values that stand in the schema itself: bounds, and the choices of `enum` and `categories`.

use serde_json::value::RawValue;

use crate::display::shortened;
use crate::error::{Place, SchemaError};
use crate::schema::properties::{Properties, read_raw};
use crate::types::byte_set::ByteSet;
use crate::types::{FieldType, Number, NumberFormat, Value};

/// The canonical forms of the values that a field may have.
#[derive(Clone, Debug)]
pub(crate) struct Choices {
    pub(crate) values: Vec<Vec<u8>>,
    set: ByteSet,
}

impl Choices {
    pub(crate) fn new(values: Vec<Vec<u8>>) -> Choices {
        Choices { set: ByteSet::new(values.iter().map(Vec::as_slice)), values }
    }

    pub(crate) fn contains(&self, canonical: &[u8]) -> bool {
        self.set.contains(canonical)
    }
}

/// A JSON value as far as constraints need to tell values apart.
#[derive(Debug)]
pub(crate) enum Literal<'a> {
    /// The decoded text of a string.
    Text(String),
    /// A number as it was written.
    Number(&'a str),
    Boolean(bool),
    Null,
    /// An array or an object as it was written.
    Compound(&'a str),
}

impl<'a> Literal<'a> {
    pub(crate) fn of(raw: &'a RawValue) -> Literal<'a> {
        let text = raw.get();
        match text.as_bytes().first() {
            Some(b'"') => serde_json::from_str(text).map_or(Literal::Compound(text), Literal::Text),
            Some(b't') => Literal::Boolean(true),
            Some(b'f') => Literal::Boolean(false),
            Some(b'n') => Literal::Null,
            Some(b'{' | b'[') => Literal::Compound(text),
            _ => Literal::Number(text),
        }
    }
}

/// The property `enum`, or (`labelled`) `categories`.
pub(crate) fn choices(
    raw: &RawValue,
    at: &dyn Fn() -> Place,
    field_type: &FieldType,
    labelled: bool,
) -> Result<Choices, SchemaError> {
    let entries: Vec<Box<RawValue>> = read_raw(raw, at, "an array of values")?;
    if entries.is_empty() {
        return Err(at().invalid("it is empty", "give at least one value, or take it away"));
    }
    let mut values = Vec::with_capacity(entries.len());
    for entry in entries {
        let described: Option<Properties> = match Literal::of(&entry) {
            Literal::Compound(text) if labelled && text.starts_with('{') => {
                Some(Properties::of_object(&entry, at, |_| at())?)
            }
            _ => None,
        };
        let value = match &described {
            Some(object) => object.get("value").ok_or_else(|| {
                at().invalid("an object has no value", "give each object a \"value\"")
            })?,
            None => &*entry,
        };
        let form = with_value(Literal::of(value), field_type, |value| {
            let mut form = Vec::new();
            value.canonical(&mut form);
            form
        });
        values.push(form.ok_or_else(|| {
            at().invalid(
                format!(
                    "{} is not a value of the field's type {}",
                    shortened(value.get().as_bytes()),
                    field_type.name()
                ),
                "write it as the cells of the field are written, in quotes; a missing value is \
                 never compared",
            )
        })?);
    }
    Ok(Choices::new(values))
}

/// Calls `read` with the value that a literal in the schema stands for: a string is read as a
/// cell of the field is, other JSON values only by the types that they are values of.
pub(crate) fn with_value<R>(
    literal: Literal<'_>,
    field_type: &FieldType,
    read: impl FnOnce(Value<'_>) -> R,
) -> Option<R> {
    match (literal, field_type) {
        (Literal::Text(text), _) => field_type.parse(text.as_bytes()).map(read),
        (Literal::Number(text), FieldType::Number(format)) => {
            let number = NumberFormat::plain(false).parse(text.as_bytes())?;
            match &number {
                Number::Finite(decimal) if format.integer && !decimal.is_integer() => None,
                _ => Some(read(Value::Number(number))),
            }
        }
        // `any` has no type of its own: the value is what a cell says.
        (Literal::Number(text), FieldType::Any) => field_type.parse(text.as_bytes()).map(read),
        (Literal::Boolean(value), FieldType::Any) => {
            Some(read(Value::Text(if value { b"true" } else { b"false" })))
        }
        (Literal::Number(text), FieldType::Year) => field_type.parse(text.as_bytes()).map(read),
        (Literal::Boolean(value), FieldType::Boolean { .. }) => Some(read(Value::Boolean(value))),
        (
            Literal::Compound(text),
            FieldType::Object | FieldType::Array | FieldType::Geojson | FieldType::Geopoint(_),
        ) => field_type.parse(text.as_bytes()).map(read),
        _ => None,
    }
}
