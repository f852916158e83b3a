//! What the encoding and the dialect of the input cannot be together with.

use csv_records::translation::InputEncoding;

use super::partition_args::Split;
use crate::descriptors::FileDialect;
use crate::error::Error;

/// Refuses to cut a file into byte ranges that has to be decoded from its beginning.
///
/// # Errors
///
/// If both are asked for.
pub(crate) fn check_split(encoding: InputEncoding, split: Split) -> Result<(), Error> {
    if split == Split::Files || encoding == InputEncoding::Utf8 {
        return Ok(());
    }
    Err(Error::Setting(format!(
        "--split bytes cuts files in UTF-8 only, and --encoding says {encoding}: use one file per \
         partition (a template or a folder), or convert the file first (iconv -t utf-8)"
    )))
}

/// Refuses to cut a file into byte ranges whose records cannot be told from its middle.
///
/// # Errors
///
/// If both are asked for.
pub(crate) fn check_dialect_split(dialect: &FileDialect, split: Split) -> Result<(), Error> {
    match dialect.table.not_plain() {
        Some(property) if split == Split::Bytes => Err(Error::Setting(format!(
            "--split bytes cuts plain CSV only, and the dialect has {property}: use one file per \
             partition (a template or a folder)"
        ))),
        _ => Ok(()),
    }
}
