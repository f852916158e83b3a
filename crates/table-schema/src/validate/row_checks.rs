//! The checks over a row, bound to the columns of a file.

use std::fmt::Write;
use std::sync::Arc;

use super::columns::Column;
use super::reason::{Reason, ReasonKind, Rule};
use crate::checks::{Cells, Check, Checks, holds};
use crate::display::shorten_into;
use crate::schema::Field;

/// The most characters of an expression that a message shows.
const SHOWN: usize = 200;

/// Checks over the rows of a file with these columns.
#[derive(Debug)]
pub(crate) struct RowChecks {
    checks: Arc<[Check]>,
    /// The column of each field, if it has one.
    columns: Vec<Option<u32>>,
}

impl RowChecks {
    pub(crate) fn new(checks: &Checks, fields: usize, columns: &[Column]) -> RowChecks {
        let mut of_fields = vec![None; fields];
        for (index, column) in (0..).zip(columns) {
            if let Some(field) = column.field {
                of_fields[usize::from(field)] = Some(index);
            }
        }
        RowChecks { checks: Arc::clone(&checks.checks), columns: of_fields }
    }

    /// Appends a reason (or a warning) for every check that the row does not keep, unless a cell is
    /// not of its type: then nobody knows what the row says.
    pub(crate) fn check(
        &self,
        fields: &[Field],
        cells: &[&[u8]],
        reasons: &mut Vec<Reason>,
        warnings: &mut Vec<Reason>,
    ) {
        if reasons.iter().any(|reason| reason.kind == ReasonKind::TypeError) {
            return;
        }
        for (index, check) in (0..).zip(&*self.checks) {
            if holds(check, self.cells(fields, cells)) != Some(true) {
                let row = Reason::of_row(ReasonKind::RowConstraint);
                let reason = Reason { rule: Rule::Check, key: index, ..row };
                if check.warning { &mut *warnings } else { &mut *reasons }.push(reason);
            }
        }
    }

    pub(crate) fn warn(&self) -> bool {
        self.checks.iter().any(|check| check.warning)
    }

    pub(crate) fn name(&self, check: u16) -> Option<&str> {
        self.checks.get(usize::from(check)).map(|check| check.name.as_str())
    }

    fn cells<'c>(&'c self, fields: &'c [Field], cells: &'c [&'c [u8]]) -> Cells<'c> {
        Cells { fields, columns: &self.columns, cells }
    }

    /// Appends what the row does not keep, with the values that the check looks at.
    pub(crate) fn describe(&self, check: u16, fields: &[Field], cells: &[&[u8]], out: &mut String) {
        let Some(check) = self.checks.get(usize::from(check)) else { return };
        let cells = self.cells(fields, cells);
        let verb = match holds(check, cells) {
            None => "cannot be told of the row",
            Some(_) => "is not kept",
        };
        let _ = write!(out, "the check {} {verb}: ", check.name);
        if check.text.chars().count() > SHOWN {
            out.extend(check.text.chars().take(SHOWN));
            out.push('…');
        } else {
            out.push_str(&check.text);
        }
        for (number, field) in check.fields.iter().enumerate() {
            out.push_str(if number == 0 { " (" } else { ", " });
            shorten_into(fields[usize::from(*field)].name.as_bytes(), out);
            match cells.get(*field) {
                None => out.push_str(" is null"),
                Some(cell) => {
                    out.push_str(" is \"");
                    shorten_into(cell, out);
                    out.push('"');
                }
            }
        }
        out.push(')');
    }
}
