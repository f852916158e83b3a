//! Whether a value keeps the constraints of its field.

use std::cmp::Ordering;

use super::reason::Rule;
use crate::schema::Constraints;
use crate::types::{Bound, Value};

/// Calls `broken` with each constraint that a value of the field's type does not keep, in the
/// standard's order. `scratch` is for the canonical form of the value.
pub(crate) fn check(
    constraints: &Constraints,
    value: &Value<'_>,
    scratch: &mut Vec<u8>,
    mut broken: impl FnMut(Rule),
) {
    // All of them, so that a new one has to be checked here, or said why not.
    let Constraints {
        // A cell without a value is looked at before, and rows are compared behind.
        required: _,
        unique: _,
        min_length,
        max_length,
        minimum,
        maximum,
        exclusive_minimum,
        exclusive_maximum,
        pattern,
        enumeration,
        categories,
        written: _,
    } = constraints;
    if min_length.is_some() || max_length.is_some() {
        let length = value.length().unwrap_or(0);
        if min_length.is_some_and(|min| length < min) {
            broken(Rule::MinLength);
        }
        if max_length.is_some_and(|max| length > max) {
            broken(Rule::MaxLength);
        }
    }
    // What cannot be compared (NaN, or a month with 30 days) is not within a bound.
    let mut bounded = |bound: &Option<Bound>, rule, within: fn(Ordering) -> bool| {
        if let Some(bound) = bound
            && !value.partial_cmp(bound).is_some_and(within)
        {
            broken(rule);
        }
    };
    bounded(minimum, Rule::Minimum, Ordering::is_ge);
    bounded(maximum, Rule::Maximum, Ordering::is_le);
    bounded(exclusive_minimum, Rule::ExclusiveMinimum, Ordering::is_gt);
    bounded(exclusive_maximum, Rule::ExclusiveMaximum, Ordering::is_lt);
    if let (Some(pattern), Value::Text(text)) = (pattern, value)
        && !pattern.matches(text)
    {
        broken(Rule::Pattern);
    }
    for (choices, rule) in [(enumeration, Rule::Enum), (categories, Rule::Categories)] {
        let Some(choices) = choices else {
            continue;
        };
        let known = match value {
            Value::Text(text) => choices.contains(text),
            _ => {
                scratch.clear();
                value.canonical(scratch);
                choices.contains(scratch)
            }
        };
        if !known {
            broken(rule);
        }
    }
}
