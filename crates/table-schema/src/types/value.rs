//! What cells mean: typed values, their order against bounds, and a form by which equal values are
//! found.

use std::cmp::Ordering;

use super::datetime::Instant;
use super::duration::Duration;
use super::field_type::ListType;
use super::json;
use super::number::{Decimal, Number};

/// What a cell means, as far as constraints and keys need it. Borrows from the cell.
#[derive(Debug)]
pub(crate) enum Value<'a> {
    Text(&'a [u8]),
    Number(Number<'a>),
    Boolean(bool),
    Instant(Instant<'a>),
    Duration(Duration<'a>),
    Json { text: &'a [u8], length: usize },
    Point(Decimal<'a>, Decimal<'a>),
    List { text: &'a str, list: &'a ListType },
}

impl Value<'_> {
    /// The length in the sense of `minLength`: characters, elements, members or items.
    pub(crate) fn length(&self) -> Option<usize> {
        Some(match self {
            Value::Text(text) => characters(text),
            Value::Json { length, .. } => *length,
            Value::List { text, list } => text.split(&*list.delimiter).count(),
            _ => return None,
        })
    }

    /// The order against a bound, where there is one.
    pub(crate) fn partial_cmp(&self, bound: &Bound) -> Option<Ordering> {
        match (self, bound) {
            (Value::Number(a), Bound::Number(b)) => a.partial_cmp(b),
            (Value::Instant(a), Bound::Instant(b)) => a.partial_cmp(b),
            (Value::Duration(a), Bound::Duration(b)) => a.partial_cmp(b),
            _ => None,
        }
    }

    /// The same bytes for equal values of one field, different bytes for others.
    pub(crate) fn canonical(&self, out: &mut Vec<u8>) {
        match self {
            Value::Text(text) => out.extend_from_slice(text),
            Value::Number(number) => number.canonical(out),
            Value::Boolean(value) => out.push(u8::from(*value)),
            Value::Instant(instant) => instant.canonical(out),
            Value::Duration(duration) => duration.canonical(out),
            Value::Json { text, .. } => json::canonical(text, out),
            Value::Point(longitude, latitude) => {
                json::with_length(out, |out| longitude.canonical(out));
                latitude.canonical(out);
            }
            Value::List { text, list } => {
                for item in text.split(&*list.delimiter) {
                    json::with_length(out, |out| {
                        if let Some(value) = list.item.parse(item.as_bytes()) {
                            value.canonical(out);
                        }
                    });
                }
            }
        }
    }
}

/// The characters of valid UTF-8: bytes that do not continue one.
#[inline]
pub(crate) fn characters(text: &[u8]) -> usize {
    text.iter().filter(|&&byte| byte as i8 >= -64).count()
}

/// A bound that values are compared with.
#[derive(Clone, Debug)]
pub(crate) enum Bound {
    Number(Number<'static>),
    Instant(Instant<'static>),
    Duration(Duration<'static>),
}

impl Bound {
    /// The value itself.
    pub(crate) fn value(&self) -> Value<'_> {
        match self {
            Bound::Number(number) => Value::Number(number.borrowed()),
            Bound::Instant(instant) => Value::Instant(instant.borrowed()),
            Bound::Duration(duration) => Value::Duration(duration.borrowed()),
        }
    }

    pub(crate) fn of(value: Value<'_>) -> Option<Bound> {
        Some(match value {
            // Nothing is above or below it: such a bound would refuse every row.
            Value::Number(Number::NaN) => return None,
            Value::Number(number) => Bound::Number(number.into_owned()),
            Value::Instant(instant) => Bound::Instant(instant.into_owned()),
            Value::Duration(duration) => Bound::Duration(duration.into_owned()),
            _ => return None,
        })
    }
}
