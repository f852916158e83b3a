//! The values of the types `integer` and `number`.

use std::cmp::Ordering;

use super::decimal::Decimal;

/// A value of the type `number`, the special values included.
#[derive(Clone, Debug)]
pub(crate) enum Number<'a> {
    NegativeInfinity,
    Finite(Decimal<'a>),
    Infinity,
    NaN,
}

impl Number<'_> {
    pub(crate) fn borrowed(&self) -> Number<'_> {
        match self {
            Number::Finite(decimal) => Number::Finite(decimal.borrowed()),
            Number::NegativeInfinity => Number::NegativeInfinity,
            Number::Infinity => Number::Infinity,
            Number::NaN => Number::NaN,
        }
    }

    pub(crate) fn into_owned(self) -> Number<'static> {
        match self {
            Number::Finite(decimal) => Number::Finite(decimal.into_owned()),
            Number::NegativeInfinity => Number::NegativeInfinity,
            Number::Infinity => Number::Infinity,
            Number::NaN => Number::NaN,
        }
    }

    /// The number without its sign.
    pub(crate) fn absolute(self) -> Self {
        match self {
            Number::Finite(decimal) => Number::Finite(decimal.absolute()),
            Number::NegativeInfinity | Number::Infinity => Number::Infinity,
            Number::NaN => Number::NaN,
        }
    }

    /// The number of 64 bits with a binary point that is nearest to it.
    pub(crate) fn nearest_double(&self) -> f64 {
        match self {
            Number::NegativeInfinity => f64::NEG_INFINITY,
            Number::Finite(decimal) => decimal.nearest_double(),
            Number::Infinity => f64::INFINITY,
            Number::NaN => f64::NAN,
        }
    }

    /// The order of the numbers; NaN has none.
    pub(crate) fn partial_cmp(&self, other: &Number<'_>) -> Option<Ordering> {
        let rank = |number: &Number<'_>| match number {
            Number::NegativeInfinity => Some(0),
            Number::Finite(_) => Some(1),
            Number::Infinity => Some(2),
            Number::NaN => None,
        };
        match (self, other) {
            (Number::Finite(a), Number::Finite(b)) => Some(a.cmp(b)),
            _ => Some(rank(self)?.cmp(&rank(other)?)),
        }
    }

    /// The same bytes for equal numbers, different bytes for others. NaN is taken as equal to
    /// itself, so that an `enum` can name it and `unique` finds its double.
    pub(crate) fn canonical(&self, out: &mut Vec<u8>) {
        match self {
            Number::NegativeInfinity => out.push(b'<'),
            Number::Finite(decimal) => decimal.canonical(out),
            Number::Infinity => out.push(b'>'),
            Number::NaN => out.push(b'?'),
        }
    }
}
