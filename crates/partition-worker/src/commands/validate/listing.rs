//! Rows of `rejected.csv` and `warnings.csv`: where a record stands, what is said of it, and the
//! record itself.

use csv_records::Dialect;

use super::row_places::Place;

/// The columns before those of the input that say where a record stands.
const PLACE_COLUMNS: [&str; 3] = ["_source", "_line", "_offset"];

/// The fourth column of `rejected.csv`.
pub(crate) const REASONS_COLUMN: &str = "_reasons";

/// The fourth column of `warnings.csv`.
pub(crate) const WARNINGS_COLUMN: &str = "_warnings";

/// A record with what is said of it.
pub(crate) struct Listed<'r> {
    pub place: Place<'r>,
    pub text: &'r str,
    pub record: &'r [u8],
    /// Its quotes would make the output malformed: it stands there as one quoted cell.
    pub is_one_cell: bool,
}

/// The header: the output's own columns, the last of which is `said`, then the input's header as it
/// stands there.
pub(crate) fn list_header(said: &str, header: &[u8], dialect: &Dialect, out: &mut Vec<u8>) {
    for column in PLACE_COLUMNS.into_iter().chain([said]) {
        dialect.write_cell(column.as_bytes(), out);
        out.push(dialect.delimiter);
    }
    out.extend_from_slice(header);
}

/// Appends a record. `line_end` is given to one that has none.
pub(crate) fn list(listed: &Listed<'_>, dialect: &Dialect, line_end: &[u8], out: &mut Vec<u8>) {
    let Listed { place, text, record, is_one_cell } = *listed;
    dialect.write_cell(place.source.as_bytes(), out);
    out.push(dialect.delimiter);
    if let Some(line) = place.line {
        dialect.write_cell(line.to_string().as_bytes(), out);
    }
    out.push(dialect.delimiter);
    dialect.write_cell(place.offset.to_string().as_bytes(), out);
    out.push(dialect.delimiter);
    dialect.write_cell(text.as_bytes(), out);
    out.push(dialect.delimiter);
    if is_one_cell {
        let line = record.strip_suffix(b"\n").unwrap_or(record);
        dialect.write_cell(line.strip_suffix(b"\r").unwrap_or(line), out);
        out.extend_from_slice(line_end);
    } else {
        out.extend_from_slice(record);
        if !record.ends_with(b"\n") {
            out.extend_from_slice(line_end);
        }
    }
}
