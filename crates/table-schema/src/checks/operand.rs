//! The values of an expression: fields, what stands in the text, what is calculated.

use super::error::{CheckError, Position};
use super::expression::{Expression, Operation, Typed};
use super::fit::{arithmetic, shown, wanted, zero};
use super::kind::Kind;
use super::lexer::{Token, Word};
use super::parser::Parser;
use crate::display::shortened;
use crate::pattern::Pattern;
use crate::types::{Bound, Number, NumberFormat};

/// Words that are not names of fields, unless they stand in backquotes.
const RESERVED: [&str; 11] =
    ["if", "then", "else", "and", "or", "not", "is", "null", "in", "true", "false"];

const FUNCTIONS: [&str; 5] = ["abs", "length", "matches", "starts_with", "ends_with"];

impl Parser<'_> {
    pub(super) fn sum(&mut self) -> Result<Typed, CheckError> {
        let left_at = self.here();
        let mut left = self.product()?;
        loop {
            let at = self.here();
            let operation = if self.takes_sign("+") {
                Operation::Add
            } else if self.takes_sign("-") {
                Operation::Subtract
            } else {
                return Ok(left);
            };
            self.part(at)?;
            let right_at = self.here();
            let right = self.product()?;
            left = arithmetic(operation, (left, left_at), (right, right_at))?;
        }
    }

    fn product(&mut self) -> Result<Typed, CheckError> {
        let left_at = self.here();
        let mut left = self.negative()?;
        loop {
            let at = self.here();
            if self.is_sign("/") {
                return Err(at.error(
                    "there is no division, as its result is not always exact",
                    "multiply the other side instead: a = 2 * b",
                ));
            }
            if !self.takes_sign("*") {
                return Ok(left);
            }
            self.part(at)?;
            let right_at = self.here();
            let right = self.negative()?;
            left = arithmetic(Operation::Multiply, (left, left_at), (right, right_at))?;
        }
    }

    pub(super) fn negative(&mut self) -> Result<Typed, CheckError> {
        if !self.takes_sign("-") {
            return self.operand();
        }
        let at = self.here();
        self.part(at)?;
        let inner = self.deeper(Parser::negative)?;
        if let Expression::Constant(Bound::Number(Number::Finite(number))) = inner.expression {
            let number = Number::Finite(number.negated());
            return Ok(Typed::new(Expression::number(number), Kind::Number));
        }
        let zero = Typed::new(Expression::number(zero()), Kind::Number);
        arithmetic(Operation::Subtract, (zero, at), (inner, at))
    }

    fn operand(&mut self) -> Result<Typed, CheckError> {
        let at = self.here();
        self.part(at)?;
        let Some(token) = self.tokens.first() else {
            return Err(at.error("the expression ends here", "write what it goes on with"));
        };
        self.advance();
        match &token.word {
            Word::Sign("(") => {
                let inner = self.expression()?;
                self.expect_sign(")")?;
                Ok(inner)
            }
            Word::Number(text) => match NumberFormat::plain(false).parse(text.as_bytes()) {
                Some(number) => {
                    Ok(Typed::new(Expression::number(number.into_owned()), Kind::Number))
                }
                None => Err(at.error(format!("{text} is not a number"), "write digits")),
            },
            Word::Text(text) => {
                Ok(Typed::new(Expression::Text(text.as_bytes().into()), Kind::Text))
            }
            Word::Quoted(name) => self.field(name, at),
            Word::Name(name) if name == "true" => Ok(Typed::truth(Expression::Truth(true))),
            Word::Name(name) if name == "false" => Ok(Typed::truth(Expression::Truth(false))),
            Word::Name(name) if name == "null" => Err(at.error(
                "nothing is equal to null, nor unequal to it",
                "write FIELD is null or FIELD is not null",
            )),
            Word::Name(name) if RESERVED.contains(&name.as_str()) => Err(at.error(
                format!("\"{name}\" is not expected here"),
                "a value is missing; a field of this name stands in backquotes",
            )),
            Word::Name(name) if self.takes_sign("(") => self.function(name, at),
            Word::Name(name) => self.field(name, at),
            word @ Word::Sign(_) => Err(at.error(
                format!("{} is not expected here", shown(word)),
                "a field, a number, a text or a parenthesis is missing",
            )),
        }
    }

    fn field(&mut self, name: &str, at: Position) -> Result<Typed, CheckError> {
        let mut found = self.fields.iter().enumerate().filter(|(_, field)| field.name == name);
        let shown = shortened(name.as_bytes());
        let Some((index, field)) = found.next() else {
            const MOST: usize = 20;
            let names = self.fields.iter().map(|field| shortened(field.name.as_bytes()));
            let mut names: Vec<String> = names.take(MOST).collect();
            if self.fields.len() > MOST {
                names.push("...".to_owned());
            }
            return Err(at.error(
                format!("the schema has no field \"{shown}\""),
                format!("it has {}; a text stands in quotes", names.join(", ")),
            ));
        };
        if found.next().is_some() {
            return Err(at.error(
                format!("two fields of the schema are named \"{shown}\""),
                "give them different names",
            ));
        }
        let index = index as u16;
        if !self.used.contains(&index) {
            self.used.push(index);
        }
        Ok(Typed::new(Expression::Field(index), Kind::of(&field.field_type)))
    }

    /// What follows the name of a function and its parenthesis.
    fn function(&mut self, name: &str, at: Position) -> Result<Typed, CheckError> {
        if !FUNCTIONS.contains(&name) {
            return Err(at.error(
                format!("there is no function {}", shortened(name.as_bytes())),
                format!("there are {}; a text stands in quotes", FUNCTIONS.join(", ")),
            ));
        }
        let first_at = self.here();
        let first = self.expression()?;
        let typed = match name {
            "abs" => {
                let number = wanted(first, Kind::Number, first_at)?;
                Typed::new(Expression::Absolute(Box::new(number)), Kind::Number)
            }
            "length" => {
                let text = wanted(first, Kind::Text, first_at)?;
                Typed::new(Expression::Length(Box::new(text)), Kind::Number)
            }
            "matches" => {
                let text = wanted(first, Kind::Text, first_at)?;
                self.expect_sign(",")?;
                Typed::truth(Expression::Matches(Box::new(text), self.pattern()?))
            }
            _ => {
                let text = wanted(first, Kind::Text, first_at)?;
                self.expect_sign(",")?;
                let second_at = self.here();
                let second = wanted(self.expression()?, Kind::Text, second_at)?;
                let both = Box::new([text, second]);
                Typed::truth(match name {
                    "starts_with" => Expression::StartsWith(both),
                    _ => Expression::EndsWith(both),
                })
            }
        };
        self.expect_sign(")")?;
        Ok(typed)
    }

    fn pattern(&mut self) -> Result<Pattern, CheckError> {
        let at = self.here();
        let Some(Token { word: Word::Text(text), .. }) = self.tokens.first() else {
            return Err(at.error("a pattern is missing here", "write it in quotes"));
        };
        self.advance();
        Pattern::new(text).map_err(|problem| {
            at.error(
                format!("{} cannot be used: {problem}", shortened(text.as_bytes())),
                "write it in XML Schema's regular expressions",
            )
        })
    }
}
