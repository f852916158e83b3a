//! The cells of good rows as values of machine types, for outputs that have such types.

use serde::de::IgnoredAny;

use super::column_type::{ColumnType, DECIMAL_SCALE};
use super::validator::Validator;
use crate::schema::NULL;
use crate::types::datetime::{Instant, SECONDS_A_DAY};
use crate::types::number::Decimal;
use crate::types::{FieldType, Number, TemporalFormat, Value};

/// What a cell of a column means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TypedCell<'c> {
    /// No value: the cell is one of the missing values.
    Missing,
    /// The cell itself, valid UTF-8.
    Text(&'c [u8]),
    /// Of an integer, as its bits are where it is unsigned, or the microseconds of a time or a
    /// timestamp.
    Long(i64),
    /// Of a date or a year.
    Int(i32),
    /// Of a number: its value times 10 to the power of [`DECIMAL_SCALE`].
    Decimal(i128),
    /// Of a number: the nearest one.
    Double(f64),
    /// Of a boolean.
    Boolean(bool),
}

/// Why a value has no place in a column of its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// An integer of more than 64 bits.
    #[error(
        "it does not fit into 64 bits: give the field a minimum and a maximum, or the type string"
    )]
    Integer,
    /// A number with too many digits.
    #[error(
        "it has more than 29 digits before the decimal point or more than 9 behind it: give \
         --parquet-numbers double, which rounds, or the field the type string"
    )]
    Digits,
    /// NaN or an infinity.
    #[error(
        "it is no finite number: give --parquet-numbers double, make it one of the missingValues, \
         or give the field a minimum and a maximum"
    )]
    NotFinite,
    /// A date or time outside what its column can hold.
    #[error("its year is too far from ours: give the field a minimum and a maximum")]
    Year,
    /// Digits behind the microseconds.
    #[error("it is finer than a microsecond: give the field the type string")]
    Fraction,
    /// A time zone where the column has none.
    #[error(
        "it has a time zone, and its column cannot have one: give the field the type string, or a \
         datetime --parquet-datetimes utc"
    )]
    Zone,
    /// No time zone where the column needs one.
    #[error(
        "it has no time zone, and its column is in UTC: where no value has one, give \
         --parquet-datetimes local, or the field a format such as %Y-%m-%dT%H:%M:%S"
    )]
    NoZone,
    /// The cell is not of the field's type: its row is not good.
    #[error("it is not of the field's type")]
    NotOfType,
}

impl Validator {
    /// The columns of the file, by name and type.
    pub fn typed_columns(&self) -> impl Iterator<Item = (&str, ColumnType)> {
        let columns = self.columns.iter().enumerate();
        columns.map(|(index, column)| (column.name.as_str(), self.column_type(index)))
    }

    /// The same validator with another type for the column of an output: doubles for a number, no
    /// sign for an integer, a clock in an unknown place for a datetime. Other columns stay what
    /// they are, and the first choice counts.
    #[must_use]
    pub fn with_column(mut self, column: usize, chosen: ColumnType) -> Validator {
        let of_schema = self.columns.get(column).map(|_| self.column_type(column));
        let fits = matches!(
            (of_schema, chosen),
            (Some(ColumnType::Decimal), ColumnType::Decimal | ColumnType::Double)
                | (Some(ColumnType::Integer), ColumnType::Unsigned)
                | (Some(ColumnType::Timestamp { .. }), ColumnType::Timestamp { .. })
        );
        if fits && !self.chosen.iter().any(|(index, _)| *index == column) {
            self.chosen.push((column, chosen));
        }
        self
    }

    fn column_type(&self, column: usize) -> ColumnType {
        let chosen = self.chosen.iter().find(|(index, _)| *index == column);
        let of_field = |field: u16| column_type(&self.fields[usize::from(field)].field_type);
        chosen.map_or_else(
            || self.columns[column].field.map_or(ColumnType::Text, of_field),
            |(_, chosen)| *chosen,
        )
    }

    /// Whether a cell of the column of this index is a missing value.
    pub fn is_missing(&self, column: usize, cell: &[u8]) -> bool {
        let field = self.columns[column].field;
        field.is_some_and(|field| self.fields[usize::from(field)].missing.contains(cell))
    }

    /// Whether a cell stands for null in rows that tell it from every text
    /// ([`Schema::with_null`](crate::Schema::with_null)).
    pub fn is_null(&self, cell: &[u8]) -> bool {
        cell == NULL
    }

    /// Whether a cell of a good row is JSON as it stands, and means the same there: a number that
    /// is written as JSON writes it, true and false, an object, an array.
    pub fn is_json(&self, column: usize, cell: &[u8]) -> bool {
        let Some(field) = self.columns[column].field else { return false };
        match &self.fields[usize::from(field)].field_type {
            FieldType::Number(format) => {
                let is_plain = format.group_char.is_none() && *format.decimal_char == *b".";
                is_plain && is_json_number(cell)
            }
            FieldType::Boolean { yes, no } => match cell {
                b"true" => yes.contains(cell),
                b"false" => no.contains(cell),
                _ => false,
            },
            FieldType::Object | FieldType::Array => true,
            FieldType::Geojson
            | FieldType::Text(_)
            | FieldType::Date(_)
            | FieldType::Time(_)
            | FieldType::Datetime(_)
            | FieldType::Year
            | FieldType::YearMonth
            | FieldType::Duration
            | FieldType::Geopoint(_)
            | FieldType::List(_)
            | FieldType::Any => false,
        }
    }

