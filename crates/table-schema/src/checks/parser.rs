//! From words to an expression whose kinds fit together, by recursive descent.

use super::error::{CheckError, Position};
use super::expression::{Comparison, Expression, Typed};
use super::fit::{adapted, compare, condition, shown};
use super::lexer::{Token, Word};
use crate::schema::Field;
use crate::types::byte_set::ByteSet;

/// How deep an expression may nest: the parser and the evaluator call themselves as deep.
const DEEPEST: u32 = 64;

/// How many parts an expression may have, which bounds what it costs in every row.
const MOST_PARTS: u32 = 500;

pub(super) struct Parser<'p> {
    pub(super) tokens: &'p [Token],
    /// Where the text ends.
    end: Position,
    pub(super) fields: &'p [Field],
    pub(super) used: Vec<u16>,
    depth: u32,
    parts: u32,
}

impl<'p> Parser<'p> {
    pub(super) fn new(tokens: &'p [Token], end: Position, fields: &'p [Field]) -> Parser<'p> {
        Parser { tokens, end, fields, used: Vec::new(), depth: 0, parts: 0 }
    }

    /// The whole text as a condition, with the fields that it looks at; `name` is where the check's
    /// name stands.
    pub(super) fn whole(mut self, name: Position) -> Result<(Expression, Vec<u16>), CheckError> {
        let at = self.here();
        let typed = self.expression()?;
        if let Some(token) = self.tokens.first() {
            return Err(token.at.error(
                format!("{} is not expected here", shown(&token.word)),
                "expressions are joined by and, or, or a comparison, and a check begins in the \
                 first column",
            ));
        }
        let expression = condition(typed, at)?;
        if self.used.is_empty() {
            return Err(name.error(
                "the check looks at no field, so that it says the same of every row",
                "name a field of the schema in it",
            ));
        }
        Ok((expression, self.used))
    }

    pub(super) fn here(&self) -> Position {
        self.tokens.first().map_or(self.end, |token| token.at)
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.tokens.first(), Some(Token { word: Word::Name(name), .. }) if name == word)
    }

    pub(super) fn is_sign(&self, sign: &str) -> bool {
        matches!(self.tokens.first(), Some(Token { word: Word::Sign(found), .. }) if *found == sign)
    }

    pub(super) fn advance(&mut self) {
        self.tokens = self.tokens.get(1..).unwrap_or_default();
    }

    /// Takes the next word if it is this one of the language.
    pub(super) fn takes_word(&mut self, word: &str) -> bool {
        let is = self.is_word(word);
        if is {
            self.advance();
        }
        is
    }

    pub(super) fn takes_sign(&mut self, sign: &str) -> bool {
        let is = self.is_sign(sign);
        if is {
            self.advance();
        }
        is
    }

    pub(super) fn expect_sign(&mut self, sign: &str) -> Result<(), CheckError> {
        let at = self.here();
        match self.takes_sign(sign) {
            true => Ok(()),
            false => Err(at.error(format!("\"{sign}\" is missing here"), "write it")),
        }
    }

    /// Counts a part of the expression.
    pub(super) fn part(&mut self, at: Position) -> Result<(), CheckError> {
        self.parts += 1;
        if self.parts > MOST_PARTS {
            return Err(at.error(
                format!("the expression has more than {MOST_PARTS} parts"),
                "make several checks of it",
            ));
        }
        Ok(())
    }

    /// Runs `inner` one level deeper.
    pub(super) fn deeper<T>(
        &mut self,
        inner: impl FnOnce(&mut Self) -> Result<T, CheckError>,
    ) -> Result<T, CheckError> {
        if self.depth == DEEPEST {
            return Err(self.here().error(
                format!("the expression nests more than {DEEPEST} deep"),
                "make several checks of it",
            ));
        }
        self.depth += 1;
        let found = inner(self);
        self.depth -= 1;
        found
    }

    pub(super) fn expression(&mut self) -> Result<Typed, CheckError> {
        self.deeper(|parser| match parser.takes_word("if") {
            true => parser.choice(),
            false => parser.either(),
        })
    }

    fn condition(&mut self) -> Result<Expression, CheckError> {
        let at = self.here();
        condition(self.expression()?, at)
    }

    /// What follows `if`.
    fn choice(&mut self) -> Result<Typed, CheckError> {
        let at = self.here();
        self.part(at)?;
        let when = self.condition()?;
        if !self.takes_word("then") {
            return Err(self.here().error("\"then\" is missing here", "write if ... then ..."));
        }
        let then = self.condition()?;
        let otherwise = match self.takes_word("else") {
            true => self.condition()?,
            false => Expression::Truth(true),
        };
        Ok(Typed::truth(Expression::If(Box::new([when, then, otherwise]))))
    }

    fn either(&mut self) -> Result<Typed, CheckError> {
        self.joined("or", Parser::both, Expression::Or)
    }

    fn both(&mut self) -> Result<Typed, CheckError> {
        self.joined("and", Parser::negation, Expression::And)
    }

    /// One part, or several with `word` between them.
    fn joined(
        &mut self,
        word: &str,
        part: impl Fn(&mut Self) -> Result<Typed, CheckError>,
        join: impl FnOnce(Vec<Expression>) -> Expression,
    ) -> Result<Typed, CheckError> {
        let at = self.here();
        let first = part(self)?;
        if !self.is_word(word) {
            return Ok(first);
        }
        let mut parts = vec![condition(first, at)?];
        while self.takes_word(word) {
            let at = self.here();
            self.part(at)?;
            parts.push(condition(part(self)?, at)?);
        }
        Ok(Typed::truth(join(parts)))
    }

    fn negation(&mut self) -> Result<Typed, CheckError> {
        if !self.takes_word("not") {
            return self.comparison();
        }
        let at = self.here();
        self.part(at)?;
        let inner = self.deeper(Parser::negation)?;
        Ok(Typed::truth(Expression::Not(Box::new(condition(inner, at)?))))
    }

    fn comparison(&mut self) -> Result<Typed, CheckError> {
        let at = self.here();
        let left = self.sum()?;
        let behind = self.here();
        if let Some(comparison) = self.comparison_sign() {
            self.part(behind)?;
            let right_at = self.here();
            let right = self.sum()?;
            if self.comparison_sign().is_some() {
                return Err(behind.error(
                    "two comparisons follow each other",
                    "join them by and: a < b and b < c",
                ));
            }
            return compare(comparison, (left, at), (right, right_at), behind);
        }
        if self.takes_word("is") {
            return self.null_test(left, at);
        }
        let negated = self.is_word("not");
        if negated {
            self.advance();
        }
        if self.takes_word("in") {
            let found = self.list(left, at)?;
            return Ok(match negated {
                true => Typed::truth(Expression::Not(Box::new(found))),
                false => Typed::truth(found),
            });
        }
        match negated {
            true => {
                Err(behind.error("\"not\" is not expected here", "write not in, or not before"))
            }
            false => Ok(left),
        }
    }

    fn comparison_sign(&mut self) -> Option<Comparison> {
        let Some(Token { word: Word::Sign(sign), .. }) = self.tokens.first() else { return None };
        let comparison = Comparison::of(sign)?;
        self.advance();
        Some(comparison)
    }

    /// What follows `is`.
    fn null_test(&mut self, left: Typed, at: Position) -> Result<Typed, CheckError> {
        let negated = self.takes_word("not");
        let behind = self.here();
        if !self.takes_word("null") {
            return Err(behind.error(
                "\"null\" is missing here",
                "write is null or is not null; values are compared by =",
            ));
        }
        let Expression::Field(field) = left.expression else {
            return Err(at.error("only a field can be null", "name the field before is"));
        };
        let test = Expression::IsNull(field);
        Ok(Typed::truth(if negated { Expression::Not(Box::new(test)) } else { test }))
    }

    /// What follows `in`.
    fn list(&mut self, left: Typed, at: Position) -> Result<Expression, CheckError> {
        if !left.kind.is_listed() {
            return Err(at.error(
                format!("{} cannot be looked up in a list", left.kind.words()),
                "only numbers, texts, dates, years and yearmonths can: compare with = and or",
            ));
        }
        self.expect_sign("(")?;
        let mut forms: Vec<Vec<u8>> = Vec::new();
        loop {
            let item_at = self.here();
            self.part(item_at)?;
            let item = adapted(self.deeper(Parser::negative)?, left.kind, item_at)?;
            let mut form = Vec::new();
            match &item.expression {
                Expression::Constant(bound) if item.kind == left.kind => {
                    bound.value().canonical(&mut form);
                }
                Expression::Text(text) if item.kind == left.kind => form.extend_from_slice(text),
                _ => {
                    return Err(item_at.error(
                        format!("the list is of values that are each {}", left.kind.words()),
                        "write such values, and nothing that is calculated",
                    ));
                }
            }
            forms.push(form);
            if !self.takes_sign(",") {
                break;
            }
        }
        self.expect_sign(")")?;
        let forms = ByteSet::new(forms.iter().map(Vec::as_slice));
        Ok(Expression::In(Box::new(left.expression), forms))
    }
}
