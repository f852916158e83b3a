//! A file of checks as words, each with its place.

use std::ops::Range;

use super::error::{CheckError, Position};
use crate::display::shortened;

/// A word of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// A name, or a word of the language.
    Name(String),
    /// A name between backquotes, which is never a word of the language.
    Quoted(String),
    /// Digits, perhaps with a point among them.
    Number(String),
    Text(String),
    /// One of [`SIGNS`].
    Sign(&'static str),
}

/// A word with its place.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) word: Word,
    pub(super) at: Position,
    /// Its bytes in the file.
    pub(super) bytes: Range<usize>,
}

/// The signs, longer ones before those that they begin with.
const SIGNS: [&str; 16] =
    ["==", "!=", "<>", "<=", ">=", "=", "<", ">", "+", "-", "*", "(", ")", ",", ":", "/"];

/// Cuts a file into words. What follows a `#` on its line is a comment.
pub(super) fn words(file: &str) -> Result<Vec<Token>, CheckError> {
    let mut lexer = Lexer { file, byte: 0, at: Position { line: 1, column: 1 } };
    let mut tokens = Vec::new();
    while let Some(c) = lexer.peek() {
        let (start, at) = (lexer.byte, lexer.at);
        if c.is_whitespace() {
            lexer.next();
            continue;
        }
        if c == '#' {
            lexer.take_while(|c| c != '\n');
            continue;
        }
        let word = match c {
            '"' | '\'' => Word::Text(lexer.quoted(c, at)?),
            '`' => Word::Quoted(lexer.quoted(c, at)?),
            c if c.is_ascii_digit() => Word::Number(lexer.number(at)?),
            c if is_name(c) => Word::Name(lexer.take_while(is_name).to_owned()),
            _ => Word::Sign(lexer.sign(at)?),
        };
        tokens.push(Token { word, at, bytes: start..lexer.byte });
    }
    Ok(tokens)
}

/// Whether a character may stand in a name that is not quoted.
fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

struct Lexer<'f> {
    file: &'f str,
    byte: usize,
    at: Position,
}

impl<'f> Lexer<'f> {
    fn peek(&self) -> Option<char> {
        self.file[self.byte..].chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.byte += c.len_utf8();
        if c == '\n' {
            self.at = Position { line: self.at.line + 1, column: 1 };
        } else {
            self.at.column += 1;
        }
        Some(c)
    }

    fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> &'f str {
        let start = self.byte;
        while self.peek().is_some_and(&belongs) {
            self.next();
        }
        &self.file[start..self.byte]
    }

    /// What stands between two of the character `quote`, which is doubled where it is meant itself.
    fn quoted(&mut self, quote: char, at: Position) -> Result<String, CheckError> {
        self.next();
        let mut text = String::new();
        loop {
            match self.next() {
                Some(c) if c == quote && self.peek() == Some(quote) => {
                    text.push(quote);
                    self.next();
                }
                Some(c) if c == quote => return Ok(text),
                Some('\n') | None => {
                    return Err(at.error(
                        format!("the {quote} is not closed on its line"),
                        format!("close it; a {quote} inside is written twice"),
                    ));
                }
                Some(c) => text.push(c),
            }
        }
    }

    fn number(&mut self, at: Position) -> Result<String, CheckError> {
        let text = self.take_while(|c| is_name(c) || c == '.');
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let is_digits =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if is_digits(whole) && is_digits(fraction) {
            return Ok(text.to_owned());
        }
        Err(at.error(
            format!("{} is not a number", shortened(text.as_bytes())),
            "write digits, and a point and digits where there is a fraction; a name that begins \
             with a digit stands in backquotes",
        ))
    }

    fn sign(&mut self, at: Position) -> Result<&'static str, CheckError> {
        let rest = &self.file[self.byte..];
        let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) else {
            let found: String = rest.chars().take(1).collect();
            return Err(at.error(
                format!("\"{}\" means nothing here", shortened(found.as_bytes())),
                "texts stand in \" or ', and names of other characters than letters, digits and _ \
                 in backquotes",
            ));
        };
        for _ in 0..sign.len() {
            self.next();
        }
        Ok(sign)
    }
}
