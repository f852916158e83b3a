//! Typed values of the slow reference, and the properties of its fields.

use serde_json::Value;

use crate::decimal::Decimal;

/// A typed value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Typed {
    Text(String),
    Number(Decimal),
    Special(&'static str),
    Boolean(bool),
    /// Attoseconds since 1970: the generators write no finer fractions.
    /// Attoseconds, and whether there is no time zone although there might be.
    Moment(i128, bool),
    /// Months, attoseconds.
    Duration(i128, i128),
    Json(Value),
    Point(Decimal, Decimal),
    List(Vec<Typed>),
}

/// A property of a field that is a string.
pub(crate) fn string<'a>(field: &'a Value, property: &str, default: &'a str) -> &'a str {
    field[property].as_str().unwrap_or(default)
}
