//! What is wrong with a header, and what to do about it.

use std::fmt::Write;

use crate::schema::FieldsMatch;

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
