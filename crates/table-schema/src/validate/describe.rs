//! Reasons as messages.

use std::fmt::Write;

use super::reason::{Reason, ReasonKind, Rule};
use super::validator::Validator;
use crate::display::shorten_into;
use crate::schema::{Constraints, Field, NULL};
use crate::types::{Bound, Value};

impl Reason {
    /// The name of the field that the reason is about, or of the column where no field describes
    /// it; `None` where it is about the row or about a key of several fields.
    pub fn field_name<'v>(&self, validator: &'v Validator) -> Option<&'v str> {
        match self.field {
            Some(field) => Some(&validator.fields[usize::from(field)].name),
            None => validator.columns.get(self.column()?).map(|column| column.name.as_str()),
        }
    }
}

impl Reason {
    /// The constraints of the field that the reason is about: those that it warns of, or the
    /// others.
    fn constraints<'f>(&self, field: &'f Field) -> &'f Constraints {
        match &field.warnings {
            Some(warnings) if self.warning => warnings,
            _ => &field.constraints,
        }
    }

    /// The name of the check that the row does not keep; `None` where the reason is another.
    pub fn check_name<'v>(&self, validator: &'v Validator) -> Option<&'v str> {
        validator.checks.as_ref()?.name(self.check()?)
    }
}

impl Validator {
    /// Appends a message to `out`: the kind of the reason, the field, the value (in at most 64
    /// characters, control characters escaped, bytes that are not UTF-8 as `\xNN`) and the bound
    /// that it breaks. `cells` is the row that was checked.
    ///
    /// For example `type-error in field "amount": "abc" is not a number`.
    pub fn describe(&self, reason: &Reason, cells: &[&[u8]], out: &mut String) {
        out.push_str(reason.kind.as_str());
        if let Some(name) = reason.field_name(self) {
            out.push_str(" in field \"");
            shorten_into(name.as_bytes(), out);
            out.push('"');
        }
        out.push_str(": ");
        let cell =
            reason.column().and_then(|column| cells.get(column)).copied().unwrap_or_default();
        let quote = |out: &mut String| {
            if cell == NULL {
                return out.push_str("null");
            }
            out.push('"');
            shorten_into(cell, out);
            out.push('"');
        };
        let field = reason.field.map(|field| &self.fields[usize::from(field)]);
        match reason.rule {
            Rule::Shape => self.describe_shape(reason, cells, out),
            Rule::Duplicate => {
                let constraint = self.unique_constraints().get(usize::from(reason.key));
                for (index, column) in self.key_columns(reason.key).enumerate() {
                    out.push_str(if index == 0 { "\"" } else { ", \"" });
                    shorten_into(cells.get(column).copied().unwrap_or_default(), out);
                    out.push('"');
                }
                match constraint {
                    Some(key) if key.names.len() > 1 => {
                        let _ = write!(out, " was seen before in {}", key.names.join(", "));
                    }
                    _ => out.push_str(" was seen before"),
                }
            }
            Rule::Null => {
                quote(out);
                out.push_str(" is a missing value, and the field is part of the primary key");
            }
            Rule::Required => {
                quote(out);
                out.push_str(" is a missing value, and the field is required");
            }
            Rule::Utf8 => {
                quote(out);
                out.push_str(" is not valid UTF-8");
            }
            Rule::Type => {
                quote(out);
                let shown = field.map_or("", |field| &field.shown_type);
                let article = if shown.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
                let _ = write!(out, " is not {article} {shown}");
            }
            Rule::MinLength | Rule::MaxLength => {
                quote(out);
                let length =
                    field.and_then(|field| field.field_type.parse(cell)?.length()).unwrap_or(0);
                let _ = write!(out, " has a length of {length}, which is ");
                out.push_str(if reason.rule == Rule::MinLength { "below" } else { "above" });
                self.bound(reason, out);
            }
            Rule::Minimum | Rule::Maximum | Rule::ExclusiveMinimum | Rule::ExclusiveMaximum
                if field.is_some_and(|field| is_of_unknown_zone(field, cell, reason)) =>
            {
                self.relation(reason, quote, " may be on either side of", out);
                out.push_str(": only one of them has a time zone");
            }
            Rule::Minimum => self.relation(reason, quote, " is below", out),
            Rule::Maximum => self.relation(reason, quote, " is above", out),
            Rule::ExclusiveMinimum => self.relation(reason, quote, " is not above", out),
            Rule::ExclusiveMaximum => self.relation(reason, quote, " is not below", out),
            Rule::Pattern => self.relation(reason, quote, " does not match", out),
            Rule::Check => {
                if let Some(checks) = &self.checks {
                    checks.describe(reason.key, &self.fields, cells, out);
                }
            }
            Rule::Enum | Rule::Categories => self.relation(reason, quote, " is not in", out),
        }
    }

    fn relation(
        &self,
        reason: &Reason,
        quote: impl Fn(&mut String),
        relation: &str,
        out: &mut String,
    ) {
        quote(out);
        out.push_str(relation);
        self.bound(reason, out);
    }

    /// ` the CONSTRAINT VALUE`, as the schema writes the value.
    fn bound(&self, reason: &Reason, out: &mut String) {
        let (Some(constraint), Some(field)) = (reason.constraint(), reason.field) else {
            return;
        };
        let value =
            reason.constraints(&self.fields[usize::from(field)]).written.value_of(constraint);
        let _ = write!(out, " the {constraint} ");
        if value.chars().count() > 120 {
            out.extend(value.chars().take(120));
            out.push('…');
        } else {
            out.push_str(value);
        }
    }

    fn describe_shape(&self, reason: &Reason, cells: &[&[u8]], out: &mut String) {
        let columns = self.column_count();
        let _ = match reason.kind {
            ReasonKind::BlankRow => write!(out, "the line is empty"),
            ReasonKind::MissingCell => {
                write!(out, "the row has {} of {columns} cells", cells.len())
            }
            _ => {
                let more = cells.len().saturating_sub(columns);
                let _ = write!(
                    out,
                    "the row has {} cells, {more} more than there are columns; the first of them \
                     is \"",
                    cells.len()
                );
                shorten_into(cells.get(columns).copied().unwrap_or_default(), out);
                out.push('"');
                if more == 1 && cells.last().is_some_and(|cell| cell.is_empty()) {
                    out.push_str(" (the row ends with a delimiter, and the header does not)");
                }
                Ok(())
            }
        };
    }
}

/// Whether the value of a cell cannot be compared with the bound of this rule, since one has a time
/// zone and the other has none.
fn is_of_unknown_zone(field: &Field, cell: &[u8], reason: &Reason) -> bool {
    let constraints = reason.constraints(field);
    let bound = match reason.rule {
        Rule::Minimum => &constraints.minimum,
        Rule::Maximum => &constraints.maximum,
        Rule::ExclusiveMinimum => &constraints.exclusive_minimum,
        _ => &constraints.exclusive_maximum,
    };
    match (field.field_type.parse(cell), bound) {
        (Some(Value::Instant(value)), Some(Bound::Instant(bound))) => {
            value.partial_cmp(bound).is_none()
        }
        _ => false,
    }
}
