//! The check of rows.

use std::sync::Arc;

use super::cell_check::CellCheck;
use super::column_type::ColumnType;
use super::columns::{Column, columns};
use super::constraints;
use super::header_error::HeaderError;
use super::key::{Key, key_value};
use super::reason::{Reason, ReasonKind, Rule};
use super::row_checks::RowChecks;
use super::verdict::{Misgrouped, Verdict};
use crate::checks::Checks;
use crate::schema::{Field, FieldsMatch, Schema, UniqueConstraint};
use crate::types::json::with_length;
use crate::types::utf8::is_utf8;
use crate::types::{FieldType, Value};

impl Schema {
    /// A validator for the rows of a file with this header, the cells of its first record. Without
    /// a header the columns are the fields, in the schema's order.
    ///
    /// `matching` is [`Schema::fields_match`] unless the user wants another. Fields are found by
    /// their exact names, except that `exact` takes them by position and then compares the names.
    /// Columns that no field describes are allowed by `subset` and `partial`, and their cells only
    /// have to be UTF-8; fields without a column are allowed by `superset` and `partial` unless
    /// they are `required` or part of the primary key, and unique keys that need one are not
    /// checked.
    ///
    /// # Errors
    ///
    /// [`HeaderError`] with all that is wrong with the header.
    pub fn compile(
        &self,
        header: Option<&[&[u8]]>,
        matching: FieldsMatch,
    ) -> Result<Validator, HeaderError> {
        Validator::new(self.fields.clone(), &self.unique, header, matching)
    }
}

/// A schema bound to the columns of a file. Immutable: threads share one, each with a
/// [`Verdict`] of its own.
#[derive(Debug)]
pub struct Validator {
    pub(crate) fields: Arc<[Field]>,
    pub(crate) columns: Vec<Column>,
    plan: Vec<CellCheck>,
    /// The columns that no field describes.
    others: Vec<u32>,
    unique: Vec<UniqueConstraint>,
    /// For each unique constraint the steps of its fields.
    keys: Vec<Vec<usize>>,
    seed: u64,
    exact_keys: bool,
    pub(crate) checks: Option<Box<RowChecks>>,
    /// What columns of an output are instead of what the schema alone says.
    pub(crate) chosen: Vec<(usize, ColumnType)>,
}

impl Validator {
    pub(crate) fn new(
        fields: Arc<[Field]>,
        unique: &[UniqueConstraint],
        header: Option<&[&[u8]]>,
        matching: FieldsMatch,
    ) -> Result<Validator, HeaderError> {
        let primary: &[u16] = unique.iter().find(|key| key.primary).map_or(&[], |key| &key.fields);
        let columns = columns(&fields, primary, header, matching)?;
        let mut plan: Vec<CellCheck> = columns
            .iter()
            .enumerate()
            .filter_map(|(column, Column { field, .. })| {
                let index = (*field)?;
                let primary = primary.contains(&index);
                Some(CellCheck::new(column as u32, index, &fields[usize::from(index)], primary))
            })
            .collect();
        plan.sort_by_key(|step| step.field);
        let others = (0..)
            .zip(&columns)
            .filter(|(_, column)| column.field.is_none())
            .map(|(index, _)| index)
            .collect();
        let steps_of = |key: &UniqueConstraint| -> Option<Vec<usize>> {
            key.fields
                .iter()
                .map(|field| plan.iter().position(|step| step.field == *field))
                .collect()
        };
        let (unique, keys) =
            unique.iter().filter_map(|key| Some((key.clone(), steps_of(key)?))).unzip();
        let (seed, exact_keys, checks, chosen) = (0, false, None, Vec::new());
        Ok(Validator {
            fields,
            columns,
            plan,
            others,
            unique,
            keys,
            seed,
            exact_keys,
            checks,
            chosen,
        })
    }

