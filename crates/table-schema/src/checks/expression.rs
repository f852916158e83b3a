//! Expressions whose kinds fit: what is left of a check's text when it has been read.

use super::kind::Kind;
use crate::pattern::Pattern;
use crate::types::byte_set::ByteSet;
use crate::types::{Bound, Number};

/// An expression. Where a part has to be of a kind, it is.
#[derive(Debug)]
pub(super) enum Expression {
    /// The value of a field, by its index in the schema.
    Field(u16),
    /// A number, a moment or a duration that stands in the text.
    Constant(Bound),
    Text(Box<[u8]>),
    Truth(bool),
    /// Whether a field has no value.
    IsNull(u16),
    Not(Box<Expression>),
    And(Vec<Expression>),
    Or(Vec<Expression>),
    /// A condition, and what holds if it is true and if it is false.
    If(Box<[Expression; 3]>),
    Compare(Comparison, Box<[Expression; 2]>),
    /// Whether the canonical form of a value is one of these.
    In(Box<Expression>, ByteSet),
    Matches(Box<Expression>, Pattern),
    StartsWith(Box<[Expression; 2]>),
    EndsWith(Box<[Expression; 2]>),
    Arithmetic(Operation, Box<[Expression; 2]>),
    /// Whole days from the second date to the first.
    Days(Box<[Expression; 2]>),
    Absolute(Box<Expression>),
    /// Characters of a text.
    Length(Box<Expression>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Unequal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

impl Comparison {
    pub(super) fn of(sign: &str) -> Option<Comparison> {
        Some(match sign {
            "=" | "==" => Comparison::Equal,
            "!=" | "<>" => Comparison::Unequal,
            "<" => Comparison::Less,
            "<=" => Comparison::AtMost,
            ">" => Comparison::Greater,
            ">=" => Comparison::AtLeast,
            _ => return None,
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Add,
    Subtract,
    Multiply,
}

impl Expression {
    /// A number as it stands in the text.
    pub(super) fn number(number: Number<'static>) -> Expression {
        Expression::Constant(Bound::Number(number))
    }
}

/// An expression with its kind, while the text around it is read.
#[derive(Debug)]
pub(super) struct Typed {
    pub(super) expression: Expression,
    pub(super) kind: Kind,
}

impl Typed {
    pub(super) fn new(expression: Expression, kind: Kind) -> Typed {
        Typed { expression, kind }
    }

    pub(super) fn truth(expression: Expression) -> Typed {
        Typed::new(expression, Kind::Truth)
    }
}
