//! The types of the columns of an output that has such types.

/// The digits behind the decimal point that a number of a column has.
pub const DECIMAL_SCALE: u32 = 9;

/// The type of a column, which depends on the schema alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// Text: strings, and what has no machine type.
    Text,
    /// JSON as text.
    Json,
    /// A whole number of 64 bits.
    Integer,
    /// The same without a sign. Only where it is [chosen](crate::Validator::with_column).
    Unsigned,
    /// A number of 38 digits, [`DECIMAL_SCALE`] of them behind the decimal point.
    Decimal,
    /// A number of 64 bits with a binary point, the nearest to what the cell says. Only where it is
    /// [chosen](crate::Validator::with_column).
    Double,
    /// True or false.
    Boolean,
    /// Days since 1970-01-01.
    Date,
    /// Microseconds since midnight.
    Time,
    /// Microseconds since 1970-01-01T00:00:00, of UTC or of a clock in an unknown place.
    Timestamp {
        /// Whether it is UTC.
        utc: bool,
    },
    /// A year.
    Year,
}
