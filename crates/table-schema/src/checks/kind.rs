//! What kinds of values expressions have, and which one a field gives.

use crate::types::{FieldType, TemporalFormat, TypeName};

/// The kind of an expression's value. Only values of one kind are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Truth,
    Number,
    Text,
    Date,
    Time,
    Datetime,
    Year,
    YearMonth,
    Duration,
    /// A list, an object and their like, of which only is known whether they are null.
    Opaque,
}

impl Kind {
    pub(super) fn of(field_type: &FieldType) -> Kind {
        match field_type.type_name() {
            TypeName::String | TypeName::Any => Kind::Text,
            TypeName::Integer | TypeName::Number => Kind::Number,
            TypeName::Boolean => Kind::Truth,
            TypeName::Date => Kind::Date,
            TypeName::Time => Kind::Time,
            TypeName::Datetime => Kind::Datetime,
            TypeName::Year => Kind::Year,
            TypeName::YearMonth => Kind::YearMonth,
            TypeName::Duration => Kind::Duration,
            TypeName::Object
            | TypeName::Array
            | TypeName::List
            | TypeName::Geopoint
            | TypeName::Geojson => Kind::Opaque,
        }
    }

    /// What messages call a value of the kind.
    pub(super) fn words(self) -> &'static str {
        match self {
            Kind::Truth => "true or false",
            Kind::Number => "a number",
            Kind::Text => "a text",
            Kind::Date => "a date",
            Kind::Time => "a time",
            Kind::Datetime => "a datetime",
            Kind::Year => "a year",
            Kind::YearMonth => "a yearmonth",
            Kind::Duration => "a duration",
            Kind::Opaque => "a list or an object",
        }
    }

    /// Whether values are before and after each other. Texts are not: `"10"` is before `"9"`.
    pub(super) fn is_ordered(self) -> bool {
        !matches!(self, Kind::Truth | Kind::Text | Kind::Opaque)
    }

    /// Whether any two values are equal or not, so that a list of them can be asked.
    pub(super) fn is_listed(self) -> bool {
        matches!(self, Kind::Number | Kind::Text | Kind::Date | Kind::Year | Kind::YearMonth)
    }

    /// How a text in an expression is read where a value of this kind is wanted, with an example:
    /// in the standard's default form, whatever the format of the field.
    pub(super) fn written(self) -> Option<(FieldType, &'static str)> {
        Some(match self {
            Kind::Date => (FieldType::Date(TemporalFormat::Default), "2026-12-31"),
            Kind::Time => (FieldType::Time(TemporalFormat::Iso), "18:30:00"),
            Kind::Datetime => {
                (FieldType::Datetime(TemporalFormat::Default), "2026-12-31T18:30:00Z")
            }
            Kind::Year => (FieldType::Year, "2026"),
            Kind::YearMonth => (FieldType::YearMonth, "2026-12"),
            Kind::Duration => (FieldType::Duration, "P30D"),
            Kind::Truth | Kind::Number | Kind::Text | Kind::Opaque => return None,
        })
    }
}
