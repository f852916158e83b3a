//! How accepted records are written, and what columns of Parquet are where the schema leaves a
//! choice.

use clap::{Args, ValueEnum};
use table_schema::{ColumnType, Validator};

use super::headings::OUTPUT;
use super::partition_args::OutputFormat;

/// How accepted records are written.
#[derive(Args, Clone, Debug)]
pub(crate) struct AcceptedArgs {
    /// How accepted records are written: as the input is, as CSV, as JSON lines, or as Parquet in
    /// columns that the schema types
    #[arg(
        long,
        help_heading = OUTPUT,
        env = "JOB_WORKER_OUTPUT_FORMAT",
        value_enum,
        default_value_t = OutputFormat::Same,
    )]
    pub(crate) output_format: OutputFormat,
    /// What a number is in accepted.parquet: a decimal of 38 digits, 9 of them behind the point, or
    /// a double, the nearest to it [default: decimal; of Parquet, what it is there]
    #[arg(
        long,
        help_heading = OUTPUT,
        env = "JOB_WORKER_PARQUET_NUMBERS",
        value_name = "decimal|double",
        hide_possible_values = true
    )]
    pub(crate) parquet_numbers: Option<ParquetNumbers>,
    /// What a datetime is in accepted.parquet: a moment of UTC, or what a clock shows whose place
    /// is not known [default: utc, unless the field's format has no time zone; of Parquet, what it
    /// is there]
    #[arg(
        long,
        help_heading = OUTPUT,
        env = "JOB_WORKER_PARQUET_DATETIMES",
        value_name = "utc|local",
        hide_possible_values = true
    )]
    pub(crate) parquet_datetimes: Option<ParquetDatetimes>,
}

/// What a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ParquetNumbers {
    /// Exact, and of a limited size.
    Decimal,
    /// Of any size, and rounded.
    Double,
}

/// What a datetime is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ParquetDatetimes {
    /// A moment.
    Utc,
    /// What a clock shows.
    Local,
}

impl AcceptedArgs {
    /// The settings that the output depends on, besides its format.
    pub(crate) fn settings(&self) -> impl Iterator<Item = (String, String)> {
        let numbers = self.parquet_numbers.map(|numbers| match numbers {
            ParquetNumbers::Decimal => ("parquet_numbers", "decimal"),
            ParquetNumbers::Double => ("parquet_numbers", "double"),
        });
        let datetimes = self.parquet_datetimes.map(|datetimes| match datetimes {
            ParquetDatetimes::Utc => ("parquet_datetimes", "utc"),
            ParquetDatetimes::Local => ("parquet_datetimes", "local"),
        });
        let given = numbers.into_iter().chain(datetimes);
        given.map(|(name, value)| (name.to_owned(), value.to_owned()))
    }

    /// The same validator, whose typed columns are what somebody has chosen, or like those of the
    /// file.
    pub(crate) fn choose(
        &self,
        mut validator: Validator,
        alike: &[(usize, ColumnType)],
    ) -> Validator {
        let numbers = self.parquet_numbers.map(ParquetNumbers::column);
        let datetimes = self.parquet_datetimes.map(ParquetDatetimes::column);
        for column in 0..validator.column_count() {
            for chosen in numbers.into_iter().chain(datetimes) {
                validator = validator.with_column(column, chosen);
            }
        }
        alike
            .iter()
            .fold(validator, |validator, (column, alike)| validator.with_column(*column, *alike))
    }
}

impl ParquetNumbers {
    fn column(self) -> ColumnType {
        match self {
            ParquetNumbers::Decimal => ColumnType::Decimal,
            ParquetNumbers::Double => ColumnType::Double,
        }
    }
}

impl ParquetDatetimes {
    fn column(self) -> ColumnType {
        ColumnType::Timestamp { utc: self == ParquetDatetimes::Utc }
    }
}
