//! Rows of `rejected.csv` and `warnings.csv`: where a record stands, what is said of it, and the
//! record itself.

use csv_records::Dialect;
use serde_json::value::RawValue;

use super::row_places::Place;
use crate::partition::{OwnCells, PLACE_COLUMNS};

/// A record with what is said of it.
pub(crate) struct Listed<'r> {
    pub place: ListedPlace<'r>,
    pub text: &'r str,
    pub record: &'r [u8],
    /// Its quotes would make the output malformed: it stands there as one quoted cell.
    pub is_one_cell: bool,
}

/// Where a record stands, as its row says it.
#[derive(Clone, Copy)]
pub(crate) enum ListedPlace<'r> {
    /// In the file that is read.
    Here(Place<'r>),
    /// Where it stood before it was rejected for the first time.
    First(&'r OwnCells),
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
fn list(listed: &Listed<'_>, dialect: &Dialect, line_end: &[u8], out: &mut Vec<u8>) {
    let Listed { place, text, record, is_one_cell } = *listed;
    match place {
        ListedPlace::Here(place) => {
            let line = place.line.map(|line| line.to_string()).unwrap_or_default();
            write_place([place.source, &line, &place.offset.to_string()], dialect, out);
        }
        ListedPlace::First(own) => {
            write_place([&own.source, &own.line, &own.offset], dialect, out);
        }
    }
    dialect.write_cell(text.as_bytes(), out);
    out.push(dialect.delimiter);
    if is_one_cell {
        let line = record.strip_suffix(b"\n").unwrap_or(record);
        dialect.write_cell(line.strip_suffix(b"\r").unwrap_or(line), out);
        out.extend_from_slice(line_end);
    } else {
        out.extend_from_slice(record);
        end_line(line_end, out);
    }
}

/// Ends a last line that has no end. Of one that was cut between CR and LF only LF is missing.
pub(crate) fn end_line(line_end: &[u8], out: &mut Vec<u8>) {
    match out.last() {
        Some(b'\n') => {}
        Some(b'\r') => out.push(b'\n'),
        _ => out.extend_from_slice(line_end),
    }
}

fn write_place(cells: [&str; 3], dialect: &Dialect, out: &mut Vec<u8>) {
    for cell in cells {
        dialect.write_cell(cell.as_bytes(), out);
        out.push(dialect.delimiter);
    }
}

/// How records are listed in an output.
#[derive(Clone, Copy)]
pub(crate) enum ListAs {
    /// As rows.
    Csv { dialect: Dialect, line_end: &'static [u8] },
    /// As objects, with the record in `_record`. The name is that of what is said.
    Jsonl {
        said: &'static str,
        /// The file is read by its bytes.
        has_offset: bool,
    },
}

impl ListAs {
    /// Appends a record.
    pub(crate) fn list(self, listed: &Listed<'_>, out: &mut Vec<u8>) {
        match self {
            ListAs::Csv { dialect, line_end } => list(listed, &dialect, line_end, out),
            ListAs::Jsonl { said, has_offset } => list_object(listed, said, has_offset, out),
        }
    }
}

fn list_object(listed: &Listed<'_>, said: &str, has_offset: bool, out: &mut Vec<u8>) {
    let Listed { place, text, record, .. } = *listed;
    let json = |text: &str| serde_json::Value::from(text).to_string();
    let or_null = |number: Option<u64>| number.map_or("null".to_owned(), |n| n.to_string());
    let (source_name, line, offset) = match place {
        ListedPlace::Here(Place { source, line, offset }) => {
            (source, line, has_offset.then_some(offset))
        }
        ListedPlace::First(own) => (&*own.source, own.line.parse().ok(), own.offset.parse().ok()),
    };
    let record = String::from_utf8_lossy(record.trim_ascii());
    // An object stands as it is, and what is none as a string.
    let is_object = record.starts_with('{') && serde_json::from_str::<&RawValue>(&record).is_ok();
    let row = format!(
        "{{\"{}\":{},\"{}\":{},\"{}\":{},\"{said}\":{},\"_record\":{}}}\n",
        PLACE_COLUMNS[0],
        json(source_name),
        PLACE_COLUMNS[1],
        or_null(line),
        PLACE_COLUMNS[2],
        or_null(offset),
        json(text),
        if is_object { record.into_owned() } else { json(&record) },
    );
    out.extend_from_slice(row.as_bytes());
}
