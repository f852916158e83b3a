//! Whether the kinds of two expressions fit together, and what they make then.

use super::error::{CheckError, Position};
use super::expression::{Comparison, Expression, Operation, Typed};
use super::kind::Kind;
use super::lexer::Word;
use crate::display::shortened;
use crate::types::{Bound, Number, NumberFormat};

/// An expression and where it begins.
type Placed = (Typed, Position);

/// The expression as one that is true or false.
pub(super) fn condition(typed: Typed, at: Position) -> Result<Expression, CheckError> {
    match typed.kind {
        Kind::Truth => Ok(typed.expression),
        kind => Err(at.error(
            format!("this is {}, where something true or false is wanted", kind.words()),
            "compare it with something",
        )),
    }
}

/// The expression as one of this kind.
pub(super) fn wanted(typed: Typed, kind: Kind, at: Position) -> Result<Expression, CheckError> {
    if typed.kind == kind {
        return Ok(typed.expression);
    }
    Err(at.error(
        format!("this is {}, where {} is wanted", typed.kind.words(), kind.words()),
        "give the field the type that was meant, or write another expression",
    ))
}

/// A text of the check that stands for a value of this kind, read as one; others as they are.
pub(super) fn adapted(typed: Typed, kind: Kind, at: Position) -> Result<Typed, CheckError> {
    let (Expression::Text(text), Some((form, example))) = (&typed.expression, kind.written())
    else {
        return Ok(typed);
    };
    match form.parse(text).and_then(Bound::of) {
        Some(bound) => Ok(Typed::new(Expression::Constant(bound), kind)),
        None => Err(at.error(
            format!("\"{}\" is not {}", shortened(text), kind.words()),
            format!("write it as \"{example}\", whatever the format of the field is"),
        )),
    }
}

pub(super) fn compare(
    comparison: Comparison,
    (left, left_at): Placed,
    (right, right_at): Placed,
    at: Position,
) -> Result<Typed, CheckError> {
    let (left_kind, right_kind) = (left.kind, right.kind);
    let left = adapted(left, right_kind, left_at)?;
    let right = adapted(right, left_kind, right_at)?;
    if left.kind != right.kind {
        let remedy = match (left.kind, right.kind) {
            (Kind::Number, Kind::Text) | (Kind::Text, Kind::Number) => {
                "write a number without quotes, or compare with a field of the other type"
            }
            _ => "compare values of one type",
        };
        return Err(at.error(
            format!("{} is compared with {}", left.kind.words(), right.kind.words()),
            remedy,
        ));
    }
    let kind = left.kind;
    if kind == Kind::Opaque {
        return Err(at.error(
            format!("{} is compared", kind.words()),
            "such a field can only be asked whether it is null",
        ));
    }
    if !kind.is_ordered() && !matches!(comparison, Comparison::Equal | Comparison::Unequal) {
        return Err(at.error(
            format!("{} has no order", kind.words()),
            "compare with = or !=; for numbers in texts give the field the type number",
        ));
    }
    let both = Box::new([left.expression, right.expression]);
    Ok(Typed::truth(Expression::Compare(comparison, both)))
}

pub(super) fn arithmetic(
    operation: Operation,
    (left, left_at): Placed,
    (right, right_at): Placed,
) -> Result<Typed, CheckError> {
    if operation == Operation::Subtract && (left.kind == Kind::Date || right.kind == Kind::Date) {
        let left = adapted(left, Kind::Date, left_at)?;
        let right = adapted(right, Kind::Date, right_at)?;
        let (left, right) =
            (wanted(left, Kind::Date, left_at)?, wanted(right, Kind::Date, right_at)?);
        return Ok(Typed::new(Expression::Days(Box::new([left, right])), Kind::Number));
    }
    for (typed, at) in [(&left, left_at), (&right, right_at)] {
        if typed.kind != Kind::Number {
            return Err(at.error(
                format!("this is {}, and only numbers are calculated with", typed.kind.words()),
                "a date minus a date is a number of days, which can be compared",
            ));
        }
    }
    let both = Box::new([left.expression, right.expression]);
    Ok(Typed::new(Expression::Arithmetic(operation, both), Kind::Number))
}

/// The number 0.
pub(super) fn zero() -> Number<'static> {
    NumberFormat::plain(true).parse(b"0").expect("it is a number").into_owned()
}

/// A word as messages show it.
pub(super) fn shown(word: &Word) -> String {
    match word {
        Word::Name(text) | Word::Quoted(text) | Word::Number(text) | Word::Text(text) => {
            format!("\"{}\"", shortened(text.as_bytes()))
        }
        Word::Sign(sign) => format!("\"{sign}\""),
    }
}
