//! One column of a row group: its values as they are gathered, and how Parquet stores them.

use std::io::Write;
use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DoubleType, FixedLenByteArray, FixedLenByteArrayType,
    Int32Type, Int64Type,
};
use parquet::errors::Result;
use parquet::file::writer::SerializedRowGroupWriter;
use parquet::schema::types::{Type, TypePtr};
use table_schema::{ColumnType, DECIMAL_SCALE, TypedCell};

/// The digits of a decimal, which 16 bytes hold.
const PRECISION: i32 = 38;

/// Values that are handed to the library at once; it takes texts as pieces of 32 bytes each.
const BATCH: usize = 8192;

/// The values of a column since the last row group. What is missing has a level and no value.
pub(super) struct Column {
    levels: Vec<i16>,
    values: Values,
}

enum Values {
    Booleans(Vec<bool>),
    Ints(Vec<i32>),
    Longs(Vec<i64>),
    Doubles(Vec<f64>),
    /// Big-endian, one after the other.
    Decimals(Vec<u8>),
    Texts {
        bytes: Vec<u8>,
        ends: Vec<usize>,
    },
}

/// How Parquet describes a column. All of them may be missing, so that files of one run have one
/// schema whatever is required.
pub(super) fn parquet_type(name: &str, column: ColumnType) -> Result<TypePtr> {
    let time = |utc| LogicalType::time(utc, TimeUnit::MICROS);
    let (physical, logical) = match column {
        ColumnType::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        ColumnType::Json => (Physical::BYTE_ARRAY, Some(LogicalType::Json)),
        ColumnType::Integer => (Physical::INT64, None),
        ColumnType::Unsigned => (Physical::INT64, Some(LogicalType::integer(64, false))),
        ColumnType::Decimal => (
            Physical::FIXED_LEN_BYTE_ARRAY,
            Some(LogicalType::decimal(DECIMAL_SCALE as i32, PRECISION)),
        ),
        ColumnType::Double => (Physical::DOUBLE, None),
        ColumnType::Boolean => (Physical::BOOLEAN, None),
        ColumnType::Date => (Physical::INT32, Some(LogicalType::Date)),
        ColumnType::Time => (Physical::INT64, Some(time(false))),
        ColumnType::Timestamp { utc } => {
            (Physical::INT64, Some(LogicalType::timestamp(utc, TimeUnit::MICROS)))
        }
        ColumnType::Year => (Physical::INT32, None),
    };
    let mut builder = Type::primitive_type_builder(name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical);
    if column == ColumnType::Decimal {
        let (scale, length) = (DECIMAL_SCALE as i32, size_of::<i128>() as i32);
        builder = builder.with_precision(PRECISION).with_scale(scale).with_length(length);
    }
    builder.build().map(Arc::new)
}

impl Column {
    /// An empty column of this type.
    pub(super) fn new(column: ColumnType) -> Column {
        let values = match column {
            ColumnType::Text | ColumnType::Json => {
                Values::Texts { bytes: Vec::new(), ends: Vec::new() }
            }
            ColumnType::Decimal => Values::Decimals(Vec::new()),
            ColumnType::Double => Values::Doubles(Vec::new()),
            ColumnType::Boolean => Values::Booleans(Vec::new()),
            ColumnType::Date | ColumnType::Year => Values::Ints(Vec::new()),
            ColumnType::Integer
            | ColumnType::Unsigned
            | ColumnType::Time
            | ColumnType::Timestamp { .. } => Values::Longs(Vec::new()),
        };
        Column { levels: Vec::new(), values }
    }

    /// Appends a cell of the column's type. Returns how many bytes it takes.
    pub(super) fn push(&mut self, cell: TypedCell<'_>) -> usize {
        let size = match (&mut self.values, cell) {
            (_, TypedCell::Missing) => {
                self.levels.push(0);
                return size_of::<i16>();
            }
            (Values::Booleans(values), TypedCell::Boolean(value)) => {
                values.push(value);
                size_of::<bool>()
            }
            (Values::Ints(values), TypedCell::Int(value)) => {
                values.push(value);
                size_of::<i32>()
            }
            (Values::Longs(values), TypedCell::Long(value)) => {
                values.push(value);
                size_of::<i64>()
            }
            (Values::Doubles(values), TypedCell::Double(value)) => {
                values.push(value);
                size_of::<f64>()
            }
            (Values::Decimals(values), TypedCell::Decimal(value)) => {
                values.extend_from_slice(&value.to_be_bytes());
                size_of::<i128>()
            }
            (Values::Texts { bytes, ends }, TypedCell::Text(text)) => {
                bytes.extend_from_slice(text);
                ends.push(bytes.len());
                text.len() + size_of::<usize>()
            }
            _ => unreachable!("a column has cells of its own type"),
        };
        self.levels.push(1);
        size + size_of::<i16>()
    }

    /// Writes what was gathered as the next column of a row group, and forgets it.
    pub(super) fn write<W: Write + Send>(
        &mut self,
        group: &mut SerializedRowGroupWriter<'_, W>,
    ) -> Result<()> {
        let mut column = group.next_column()?.expect("the schema has as many columns");
        let mut levels = self.levels.as_slice();
        match &mut self.values {
            Values::Booleans(values) => {
                column.typed::<BoolType>().write_batch(values, Some(levels), None)?;
                values.clear();
            }
            Values::Ints(values) => {
                column.typed::<Int32Type>().write_batch(values, Some(levels), None)?;
                values.clear();
            }
            Values::Longs(values) => {
                column.typed::<Int64Type>().write_batch(values, Some(levels), None)?;
                values.clear();
            }
            Values::Doubles(values) => {
                column.typed::<DoubleType>().write_batch(values, Some(levels), None)?;
                values.clear();
            }
            Values::Decimals(values) => {
                let bytes = Bytes::from(std::mem::take(values));
                let mut at = 0;
                while !levels.is_empty() {
                    let (batch, rest) = levels.split_at(levels.len().min(BATCH));
                    levels = rest;
                    let values: Vec<FixedLenByteArray> = (0..present(batch))
                        .map(|_| {
                            at += size_of::<i128>();
                            ByteArray::from(bytes.slice(at - size_of::<i128>()..at)).into()
                        })
                        .collect();
                    let typed = column.typed::<FixedLenByteArrayType>();
                    typed.write_batch(&values, Some(batch), None)?;
                }
            }
            Values::Texts { bytes, ends } => {
                let bytes = Bytes::from(std::mem::take(bytes));
                let (mut start, mut ends_left) = (0, ends.iter());
                while !levels.is_empty() {
                    let (batch, rest) = levels.split_at(levels.len().min(BATCH));
                    levels = rest;
                    let values: Vec<ByteArray> = ends_left
                        .by_ref()
                        .take(present(batch))
                        .map(|end| {
                            let text = bytes.slice(start..*end);
                            start = *end;
                            text.into()
                        })
                        .collect();
                    column.typed::<ByteArrayType>().write_batch(&values, Some(batch), None)?;
                }
                ends.clear();
            }
        }
        self.levels.clear();
        column.close()
    }
}

/// How many of these rows have a value.
fn present(levels: &[i16]) -> usize {
    levels.iter().filter(|level| **level == 1).count()
}
