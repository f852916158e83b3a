//! What an expression is in a row: true, false, or not to be told.
//!
//! A field without a value is null, and what depends on it cannot be told (Kleene's three values):
//! `false and null` is false and `true or null` is true, whatever the null stands for, and
//! everything else of null is null. The same holds of `NaN`, of numbers of more than 38 digits that
//! are calculated with, and of moments and durations that have no order. A row keeps a check only
//! if it is true.

use std::cmp::Ordering;

use super::exact;
use super::expression::{Comparison, Expression, Operation};
use super::file::Check;
use crate::schema::Field;
use crate::types::datetime::SECONDS_A_DAY;
use crate::types::{Number, Value, characters};

/// A row whose cells are all of their types.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cells<'c> {
    pub(crate) fields: &'c [Field],
    /// The column of each field, if it has one.
    pub(crate) columns: &'c [Option<u32>],
    pub(crate) cells: &'c [&'c [u8]],
}

impl<'c> Cells<'c> {
    /// The cell of a field; `None` where it is a missing value, or has no column.
    pub(crate) fn get(&self, field: u16) -> Option<&'c [u8]> {
        let column = (*self.columns.get(usize::from(field))?)?;
        let cell = *self.cells.get(column as usize)?;
        (!self.fields[usize::from(field)].missing.contains(cell)).then_some(cell)
    }

    fn value(&self, field: u16) -> Option<Value<'c>> {
        let cell = self.get(field)?;
        match self.fields[usize::from(field)].field_type.parse(cell)? {
            Value::Number(Number::NaN) => None,
            value => Some(value),
        }
    }
}

/// Whether the row keeps the check; `None` if that cannot be told.
pub(crate) fn holds(check: &Check, cells: Cells<'_>) -> Option<bool> {
    truth(&check.expression, cells)
}

fn truth(expression: &Expression, cells: Cells<'_>) -> Option<bool> {
    match expression {
        Expression::Truth(truth) => Some(*truth),
        Expression::IsNull(field) => Some(cells.get(*field).is_none()),
        Expression::Not(inner) => truth(inner, cells).map(|inner| !inner),
        Expression::And(parts) => all(parts, true, cells),
        Expression::Or(parts) => all(parts, false, cells),
        Expression::If(parts) => {
            let [when, then, otherwise] = &**parts;
            match truth(when, cells) {
                Some(true) => truth(then, cells),
                Some(false) => truth(otherwise, cells),
                // Where both say the same, it does not matter.
                None => truth(then, cells).filter(|then| truth(otherwise, cells) == Some(*then)),
            }
        }
        Expression::Compare(comparison, both) => {
            let (left, right) = (value(&both[0], cells)?, value(&both[1], cells)?);
            compared(*comparison, &left, &right)
        }
        Expression::In(inner, forms) => match value(inner, cells)? {
            Value::Text(text) => Some(forms.contains(text)),
            value => {
                let mut form = Vec::new();
                value.canonical(&mut form);
                Some(forms.contains(&form))
            }
        },
        Expression::Matches(inner, pattern) => Some(pattern.matches(text(inner, cells)?)),
        Expression::StartsWith(both) => {
            Some(text(&both[0], cells)?.starts_with(text(&both[1], cells)?))
        }
        Expression::EndsWith(both) => {
            Some(text(&both[0], cells)?.ends_with(text(&both[1], cells)?))
        }
        Expression::Field(field) => match cells.value(*field)? {
            Value::Boolean(truth) => Some(truth),
            _ => None,
        },
        Expression::Constant(_)
        | Expression::Text(_)
        | Expression::Arithmetic(..)
        | Expression::Days(_)
        | Expression::Absolute(_)
        | Expression::Length(_) => None,
    }
}

/// Whether all parts are as `good`; the first that is otherwise decides, whatever the others are.
fn all(parts: &[Expression], good: bool, cells: Cells<'_>) -> Option<bool> {
    let mut known = Some(good);
    for part in parts {
        match truth(part, cells) {
            Some(truth) if truth == good => {}
            Some(_) => return Some(!good),
            None => known = None,
        }
    }
    known
}

fn value<'v>(expression: &'v Expression, cells: Cells<'v>) -> Option<Value<'v>> {
    match expression {
        Expression::Field(field) => cells.value(*field),
        Expression::Constant(constant) => Some(constant.value()),
        Expression::Text(text) => Some(Value::Text(text)),
        Expression::Arithmetic(operation, both) => {
            let (left, right) = (number(&both[0], cells)?, number(&both[1], cells)?);
            let (Number::Finite(left), Number::Finite(right)) = (left, right) else { return None };
            let result = match operation {
                Operation::Add => exact::add(&left, &right),
                Operation::Subtract => exact::subtract(&left, &right),
                Operation::Multiply => exact::multiply(&left, &right),
            };
            result.map(|result| Value::Number(Number::Finite(result)))
        }
        Expression::Days(both) => {
            let (Value::Instant(left), Value::Instant(right)) =
                (value(&both[0], cells)?, value(&both[1], cells)?)
            else {
                return None;
            };
            let days = (left.seconds - right.seconds) / SECONDS_A_DAY;
            Some(Value::Number(Number::Finite(exact::whole(days))))
        }
        Expression::Absolute(inner) => Some(Value::Number(number(inner, cells)?.absolute())),
        Expression::Length(inner) => {
            let length = characters(text(inner, cells)?) as i64;
            Some(Value::Number(Number::Finite(exact::whole(length))))
        }
        Expression::Truth(_)
        | Expression::IsNull(_)
        | Expression::Not(_)
        | Expression::And(_)
        | Expression::Or(_)
        | Expression::If(_)
        | Expression::Compare(..)
        | Expression::In(..)
        | Expression::Matches(..)
        | Expression::StartsWith(_)
        | Expression::EndsWith(_) => truth(expression, cells).map(Value::Boolean),
    }
}

fn number<'v>(expression: &'v Expression, cells: Cells<'v>) -> Option<Number<'v>> {
    match value(expression, cells)? {
        Value::Number(number) => Some(number),
        _ => None,
    }
}

fn text<'v>(expression: &'v Expression, cells: Cells<'v>) -> Option<&'v [u8]> {
    match value(expression, cells)? {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

fn compared(comparison: Comparison, left: &Value<'_>, right: &Value<'_>) -> Option<bool> {
    let order = match (left, right) {
        (Value::Text(left), Value::Text(right)) => left.cmp(right),
        (Value::Boolean(left), Value::Boolean(right)) => left.cmp(right),
        (Value::Number(left), Value::Number(right)) => left.partial_cmp(right)?,
        (Value::Instant(left), Value::Instant(right)) => left.partial_cmp(right)?,
        (Value::Duration(left), Value::Duration(right)) => left.partial_cmp(right)?,
        _ => return None,
    };
    Some(match comparison {
        Comparison::Equal => order == Ordering::Equal,
        Comparison::Unequal => order != Ordering::Equal,
        Comparison::Less => order == Ordering::Less,
        Comparison::AtMost => order != Ordering::Greater,
        Comparison::Greater => order == Ordering::Greater,
        Comparison::AtLeast => order != Ordering::Less,
    })
}
