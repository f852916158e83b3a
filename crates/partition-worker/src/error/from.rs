//! Errors of others as errors of the worker.

use super::Error;

impl Error {
    /// An error of the library that writes Parquet.
    pub(crate) fn parquet(error: parquet::errors::ParquetError) -> Error {
        Error::Parquet(error.to_string())
    }
}

impl From<job_files::TemplateError> for Error {
    fn from(error: job_files::TemplateError) -> Error {
        Error::Files(error.into())
    }
}
