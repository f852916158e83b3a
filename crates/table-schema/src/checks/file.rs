//! A file of checks: names, each with an expression.

use std::sync::Arc;

use super::error::{CheckError, Position};
use super::expression::Expression;
use super::lexer::{Token, Word, words};
use super::parser::Parser;
use crate::schema::Schema;

/// The most checks of a file.
const MOST_CHECKS: usize = 1000;

/// Named expressions over the fields of a schema, which rows have to keep.
///
/// The file is text in UTF-8 (a byte order mark is ignored). A check begins in the first column
/// with its name and a colon; its expression ends before the next name. What follows a `#` is a
/// comment.
///
/// ```text
/// # A settled row has a reference.
/// settled_has_reference: if status = "settled" then reference is not null
/// # Rows that break it are accepted, with a warning.
/// warning not_large: amount <= 10000
/// ```
#[derive(Clone, Debug)]
pub struct Checks {
    pub(crate) checks: Arc<[Check]>,
}

/// One check of a file.
#[derive(Debug)]
pub(crate) struct Check {
    pub(crate) name: String,
    /// A row that does not keep it is accepted all the same.
    pub(crate) warning: bool,
    /// The expression as messages show it: on one line, without comments.
    pub(crate) text: String,
    pub(super) expression: Expression,
    /// The fields that it looks at, in the order of its text.
    pub(crate) fields: Vec<u16>,
}

impl Checks {
    /// Reads a file of checks over rows of this schema.
    ///
    /// # Errors
    ///
    /// [`CheckError`] with the line and the column of what is not understood, does not fit
    /// together (a date compared with a number), or is too large: an expression nests at most 64
    /// deep and has at most 500 parts.
    pub fn parse(bytes: &[u8], schema: &Schema) -> Result<Checks, CheckError> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let file = std::str::from_utf8(bytes).map_err(|error| {
            let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            let line = before.rsplit('\n').next().unwrap_or_default();
            let at = Position {
                line: before.matches('\n').count() as u32 + 1,
                column: line.chars().count() as u32 + 1,
            };
            at.error("it is not UTF-8", "convert it first (iconv -t utf-8)")
        })?;
        let tokens = words(file)?;
        let mut checks: Vec<Check> = Vec::new();
        let mut rest = tokens.as_slice();
        while let Some(first) = rest.first() {
            let length = 1 + rest[1..].iter().take_while(|token| token.at.column > 1).count();
            let (own, others) = rest.split_at(length);
            if checks.len() == MOST_CHECKS {
                return Err(first
                    .at
                    .error(format!("there are more than {MOST_CHECKS} checks"), "leave some out"));
            }
            let check = read(own, file, schema)?;
            if checks.iter().any(|other| other.name == check.name) {
                return Err(first.at.error(
                    format!("there are two checks named {}", check.name),
                    "give each a name of its own",
                ));
            }
            checks.push(check);
            rest = others;
        }
        if checks.is_empty() {
            let at = Position { line: 1, column: 1 };
            return Err(at.error("there is no check", "write one as NAME: EXPRESSION"));
        }
        Ok(Checks { checks: checks.into() })
    }

    /// Whether one of them only warns.
    pub fn warn(&self) -> bool {
        self.checks.iter().any(|check| check.warning)
    }

    /// The names of the checks, in the order of the file.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.checks.iter().map(|check| check.name.as_str())
    }
}

/// One check from its words.
fn read(tokens: &[Token], file: &str, schema: &Schema) -> Result<Check, CheckError> {
    let is_warning = matches!(tokens, [first, Token { word: Word::Name(_), .. }, ..]
        if first.word == Word::Name("warning".to_owned()) && first.at.column == 1);
    let [_, named @ ..] = tokens else { return Err(not_begun(tokens)) };
    let named = if is_warning { named } else { tokens };
    let (Some(Token { word: Word::Name(name), at, .. }), Some(colon)) =
        (named.first(), named.get(1))
    else {
        return Err(not_begun(tokens));
    };
    if tokens[0].at.column != 1 || colon.word != Word::Sign(":") {
        return Err(not_begun(tokens));
    }
    let end = tokens.last().map_or(*at, |token| Position {
        column: token.at.column + file[token.bytes.clone()].chars().count() as u32,
        ..token.at
    });
    let (expression, fields) = Parser::new(&named[2..], end, &schema.fields).whole(*at)?;
    let text = on_one_line(&named[2..], file);
    Ok(Check { name: name.clone(), warning: is_warning, text, expression, fields })
}

fn not_begun(tokens: &[Token]) -> CheckError {
    let at = tokens.first().map_or(Position { line: 1, column: 1 }, |token| token.at);
    at.error(
        "a check does not begin like this",
        "write NAME: EXPRESSION (or warning NAME: EXPRESSION), the name of letters, digits and _ \
         in the first column, and indent the further lines of an expression",
    )
}

/// The words as they stand in the file, with a blank where there is white space between them.
fn on_one_line(tokens: &[Token], file: &str) -> String {
    let mut text = String::new();
    let mut end = None;
    for token in tokens {
        if end.is_some_and(|end| end != token.bytes.start) {
            text.push(' ');
        }
        text.push_str(&file[token.bytes.clone()]);
        end = Some(token.bytes.end);
    }
    text
}
