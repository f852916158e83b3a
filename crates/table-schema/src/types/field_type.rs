//! The types that fields may have, with their formats. What a cell of each means is in
//! [`super::parse`].

use super::byte_set::ByteSet;
use super::datetime::Strptime;
use super::geopoint::GeopointFormat;
use super::number::NumberFormat;
use super::string_format::StringFormat;
use crate::named_enum::named_enum;

named_enum! {
    /// The types of the standard.
    pub(crate) enum TypeName {
        String = "string",
        Integer = "integer",
        Number = "number",
        Boolean = "boolean",
        Date = "date",
        Time = "time",
        Datetime = "datetime",
        Year = "year",
        YearMonth = "yearmonth",
        Duration = "duration",
        Object = "object",
        Array = "array",
        List = "list",
        Geopoint = "geopoint",
        Geojson = "geojson",
        Any = "any",
    }
}

/// The type of a field with its format.
#[derive(Clone, Debug)]
pub(crate) enum FieldType {
    Text(StringFormat),
    Number(NumberFormat),
    Boolean { yes: ByteSet, no: ByteSet },
    Date(TemporalFormat),
    Time(TemporalFormat),
    Datetime(TemporalFormat),
    Year,
    YearMonth,
    Duration,
    Object,
    Array,
    Geopoint(GeopointFormat),
    Geojson,
    List(ListType),
    Any,
}

/// The format of a date, a time or a datetime.
#[derive(Clone, Debug)]
pub(crate) enum TemporalFormat {
    Default,
    /// The default of a time in version 1 of the standard: it may have a fraction and a zone.
    Iso,
    Any,
    Pattern(Strptime),
}

/// The type `list`: values of one type with a delimiter between them.
#[derive(Clone, Debug)]
pub(crate) struct ListType {
    pub(crate) delimiter: Box<str>,
    pub(crate) item: Box<FieldType>,
}

// A new type does not compile until each of these has decided about it.
impl FieldType {
    /// The name of the type.
    pub(crate) fn type_name(&self) -> TypeName {
        match self {
            FieldType::Text(_) => TypeName::String,
            FieldType::Number(format) if format.integer => TypeName::Integer,
            FieldType::Number(_) => TypeName::Number,
            FieldType::Boolean { .. } => TypeName::Boolean,
            FieldType::Date(_) => TypeName::Date,
            FieldType::Time(_) => TypeName::Time,
            FieldType::Datetime(_) => TypeName::Datetime,
            FieldType::Year => TypeName::Year,
            FieldType::YearMonth => TypeName::YearMonth,
            FieldType::Duration => TypeName::Duration,
            FieldType::Object => TypeName::Object,
            FieldType::Array => TypeName::Array,
            FieldType::Geopoint(_) => TypeName::Geopoint,
            FieldType::Geojson => TypeName::Geojson,
            FieldType::List(_) => TypeName::List,
            FieldType::Any => TypeName::Any,
        }
    }

    /// The name of the type, as the standard spells it.
    pub(crate) fn name(&self) -> &'static str {
        self.type_name().as_str()
    }

    /// Whether a cell of the type is its own value: then a cell that has passed needs no parsing to
    /// be a key.
    pub(crate) fn is_verbatim(&self) -> bool {
        match self.type_name() {
            TypeName::String | TypeName::Any => true,
            TypeName::Integer
            | TypeName::Number
            | TypeName::Boolean
            | TypeName::Date
            | TypeName::Time
            | TypeName::Datetime
            | TypeName::Year
            | TypeName::YearMonth
            | TypeName::Duration
            | TypeName::Object
            | TypeName::Array
            | TypeName::List
            | TypeName::Geopoint
            | TypeName::Geojson => false,
        }
    }
}

impl TypeName {
    /// Whether values have an order, so that `minimum` and its like apply.
    pub(crate) fn is_ordered(self) -> bool {
        match self {
            TypeName::Integer
            | TypeName::Number
            | TypeName::Date
            | TypeName::Time
            | TypeName::Datetime
            | TypeName::Year
            | TypeName::YearMonth
            | TypeName::Duration => true,
            TypeName::String
            | TypeName::Boolean
            | TypeName::Object
            | TypeName::Array
            | TypeName::List
            | TypeName::Geopoint
            | TypeName::Geojson
            | TypeName::Any => false,
        }
    }

    /// Whether values have a length, so that `minLength` and `maxLength` apply.
    pub(crate) fn has_length(self) -> bool {
        match self {
            TypeName::String
            | TypeName::Object
            | TypeName::Array
            | TypeName::Geojson
            | TypeName::List => true,
            TypeName::Integer
            | TypeName::Number
            | TypeName::Boolean
            | TypeName::Date
            | TypeName::Time
            | TypeName::Datetime
            | TypeName::Year
            | TypeName::YearMonth
            | TypeName::Duration
            | TypeName::Geopoint
            | TypeName::Any => false,
        }
    }
}
