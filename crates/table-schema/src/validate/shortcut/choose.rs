//! Which shortcut the cells of a field have.
//!
//! A shortcut that forgot a constraint would accept what breaks it, and nothing would tell. So each
//! function here takes the constraints apart without `..`: a new constraint does not compile until
//! each of them has decided, by an entry that says why it may leave it out, or by no shortcut.

use super::accepts::Shortcut;
use super::ranges::{Bounds, ranks, scaled_range, seconds};
use crate::schema::Constraints;
use crate::types::byte_set::ByteSet;
use crate::types::datetime::{SECONDS_A_DAY, date_rank, datetime_rank};
use crate::types::{Bound, FieldType, NumberFormat, StringFormat, TemporalFormat, Value};
use crate::validate::constraints::check;

impl Shortcut {
    /// The shortcut of a field's cells.
    pub(crate) fn new(field_type: &FieldType, constraints: &Constraints) -> Shortcut {
        match field_type {
            FieldType::Text(format) => of_text(*format, field_type, constraints),
            FieldType::Any => of_any(field_type, constraints),
            FieldType::Number(format) => of_number(format, constraints),
            FieldType::Date(TemporalFormat::Default | TemporalFormat::Iso) => of_date(constraints),
            FieldType::Datetime(TemporalFormat::Default | TemporalFormat::Iso) => {
                of_datetime(constraints)
            }
            // Rare in large files, or no quicker to see than to parse.
            FieldType::Date(TemporalFormat::Any | TemporalFormat::Pattern(_))
            | FieldType::Datetime(TemporalFormat::Any | TemporalFormat::Pattern(_))
            | FieldType::Time(_)
            | FieldType::Boolean { .. }
            | FieldType::Year
            | FieldType::YearMonth
            | FieldType::Duration
            | FieldType::Object
            | FieldType::Array
            | FieldType::Geopoint(_)
            | FieldType::Geojson
            | FieldType::List(_) => Shortcut::None,
        }
    }
}

fn of_text(format: StringFormat, field_type: &FieldType, constraints: &Constraints) -> Shortcut {
    let Constraints {
        min_length,
        max_length,
        pattern,
        enumeration,
        categories,
        // Missing values are looked at before the shortcut, duplicates behind the check.
        required: _,
        unique: _,
        // They do not apply to strings.
        minimum: _,
        maximum: _,
        exclusive_minimum: _,
        exclusive_maximum: _,
        written: _,
    } = constraints;
    if enumeration.is_some() || categories.is_some() {
        return of_choices(field_type, constraints);
    }
    let (least, most) = (min_length.unwrap_or(0), max_length.unwrap_or(usize::MAX));
    match (format, pattern) {
        (StringFormat::Default, None) if least <= 1 && most == usize::MAX => {
            Shortcut::Text { least, most }
        }
        (StringFormat::Default, None) => Shortcut::Characters { least, most },
        (StringFormat::Default, Some(pattern)) => match pattern.positions() {
            Some(positions) => {
                let mut positions = positions.clone();
                positions.limit(least, most);
                Shortcut::Positions(positions)
            }
            None if (least, most) == (0, usize::MAX) => Shortcut::Pattern(pattern.clone()),
            None => Shortcut::None,
        },
        (StringFormat::Uuid, None) if least <= 36 && most >= 36 => Shortcut::Uuid,
        (
            StringFormat::Uuid
            | StringFormat::Email
            | StringFormat::Uri
            | StringFormat::Binary
            | StringFormat::Identifier(_),
            _,
        ) => Shortcut::None,
    }
}

fn of_any(field_type: &FieldType, constraints: &Constraints) -> Shortcut {
    let Constraints {
        enumeration,
        categories,
        // Missing values are looked at before the shortcut, duplicates behind the check.
        required: _,
        unique: _,
        // They do not apply to the type.
        min_length: _,
        max_length: _,
        pattern: _,
        minimum: _,
        maximum: _,
        exclusive_minimum: _,
        exclusive_maximum: _,
        written: _,
    } = constraints;
    if enumeration.is_some() || categories.is_some() {
        return of_choices(field_type, constraints);
    }
    Shortcut::Text { least: 0, most: usize::MAX }
}

/// The choices of a text field that keep its other constraints, whatever these are.
fn of_choices(field_type: &FieldType, constraints: &Constraints) -> Shortcut {
    let choices = constraints.enumeration.as_ref().or(constraints.categories.as_ref());
    let mut scratch = Vec::new();
    let good = choices.iter().flat_map(|choices| &choices.values).filter(|value| {
        let mut keeps = field_type.parse(value).is_some();
        check(constraints, &Value::Text(value), &mut scratch, |_| keeps = false);
        keeps
    });
    Shortcut::Words(ByteSet::new(good.map(Vec::as_slice)))
}

fn of_number(format: &NumberFormat, constraints: &Constraints) -> Shortcut {
    let Some(bounds) = bounds_alone(constraints) else { return Shortcut::None };
    if !format.is_plain() {
        return Shortcut::None;
    }
    let range = Box::new(scaled_range(&bounds));
    if format.integer { Shortcut::Integer(range) } else { Shortcut::Number(range) }
}

fn of_date(constraints: &Constraints) -> Shortcut {
    let Some(bounds) = bounds_alone(constraints) else { return Shortcut::None };
    let (first, last) = seconds(&bounds);
    // From the first whole day that is in the range.
    let first = first.saturating_add(SECONDS_A_DAY - 1);
    let (first, last) = ranks(first, last, |written| date_rank(&written[..10]));
    Shortcut::Date(first, last)
}

fn of_datetime(constraints: &Constraints) -> Shortcut {
    let Some(bounds) = bounds_alone(constraints) else { return Shortcut::None };
    let (first, last) = seconds(&bounds);
    let (first, last) = ranks(first, last, datetime_rank::<true, true>);
    let any = |local: bool| {
        bounds.iter().any(|bound| matches!(bound, Bound::Instant(bound) if bound.local == local))
    };
    match (any(false), any(true)) {
        (false, false) => Shortcut::Datetime(first, last),
        (true, false) => Shortcut::Utc(first, last),
        (false, true) => Shortcut::Local(first, last),
        (true, true) => Shortcut::None,
    }
}

/// The bounds of a field with an order; `None` where it has other constraints that a range knows
/// nothing of.
fn bounds_alone(constraints: &Constraints) -> Option<Bounds<'_>> {
    let Constraints {
        minimum,
        maximum,
        exclusive_minimum,
        exclusive_maximum,
        enumeration,
        categories,
        // Missing values are looked at before the shortcut, duplicates behind the check.
        required: _,
        unique: _,
        // They do not apply to types with an order.
        min_length: _,
        max_length: _,
        pattern: _,
        written: _,
    } = constraints;
    (enumeration.is_none() && categories.is_none()).then_some(Bounds {
        minimum,
        maximum,
        exclusive_minimum,
        exclusive_maximum,
    })
}
