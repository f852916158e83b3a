//! The values of one column of a row group, one after the other, each with its levels.

use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{
    BoolType, ByteArrayType, DataType, DoubleType, FixedLenByteArrayType, FloatType, Int32Type,
    Int64Type, Int96Type,
};
use parquet::errors::{ParquetError, Result};

use super::scalar::Stored;

/// Rows that are read at once.
const BATCH: usize = 1024;

/// The values of one column, at one of them. A value that is not there has levels all the same.
pub(super) struct ColumnValues {
    max_definition: i16,
    max_repetition: i16,
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
    /// The place of the levels, and that of the next value among those that are there.
    at: usize,
    value: usize,
    /// How many levels were read.
    levels: usize,
    values: Typed,
}

enum Typed {
    Booleans(Values<BoolType>),
    Ints(Values<Int32Type>),
    Longs(Values<Int64Type>),
    Int96s(Values<Int96Type>),
    Floats(Values<FloatType>),
    Doubles(Values<DoubleType>),
    Bytes(Values<ByteArrayType>),
    FixedBytes(Values<FixedLenByteArrayType>),
}

struct Values<T: DataType> {
    reader: ColumnReaderImpl<T>,
    read: Vec<T::T>,
}

impl<T: DataType> Values<T> {
    fn new(reader: ColumnReaderImpl<T>) -> Self {
        Values { reader, read: Vec::new() }
    }

    /// Reads the next rows. Returns the number of their levels.
    fn fill(&mut self, definitions: &mut Vec<i16>, repetitions: &mut Vec<i16>) -> Result<usize> {
        self.read.clear();
        let (_, _, levels) = self.reader.read_records(
            BATCH,
            Some(definitions),
            Some(repetitions),
            &mut self.read,
        )?;
        Ok(levels)
    }
}

impl ColumnValues {
    /// The values of a column with these maximal levels, at the first one.
    pub(super) fn new(reader: ColumnReader, definition: i16, repetition: i16) -> Result<Self> {
        let values = match reader {
            ColumnReader::BoolColumnReader(reader) => Typed::Booleans(Values::new(reader)),
            ColumnReader::Int32ColumnReader(reader) => Typed::Ints(Values::new(reader)),
            ColumnReader::Int64ColumnReader(reader) => Typed::Longs(Values::new(reader)),
            ColumnReader::Int96ColumnReader(reader) => Typed::Int96s(Values::new(reader)),
            ColumnReader::FloatColumnReader(reader) => Typed::Floats(Values::new(reader)),
            ColumnReader::DoubleColumnReader(reader) => Typed::Doubles(Values::new(reader)),
            ColumnReader::ByteArrayColumnReader(reader) => Typed::Bytes(Values::new(reader)),
            ColumnReader::FixedLenByteArrayColumnReader(reader) => {
                Typed::FixedBytes(Values::new(reader))
            }
        };
        let mut column = ColumnValues {
            max_definition: definition,
            max_repetition: repetition,
            definitions: Vec::new(),
            repetitions: Vec::new(),
            at: 0,
            value: 0,
            levels: 0,
            values,
        };
        column.fill()?;
        Ok(column)
    }

    fn fill(&mut self) -> Result<()> {
        let ColumnValues { definitions, repetitions, .. } = self;
        definitions.clear();
        repetitions.clear();
        self.levels = match &mut self.values {
            Typed::Booleans(values) => values.fill(definitions, repetitions),
            Typed::Ints(values) => values.fill(definitions, repetitions),
            Typed::Longs(values) => values.fill(definitions, repetitions),
            Typed::Int96s(values) => values.fill(definitions, repetitions),
            Typed::Floats(values) => values.fill(definitions, repetitions),
            Typed::Doubles(values) => values.fill(definitions, repetitions),
            Typed::Bytes(values) => values.fill(definitions, repetitions),
            Typed::FixedBytes(values) => values.fill(definitions, repetitions),
        }?;
        (self.at, self.value) = (0, 0);
        Ok(())
    }

    /// Whether all are passed.
    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.levels
    }

    /// The definition level here.
    pub(super) fn definition(&self) -> i16 {
        if self.max_definition == 0 {
            return 0;
        }
        self.definitions.get(self.at).copied().unwrap_or(0)
    }

    /// The repetition level here; 0 at the end.
    pub(super) fn repetition(&self) -> i16 {
        if self.max_repetition == 0 {
            return 0;
        }
        self.repetitions.get(self.at).copied().unwrap_or(0)
    }

    /// The value here, if one is.
    pub(super) fn stored(&self) -> Result<Option<Stored<'_>>> {
        if self.is_at_end() {
            return Err(ParquetError::General("a column has fewer values than rows".to_owned()));
        }
        if self.definition() < self.max_definition {
            return Ok(None);
        }
        let at = self.value;
        let stored = match &self.values {
            Typed::Booleans(values) => values.read.get(at).map(|value| Stored::Boolean(*value)),
            Typed::Ints(values) => values.read.get(at).map(|value| Stored::Int(*value)),
            Typed::Longs(values) => values.read.get(at).map(|value| Stored::Long(*value)),
            Typed::Int96s(values) => values.read.get(at).map(Stored::Int96),
            Typed::Floats(values) => values.read.get(at).map(|value| Stored::Float(*value)),
            Typed::Doubles(values) => values.read.get(at).map(|value| Stored::Double(*value)),
            Typed::Bytes(values) => values.read.get(at).map(|value| Stored::Bytes(value.data())),
            Typed::FixedBytes(values) => {
                values.read.get(at).map(|value| Stored::Bytes(value.data()))
            }
        };
        let none = || ParquetError::General("a column has fewer values than levels".to_owned());
        stored.ok_or_else(none).map(Some)
    }

    /// Passes what is here.
    pub(super) fn pass(&mut self) -> Result<()> {
        self.value += usize::from(self.definition() == self.max_definition);
        self.at += 1;
        if self.is_at_end() && self.levels > 0 { self.fill() } else { Ok(()) }
    }
}
