//! What the values of a column mean: its physical type and what the file calls it.

use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type as Physical};
use parquet::schema::types::Type;

use super::problem::ParquetProblem;

/// The digits of the largest decimal that is read; 16 bytes hold it.
const PRECISION: i32 = 38;

/// What the values of a column mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Boolean,
    Signed,
    Unsigned,
    /// Digits behind the decimal point.
    Decimal(u32),
    Float,
    HalfFloat,
    /// Days.
    Date,
    /// In parts of a second.
    Time(u32),
    /// In parts of a second, of UTC or of a clock in an unknown place.
    Timestamp {
        parts: u32,
        utc: bool,
    },
    /// Days and nanoseconds in 96 bits. Spark, which writes it, means UTC.
    Int96,
    Text,
    Binary,
    Uuid,
    /// Months, days and milliseconds.
    Interval,
}

impl Form {
    /// That of the column at this path.
    pub(super) fn of(column: &Type, path: &str) -> Result<Form, ParquetProblem> {
        let info = column.get_basic_info();
        let physical = column.get_physical_type();
        let logical = info.logical_type_ref();
        let form = match (logical, info.converted_type(), physical) {
            (Some(logical), _, _) => Form::of_logical(logical, physical),
            (None, ConvertedType::NONE, _) => Form::of_physical(physical),
            (None, converted, _) => Form::of_converted(converted, column, physical),
        };
        let refused = |kind: String, remedy| {
            Err(ParquetProblem::Column { column: path.to_owned(), kind, remedy })
        };
        match (form, logical) {
            (Some(Form::Decimal(_)), _) if column.get_precision() > PRECISION => refused(
                format!("a decimal of {} digits", column.get_precision()),
                "cast it to one of at most 38",
            ),
            (Some(Form::Decimal(_)), _) if column.get_scale() < 0 => refused(
                format!("a decimal with the scale {}", column.get_scale()),
                "cast it to one whose scale is not negative",
            ),
            (Some(form), _) => Ok(form),
            (None, Some(logical)) => refused(
                format!("{logical:?} in {physical}"),
                "cast it to text or a number, or leave it out of the file",
            ),
            (None, None) => refused(
                format!("{} in {physical}", info.converted_type()),
                "cast it to text or a number, or leave it out of the file",
            ),
        }
    }

    fn of_physical(physical: Physical) -> Option<Form> {
        Some(match physical {
            Physical::BOOLEAN => Form::Boolean,
            Physical::INT32 | Physical::INT64 => Form::Signed,
            Physical::INT96 => Form::Int96,
            Physical::FLOAT | Physical::DOUBLE => Form::Float,
            Physical::BYTE_ARRAY | Physical::FIXED_LEN_BYTE_ARRAY => Form::Binary,
        })
    }

    fn of_logical(logical: &LogicalType, physical: Physical) -> Option<Form> {
        let parts = |unit: &TimeUnit| match unit {
            TimeUnit::MILLIS => 1000,
            TimeUnit::MICROS => 1_000_000,
            TimeUnit::NANOS => 1_000_000_000,
        };
        let is_int = matches!(physical, Physical::INT32 | Physical::INT64);
        let is_bytes = matches!(physical, Physical::BYTE_ARRAY | Physical::FIXED_LEN_BYTE_ARRAY);
        match logical {
            LogicalType::String | LogicalType::Enum | LogicalType::Json if is_bytes => {
                Some(Form::Text)
            }
            LogicalType::Bson if is_bytes => Some(Form::Binary),
            LogicalType::Decimal(of) if is_int || is_bytes => {
                Some(Form::Decimal(of.scale.try_into().unwrap_or(0)))
            }
            LogicalType::Date if physical == Physical::INT32 => Some(Form::Date),
            LogicalType::Time(of) if is_int => Some(Form::Time(parts(&of.unit))),
            LogicalType::Timestamp(of) if physical == Physical::INT64 => {
                Some(Form::Timestamp { parts: parts(&of.unit), utc: of.is_adjusted_to_u_t_c })
            }
            LogicalType::Integer(of) if is_int => {
                Some(if of.is_signed { Form::Signed } else { Form::Unsigned })
            }
            LogicalType::Uuid if physical == Physical::FIXED_LEN_BYTE_ARRAY => Some(Form::Uuid),
            LogicalType::Float16 if is_bytes => Some(Form::HalfFloat),
            // All of its values are null.
            LogicalType::Unknown => Form::of_physical(physical),
            _ => None,
        }
    }

    fn of_converted(converted: ConvertedType, column: &Type, physical: Physical) -> Option<Form> {
        let is_int = matches!(physical, Physical::INT32 | Physical::INT64);
        let is_bytes = matches!(physical, Physical::BYTE_ARRAY | Physical::FIXED_LEN_BYTE_ARRAY);
        let utc = true;
        match converted {
            ConvertedType::UTF8 | ConvertedType::ENUM | ConvertedType::JSON if is_bytes => {
                Some(Form::Text)
            }
            ConvertedType::BSON if is_bytes => Some(Form::Binary),
            ConvertedType::DECIMAL if is_int || is_bytes => {
                Some(Form::Decimal(column.get_scale().try_into().unwrap_or(0)))
            }
            ConvertedType::DATE if physical == Physical::INT32 => Some(Form::Date),
            ConvertedType::TIME_MILLIS if is_int => Some(Form::Time(1000)),
            ConvertedType::TIME_MICROS if is_int => Some(Form::Time(1_000_000)),
            ConvertedType::TIMESTAMP_MILLIS if is_int => Some(Form::Timestamp { parts: 1000, utc }),
            ConvertedType::TIMESTAMP_MICROS if is_int => {
                Some(Form::Timestamp { parts: 1_000_000, utc })
            }
            ConvertedType::UINT_8
            | ConvertedType::UINT_16
            | ConvertedType::UINT_32
            | ConvertedType::UINT_64
                if is_int =>
            {
                Some(Form::Unsigned)
            }
            ConvertedType::INT_8
            | ConvertedType::INT_16
            | ConvertedType::INT_32
            | ConvertedType::INT_64
                if is_int =>
            {
                Some(Form::Signed)
            }
            ConvertedType::INTERVAL if is_bytes => Some(Form::Interval),
            _ => None,
        }
    }
}
