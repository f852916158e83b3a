//! Which column of a file is which field.

use std::collections::HashMap;
use std::fmt::{self, Write};
use std::str::FromStr;

use crate::field::Field;
use crate::shown::shortened;

/// How the fields of the schema are found in a file: `fieldsMatch` of version 2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FieldsMatch {
    /// The file has exactly the fields of the schema, in their order.
    #[default]
    Exact,
    /// The file has exactly the fields of the schema, in any order.
    Equal,
    /// The file has all fields of the schema, and may have other columns.
    Subset,
    /// The file has only fields of the schema, and may lack some.
    Superset,
    /// The file has at least one field of the schema.
    Partial,
}

impl FieldsMatch {
    /// Every value, in the standard's order.
    pub const ALL: [FieldsMatch; 5] = [
        FieldsMatch::Exact,
        FieldsMatch::Equal,
        FieldsMatch::Subset,
        FieldsMatch::Superset,
        FieldsMatch::Partial,
    ];

    /// The name that the standard gives it.
    pub const fn as_str(self) -> &'static str {
        match self {
            FieldsMatch::Exact => "exact",
            FieldsMatch::Equal => "equal",
            FieldsMatch::Subset => "subset",
            FieldsMatch::Superset => "superset",
            FieldsMatch::Partial => "partial",
        }
    }

    pub(crate) fn of(name: &str) -> Option<FieldsMatch> {
        FieldsMatch::ALL.into_iter().find(|matching| matching.as_str() == name)
    }

    /// Whether columns that no field describes are let pass.
    pub fn allows_extra(self) -> bool {
        matches!(self, FieldsMatch::Subset | FieldsMatch::Partial)
    }

    /// Whether fields that have no column are let pass.
    pub fn allows_missing(self) -> bool {
        matches!(self, FieldsMatch::Superset | FieldsMatch::Partial)
    }
}

impl fmt::Display for FieldsMatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for FieldsMatch {
    type Err = UnknownFieldsMatch;

    fn from_str(name: &str) -> Result<FieldsMatch, UnknownFieldsMatch> {
        FieldsMatch::of(name).ok_or(UnknownFieldsMatch)
    }
}

/// A word that is no [`FieldsMatch`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("fields can match exact, equal, subset, superset or partial")]
pub struct UnknownFieldsMatch;

/// All that is wrong with a header.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message())]
pub struct HeaderError {
    /// What the header was held against.
    pub matching: FieldsMatch,
    /// The fields that have no column, in the schema's order, as they are shown (escaped).
    pub missing: Vec<String>,
    /// The columns that are no field, in the file's order, as they are shown (escaped).
    pub extra: Vec<String>,
    /// The columns that are a field but stand elsewhere than the schema has them, in the file's
    /// order, as they are shown (escaped).
    pub out_of_order: Vec<String>,
    /// The names that stand over more than one column, as they are shown (escaped), or over more
    /// than one field where fields are found by name.
    pub duplicate: Vec<String>,
}

impl HeaderError {
    fn message(&self) -> String {
        let mut out =
            format!("the header does not match the schema (fields match: {})", self.matching);
        let mut mark = ": ";
        for (what, names) in [
            ("missing", &self.missing),
            ("not in the schema", &self.extra),
            ("out of order", &self.out_of_order),
            ("twice", &self.duplicate),
        ] {
            if names.is_empty() {
                continue;
            }
            let _ = write!(out, "{mark}{what} ");
            for (index, name) in names.iter().enumerate() {
                let _ = write!(out, "{}\"{name}\"", if index == 0 { "" } else { ", " });
            }
            mark = "; ";
        }
        out.push_str(mark);
        let alike = |name: &String| {
            self.extra
                .iter()
                .any(|extra| extra != name && extra.trim().eq_ignore_ascii_case(name.trim()))
        };
        if !self.duplicate.is_empty() {
            out.push_str("give every column a name of its own");
        } else if self.missing.iter().any(alike) {
            out.push_str("names are compared exactly, with their case and white space");
        } else if !self.missing.is_empty()
            && self.matching == FieldsMatch::Partial
            && self.extra.is_empty()
        {
            out.push_str("at least one field, and every required one, has to have a column");
        } else if !self.missing.is_empty() && self.matching.allows_missing() {
            out.push_str(
                "a field that is required or part of the primary key has to have a column, \
                 however fields match",
            );
        } else if self.missing.is_empty() && self.extra.is_empty() {
            out.push_str("match the fields as equal to take them in any order");
        } else if self.missing.is_empty() && !self.matching.allows_extra() {
            out.push_str("match the fields as subset to allow more columns");
        } else {
            out.push_str(
                "give the file its columns, or match the fields as subset, superset or partial",
            );
        }
        out
    }
}

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
