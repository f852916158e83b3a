//! Which column of a file is which field.

use std::collections::HashMap;

use super::header_error::HeaderError;
use crate::display::shortened;
use crate::schema::{Field, FieldsMatch};

/// The column that a file has at a position: its name for messages, and its field if it is one.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) field: Option<u16>,
}

/// The columns of a file with this header.
pub(crate) fn columns(
    fields: &[Field],
    primary: &[u16],
    header: Option<&[&[u8]]>,
    matching: FieldsMatch,
) -> Result<Vec<Column>, HeaderError> {
    let by_position = || {
        fields
            .iter()
            .enumerate()
            .map(|(index, field)| Column { name: field.name.clone(), field: Some(index as u16) })
            .collect()
    };
    let Some(header) = header else {
        return Ok(by_position());
    };
    let in_order = header.iter().copied().eq(fields.iter().map(|field| field.name.as_bytes()));
    if in_order && matching == FieldsMatch::Exact {
        return Ok(by_position());
    }
    // Of two fields with one name the first is found, and the second reported.
    let by_name: HashMap<&[u8], u16> = fields
        .iter()
        .enumerate()
        .rev()
        .map(|(index, field)| (field.name.as_bytes(), index as u16))
        .collect();
    let columns: Vec<Column> = header
        .iter()
        .map(|name| Column {
            name: String::from_utf8_lossy(name).into_owned(),
            field: by_name.get(name).copied(),
        })
        .collect();
    let mut error = HeaderError {
        matching,
        missing: Vec::new(),
        extra: Vec::new(),
        out_of_order: Vec::new(),
        duplicate: duplicates(header.iter().copied()),
    };
    if matching != FieldsMatch::Exact {
        let ambiguous = duplicates(fields.iter().map(|field| field.name.as_bytes()));
        error.duplicate.extend(ambiguous);
        error.duplicate.dedup();
    }
    let mut has_column = vec![false; fields.len()];
    for field in columns.iter().filter_map(|column| column.field) {
        has_column[usize::from(field)] = true;
    }
    let none_matches = columns.iter().all(|column| column.field.is_none());
    for (index, field) in fields.iter().enumerate().filter(|(index, _)| !has_column[*index]) {
        let needed = field.constraints.required || primary.contains(&(index as u16));
        if !matching.allows_missing()
            || needed
            || (none_matches && matching == FieldsMatch::Partial)
        {
            error.missing.push(shortened(field.name.as_bytes()));
        }
    }
    if !matching.allows_extra() {
        error.extra.extend(
            columns
                .iter()
                .filter(|column| column.field.is_none())
                .map(|column| shortened(column.name.as_bytes())),
        );
    }
    if matching == FieldsMatch::Exact {
        // What is left once missing fields and extra columns are gone has to be in order.
        let found = columns.iter().filter(|column| column.field.is_some());
        let expected = (0..fields.len()).filter(|&index| has_column[index]);
        error.out_of_order = found
            .zip(expected)
            .filter(|(column, index)| column.field != Some(*index as u16))
            .map(|(column, _)| shortened(column.name.as_bytes()))
            .collect();
    }
    let clean = error.missing.is_empty()
        && error.extra.is_empty()
        && error.out_of_order.is_empty()
        && error.duplicate.is_empty();
    if clean { Ok(columns) } else { Err(error) }
}

fn duplicates<'a>(names: impl Iterator<Item = &'a [u8]>) -> Vec<String> {
    let mut sorted: Vec<&[u8]> = names.collect();
    sorted.sort_unstable();
    let mut twice: Vec<&[u8]> =
        sorted.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
    twice.dedup();
    twice.into_iter().map(shortened).collect()
}
