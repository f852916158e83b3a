//! Why a file cannot be read as Parquet.

use parquet::errors::ParquetError;

/// Why a file cannot be read as Parquet.
#[derive(Debug, thiserror::Error)]
pub enum ParquetProblem {
    /// It is something else.
    #[error("it does not begin with PAR1: it is no Parquet; name its format by --input-format")]
    NotParquet,
    /// Its end, where the columns are described, is not there.
    #[error("it does not end with PAR1: it was cut off, or is still being written; send it again")]
    CutOff,
    /// Nobody has its key.
    #[error("it is encrypted: write it without encryption (its storage may encrypt it instead)")]
    Encrypted,
    /// A kind of column that is not read.
    #[error("the column {column:?} is {kind}, which is not read: {remedy}")]
    Column {
        /// The path of the column.
        column: String,
        /// What it is.
        kind: String,
        /// What to do about it.
        remedy: &'static str,
    },
    /// Columns inside of columns without end.
    #[error("the column {column:?} has more than {limit} others inside each other")]
    TooDeep {
        /// The column at the top.
        column: String,
        /// How many there may be.
        limit: usize,
    },
    /// The file contradicts itself.
    #[error("it is damaged: {0}; write it again")]
    Damaged(String),
}

impl ParquetProblem {
    /// What the library says of a file.
    pub(super) fn of(error: &ParquetError) -> ParquetProblem {
        let words = error.to_string();
        let words = words.strip_prefix("Parquet error: ").unwrap_or(&words);
        ParquetProblem::Damaged(words.to_owned())
    }
}