    /// The same validator with another seed for the hashes of its keys; it is 0 otherwise.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Validator {
        Validator { seed, ..self }
    }

    /// The same validator, which gives the forms of hashed keys, too ([`Verdict::exact`]): those
    /// that are compared with keys of other processes must not be equal by their hashes alone.
    #[must_use]
    pub fn with_exact_keys(self) -> Validator {
        Validator { exact_keys: true, ..self }
    }

    /// Whether it gives the forms of hashed keys.
    pub fn has_exact_keys(&self) -> bool {
        self.exact_keys
    }

    /// The same validator, which holds every row against these checks of the same schema as well. A
    /// field without a column is null in all rows.
    #[must_use]
    pub fn with_checks(self, checks: &Checks) -> Validator {
        let checks = RowChecks::new(checks, self.fields.len(), &self.columns);
        Validator { checks: Some(Box::new(checks)), ..self }
    }

    /// Whether a row may be accepted with a warning.
    pub fn warns(&self) -> bool {
        self.fields.iter().any(|field| field.warnings.is_some())
            || self.checks.as_ref().is_some_and(|checks| checks.warn())
    }

    /// The primary key (first), unique fields and unique keys that the columns of the file have.
    /// Sets of fields that are named twice, as a primary key that is `unique` too, are here once.
    pub fn unique_constraints(&self) -> &[UniqueConstraint] {
        &self.unique
    }

    /// The number of cells that a row has to have.
    pub fn column_count(&self) -> usize {
        self.columns.len()
    }

    /// The name of a field of the schema.
    ///
    /// # Panics
    ///
    /// If the schema has no such field.
    pub fn field_name(&self, field: u16) -> &str {
        &self.fields[usize::from(field)].name
    }

    /// Checks one record. `cells` are the values of its columns in the file's order, unquoted and
    /// unescaped. Clears `verdict` and fills it.
    ///
    /// Allocates nothing for a good row once the buffers of `verdict` have grown to their size,
    /// with two exceptions: `unique` and `enum` over JSON objects and escaped JSON strings, and
    /// patterns that are too large for a table of 1 MiB.
    ///
    /// A row that is one empty cell where there are more columns is a `blank-row` and nothing
    /// else. Cells that lack at the end are a `missing-cell` each, and nothing else is said of
    /// them; cells beyond the last column are one `extra-cell` for the row. A missing value is
    /// held against `required` and the primary key only. A row that has another number of cells
    /// than there are columns, or a cell that is not of its type, is held against no check.
    pub fn check(&self, cells: &[&[u8]], verdict: &mut Verdict) {
        verdict.reasons.clear();
        verdict.warnings.clear();
        verdict.keys.clear();
        verdict.exact.clear();
        if cells.len() == self.columns.len() && !cells.is_empty() {
            for step in &self.plan {
                let cell = cells[step.column as usize];
                if !step.surely_good(cell) {
                    self.judge(step, cell, verdict);
                }
            }
            if !self.others.is_empty() {
                self.check_others(cells, verdict);
            }
            if let Some(checks) = &self.checks {
                let Verdict { reasons, warnings, .. } = &mut *verdict;
                checks.check(&self.fields, cells, reasons, warnings);
            }
        } else if matches!(cells, [] | [[]]) {
            verdict.reasons.push(Reason::of_row(ReasonKind::BlankRow));
            return;
        } else {
            self.check_short_or_long(cells, verdict);
        }
        if !self.keys.is_empty() {
            self.find_keys(cells, verdict);
        }
    }

    /// Cells that no field describes have to be UTF-8 all the same: otherwise no reader could take
    /// the accepted row for UTF-8.
    fn check_others(&self, cells: &[&[u8]], verdict: &mut Verdict) {
        for &column in &self.others {
            if cells.get(column as usize).is_some_and(|cell| !is_utf8(cell)) {
                let text =
                    Reason { rule: Rule::Utf8, column, ..Reason::of_row(ReasonKind::TypeError) };
                verdict.reasons.push(text);
            }
        }
    }

    #[cold]
    fn check_short_or_long(&self, cells: &[&[u8]], verdict: &mut Verdict) {
        let missing =
            |field, column| Reason { field, column, ..Reason::of_row(ReasonKind::MissingCell) };
        for step in &self.plan {
            match cells.get(step.column as usize) {
                Some(cell) => self.judge(step, cell, verdict),
                None => verdict.reasons.push(missing(Some(step.field), step.column)),
            }
        }
        self.check_others(cells, verdict);
        for (index, column) in self.columns.iter().enumerate().skip(cells.len()) {
            if column.field.is_none() {
                verdict.reasons.push(missing(None, index as u32));
            }
        }
        if cells.len() > self.columns.len() {
            let column = self.columns.len() as u32;
            verdict.reasons.push(Reason { column, ..Reason::of_row(ReasonKind::ExtraCell) });
        }
    }

    /// All that is wrong with one cell.
    fn judge(&self, step: &CellCheck, cell: &[u8], verdict: &mut Verdict) {
        let field = &self.fields[usize::from(step.field)];
        let Verdict { reasons, warnings, scratch, misgrouped, .. } = verdict;
        let reason = |kind, rule, warning| Reason {
            kind,
            rule,
            field: Some(step.field),
            key: 0,
            column: step.column,
            warning,
        };
        let mut push = |kind, rule| reasons.push(reason(kind, rule, false));
        let mut warn = |rule| warnings.push(reason(ReasonKind::ConstraintError, rule, true));
        if field.missing.contains(cell) {
            if step.required {
                push(ReasonKind::ConstraintError, Rule::Required);
            }
            if step.primary {
                push(ReasonKind::PrimaryKey, Rule::Null);
            }
            if field.warnings.as_ref().is_some_and(|warnings| warnings.required) {
                warn(Rule::Required);
            }
            return;
        }
        match field.field_type.parse(cell) {
            Some(value) => {
                constraints::check(&field.constraints, &value, scratch, |rule| {
                    push(ReasonKind::ConstraintError, rule);
                });
                if let Some(warnings) = &field.warnings {
                    constraints::check(warnings, &value, scratch, warn);
                }
                if let FieldType::Number(format) = &field.field_type
                    && format.group_char.is_some()
                    && misgrouped.iter().all(|known| known.field != step.field)
                    && let Some(read_as) = format.misgrouped(cell)
                {
                    let (column, value) = (step.column as usize, cell.to_vec());
                    misgrouped.push(Misgrouped { field: step.field, column, value, read_as });
                }
            }
            None if !is_utf8(cell) => push(ReasonKind::TypeError, Rule::Utf8),
            None => push(ReasonKind::TypeError, Rule::Type),
        }
    }

    fn find_keys(&self, cells: &[&[u8]], verdict: &mut Verdict) {
        let Verdict { reasons, keys, exact, scratch, .. } = verdict;
        let mut stands_for = |canonical: &[u8]| {
            let value = key_value(canonical, self.seed);
            if self.exact_keys && Key::is_hashed(value) {
                exact.extend_from_slice(canonical);
            }
            (value, exact.len() as u32)
        };
        for (constraint, steps) in self.keys.iter().enumerate() {
            let typed = |step: &usize| {
                let CellCheck { column, field, verbatim, .. } = self.plan[*step];
                let cell = *cells.get(column as usize)?;
                let bad = |reason: &Reason| {
                    reason.kind == ReasonKind::TypeError && reason.field == Some(field)
                };
                let Field { field_type, missing, .. } = &self.fields[usize::from(field)];
                let usable = !missing.contains(cell) && !reasons.iter().any(bad);
                match (usable, verbatim) {
                    (false, _) => None,
                    (true, true) => Some(Value::Text(cell)),
                    (true, false) => field_type.parse(cell),
                }
            };
            let (value, exact_end) = match steps.as_slice() {
                [step] => match typed(step) {
                    None => continue,
                    Some(Value::Text(text)) => stands_for(text),
                    Some(value) => {
                        scratch.clear();
                        value.canonical(scratch);
                        stands_for(scratch)
                    }
                },
                steps => {
                    scratch.clear();
                    // Each value with its length before it, so that no two rows run together.
                    let all = steps.iter().all(|step| match typed(step) {
                        Some(value) => {
                            with_length(scratch, |out| value.canonical(out));
                            true
                        }
                        None => false,
                    });
                    if !all {
                        continue;
                    }
                    stands_for(scratch)
                }
            };
            keys.push(Key { constraint: constraint as u16, value, exact_end });
        }
    }

    /// The reason for a row whose key of this unique constraint was seen before: `primary-key` or
    /// `unique-error`.
    ///
    /// # Panics
    ///
    /// If `constraint` is not an index into [`Validator::unique_constraints`].
    pub fn duplicate(&self, constraint: u16) -> Reason {
        let key = &self.unique[usize::from(constraint)];
        let (field, column) = match self.keys[usize::from(constraint)].as_slice() {
            [step] => (Some(self.plan[*step].field), self.plan[*step].column),
            _ => (None, Reason::NO_COLUMN),
        };
        Reason {
            rule: Rule::Duplicate,
            field,
            key: constraint,
            column,
            ..Reason::of_row(key.reason_kind())
        }
    }

    /// The cells of a unique constraint in a row, in the key's order.
    pub(crate) fn key_columns(&self, constraint: u16) -> impl Iterator<Item = usize> + '_ {
        self.keys[usize::from(constraint)].iter().map(|step| self.plan[*step].column as usize)
    }
}