    /// What a cell of a good row means in the column of this index.
    ///
    /// # Errors
    ///
    /// If the type of the column cannot hold it, or the row is not good.
    pub fn typed<'c>(&'c self, column: usize, cell: &'c [u8]) -> Result<TypedCell<'c>, Unfit> {
        let Some(field) = self.columns[column].field else { return Ok(TypedCell::Text(cell)) };
        let field = &self.fields[usize::from(field)];
        if field.missing.contains(cell) {
            return Ok(TypedCell::Missing);
        }
        let kind = self.column_type(column);
        if matches!(kind, ColumnType::Text | ColumnType::Json) {
            return Ok(TypedCell::Text(cell));
        }
        if kind == ColumnType::Year {
            let year = std::str::from_utf8(cell).ok().and_then(|year| year.parse().ok());
            return year.map(TypedCell::Int).ok_or(Unfit::Zone);
        }
        match (kind, field.field_type.parse(cell)) {
            (ColumnType::Integer, Some(Value::Number(number))) => {
                let whole = finite(&number)?.scaled(0).and_then(|whole| i64::try_from(whole).ok());
                whole.map(TypedCell::Long).ok_or(Unfit::Integer)
            }
            (ColumnType::Unsigned, Some(Value::Number(number))) => {
                let whole = finite(&number)?.scaled(0).and_then(|whole| u64::try_from(whole).ok());
                whole.map(|whole| TypedCell::Long(whole.cast_signed())).ok_or(Unfit::Integer)
            }
            (ColumnType::Decimal, Some(Value::Number(number))) => {
                let scaled = finite(&number)?.scaled(DECIMAL_SCALE);
                scaled.map(TypedCell::Decimal).ok_or(Unfit::Digits)
            }
            (ColumnType::Double, Some(Value::Number(number))) => {
                Ok(TypedCell::Double(number.nearest_double()))
            }
            (ColumnType::Boolean, Some(Value::Boolean(value))) => Ok(TypedCell::Boolean(value)),
            (ColumnType::Date, Some(Value::Instant(instant))) => {
                let days = i32::try_from(instant.seconds.div_euclid(SECONDS_A_DAY));
                days.map(TypedCell::Int).map_err(|_| Unfit::Year)
            }
            (ColumnType::Time, Some(Value::Instant(instant))) => {
                // The default format has no zone, and its times are not called local.
                let has_zone = !instant.local && !is_default(&field.field_type);
                if has_zone { Err(Unfit::Zone) } else { micros(&instant).map(TypedCell::Long) }
            }
            (ColumnType::Timestamp { utc }, Some(Value::Instant(instant))) => {
                match (utc, instant.local) {
                    (true, true) => Err(Unfit::NoZone),
                    (false, false) => Err(Unfit::Zone),
                    _ => micros(&instant).map(TypedCell::Long),
                }
            }
            _ => Err(Unfit::NotOfType),
        }
    }
}

fn is_json_number(cell: &[u8]) -> bool {
    let is_number = matches!(cell, [b'0'..=b'9' | b'-', ..]);
    is_number && serde_json::from_slice::<IgnoredAny>(cell).is_ok()
}

fn column_type(field_type: &FieldType) -> ColumnType {
    match field_type {
        FieldType::Number(format) if format.integer => ColumnType::Integer,
        FieldType::Number(_) => ColumnType::Decimal,
        FieldType::Boolean { .. } => ColumnType::Boolean,
        FieldType::Date(_) => ColumnType::Date,
        FieldType::Time(_) => ColumnType::Time,
        FieldType::Datetime(TemporalFormat::Pattern(pattern)) => {
            ColumnType::Timestamp { utc: pattern.has_zone() }
        }
        FieldType::Datetime(_) => ColumnType::Timestamp { utc: true },
        FieldType::Year => ColumnType::Year,
        FieldType::Object | FieldType::Array | FieldType::Geojson => ColumnType::Json,
        FieldType::Text(_)
        | FieldType::YearMonth
        | FieldType::Duration
        | FieldType::Geopoint(_)
        | FieldType::List(_)
        | FieldType::Any => ColumnType::Text,
    }
}

fn is_default(field_type: &FieldType) -> bool {
    matches!(field_type, FieldType::Time(TemporalFormat::Default))
}

fn finite<'n>(number: &'n Number<'_>) -> Result<Decimal<'n>, Unfit> {
    match number.borrowed() {
        Number::Finite(decimal) => Ok(decimal),
        Number::NaN | Number::Infinity | Number::NegativeInfinity => Err(Unfit::NotFinite),
    }
}

fn micros(instant: &Instant<'_>) -> Result<i64, Unfit> {
    const DIGITS: usize = 6;
    if instant.fraction.len() > DIGITS {
        return Err(Unfit::Fraction);
    }
    let digits = instant.fraction.iter().copied().chain(std::iter::repeat(b'0')).take(DIGITS);
    let fraction = digits.fold(0, |micros, digit| micros * 10 + i64::from(digit - b'0'));
    let seconds = instant.seconds.checked_mul(1_000_000);
    seconds.and_then(|micros| micros.checked_add(fraction)).ok_or(Unfit::Year)
}
