//! The syntax of XML Schema regular expressions.
//!
//! Source: XML Schema part 2, second edition, appendix F. What is not in it and means the same
//! everywhere is taken too, since Table Schema's own examples do: `^` at the start and `$` at the
//! end (a pattern matches whole values anyway), `(?:...)`, and a backslash before punctuation.

use std::iter::Peekable;
use std::str::Chars;

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, Repetition};

use super::classes;

/// How deep groups and classes may nest.
const DEPTH: usize = 64;

/// The most times a piece may be repeated.
const REPEATS: u32 = 10_000;

/// The expression of a pattern; the error says what of it cannot be used.
pub(super) fn parse(pattern: &str) -> Result<Hir, String> {
    let mut parser = Parser { chars: pattern.chars().peekable() };
    let hir = parser.branches(0)?;
    match parser.chars.next() {
        None => Ok(hir),
        Some(_) => Err("it has a ) without its (".to_owned()),
    }
}

struct Parser<'a> {
    chars: Peekable<Chars<'a>>,
}

impl Parser<'_> {
    fn branches(&mut self, depth: usize) -> Result<Hir, String> {
        if depth > DEPTH {
            return Err(format!("its groups nest deeper than {DEPTH}"));
        }
        let mut branches = vec![self.branch(depth)?];
        while self.chars.next_if_eq(&'|').is_some() {
            branches.push(self.branch(depth)?);
        }
        Ok(Hir::alternation(branches))
    }

    fn branch(&mut self, depth: usize) -> Result<Hir, String> {
        let mut pieces = Vec::new();
        if depth == 0 {
            let _ = self.chars.next_if_eq(&'^');
        }
        while let Some(&c) = self.chars.peek() {
            if matches!(c, '|' | ')') {
                break;
            }
            self.chars.next();
            if c == '$' && depth == 0 && self.chars.peek().is_none_or(|&next| next == '|') {
                break;
            }
            let atom = self.atom(c, depth)?;
            pieces.push(self.quantified(atom)?);
        }
        Ok(Hir::concat(pieces))
    }

    fn atom(&mut self, c: char, depth: usize) -> Result<Hir, String> {
        match c {
            '(' => {
                if self.chars.next_if_eq(&'?').is_some() && self.chars.next() != Some(':') {
                    return Err("groups that begin with (? (look-around, flags, names) are not \
                                in XML Schema's syntax"
                        .to_owned());
                }
                let group = self.branches(depth + 1)?;
                self.chars.next_if_eq(&')').ok_or("it has a ( without its )")?;
                Ok(group)
            }
            '[' => Ok(class(self.class(0)?)),
            '.' => Ok(class(classes::dot())),
            '\\' => Ok(class(self.escape()?)),
            '^' | '$' => Err(format!(
                "{c} inside of it is an ordinary character to XML Schema and an anchor to others: \
                 write \\{c} for the character, and leave anchors out, since the whole value has \
                 to match"
            )),
            '?' | '*' | '+' | '{' => {
                Err(format!("{c} has nothing to repeat: write \\{c} for the character"))
            }
            ']' | '}' => Err(format!("{c} stands alone: write \\{c} for the character")),
            c => Ok(literal(c)),
        }
    }

    fn quantified(&mut self, atom: Hir) -> Result<Hir, String> {
        let (min, max) = match self.chars.peek() {
            Some('?') => (0, Some(1)),
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('{') => (0, Some(0)),
            _ => return Ok(atom),
        };
        let (min, max) = if self.chars.next() == Some('{') { self.counts()? } else { (min, max) };
        if let Some(c @ ('?' | '*' | '+' | '{')) = self.chars.peek() {
            return Err(format!(
                "{c} behind a quantifier is not in XML Schema's syntax: the whole value has to \
                 match, so a lazy or possessive quantifier means nothing; leave it out"
            ));
        }
        Ok(Hir::repetition(Repetition { min, max, greedy: true, sub: Box::new(atom) }))
    }

    /// `n}`, `n,}` or `n,m}`.
    fn counts(&mut self) -> Result<(u32, Option<u32>), String> {
        let bad = || "a quantifier in braces is {n}, {n,} or {n,m}".to_owned();
        let text: String = std::iter::from_fn(|| self.chars.next_if(|&c| c != '}')).collect();
        self.chars.next().ok_or_else(bad)?;
        let number = |text: &str| {
            if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
                return Err(bad());
            }
            text.parse()
                .ok()
                .filter(|&n| n <= REPEATS)
                .ok_or(format!("it repeats something more than {REPEATS} times"))
        };
        let (min, max) = match text.split_once(',') {
            None => (number(&text)?, Some(number(&text)?)),
            Some((min, "")) => (number(min)?, None),
            Some((min, max)) => (number(min)?, Some(number(max)?)),
        };
        match max {
            Some(max) if max < min => Err(format!("{{{text}}} has its counts the wrong way round")),
            _ => Ok((min, max)),
        }
    }

    /// What a backslash begins, as the class of the characters it stands for.
    fn escape(&mut self) -> Result<ClassUnicode, String> {
        let c = self.chars.next().ok_or("it ends with a single backslash")?;
        let single = |c| Ok(classes::of_ranges(&[(c, c)]));
        match c {
            'n' => single('\n'),
            'r' => single('\r'),
            't' => single('\t'),
            'p' | 'P' => {
                let mut class = self.property()?;
                if c == 'P' {
                    class.negate();
                }
                Ok(class)
            }
            c if c.is_ascii_punctuation() => single(c),
            c => classes::escape(c).ok_or(match c {
                'b' | 'B' | 'A' | 'Z' | 'z' => {
                    format!(
                        "\\{c} (an anchor) is not in XML Schema's syntax: the whole value has to \
                         match"
                    )
                }
                '0'..='9' => format!("\\{c} (a back-reference) is not in XML Schema's syntax"),
                _ => format!("\\{c} is not an escape of XML Schema's syntax"),
            }),
        }
    }

    /// `{name}`.
    fn property(&mut self) -> Result<ClassUnicode, String> {
        self.chars.next_if_eq(&'{').ok_or("\\p is written \\p{Lu}")?;
        let name: String = std::iter::from_fn(|| self.chars.next_if(|&c| c != '}')).collect();
        self.chars.next().ok_or("\\p{ has no }")?;
        classes::property(&name).ok_or(format!(
            "\\p{{{name}}} is not a category or block that is known here: write its range as [a-z]"
        ))
    }

    /// What follows an opening bracket, up to the closing one.
    fn class(&mut self, depth: usize) -> Result<ClassUnicode, String> {
        if depth > DEPTH {
            return Err(format!("its classes nest deeper than {DEPTH}"));
        }
        let open = || "it has a [ without its ]".to_owned();
        let negated = self.chars.next_if_eq(&'^').is_some();
        let mut class = ClassUnicode::empty();
        let mut first = true;
        let mut subtracted = None;
        loop {
            let c = self.chars.next().ok_or_else(open)?;
            let start = match c {
                ']' if first => return Err("it has an empty class []".to_owned()),
                ']' => break,
                '[' => return Err("a [ within a class is written \\[".to_owned()),
                '-' if !first && self.chars.next_if_eq(&'[').is_some() => {
                    subtracted = Some(self.class(depth + 1)?);
                    self.chars
                        .next_if_eq(&']')
                        .ok_or("nothing can follow what is subtracted from a class")?;
                    break;
                }
                '-' if !first && self.chars.peek() != Some(&']') => {
                    return Err("a - within a class is written \\-, except at its start and its \
                                end"
                    .to_owned());
                }
                '\\' => {
                    let escaped = self.escape()?;
                    match single(&escaped) {
                        Some(c) => c,
                        None => {
                            class.union(&escaped);
                            first = false;
                            continue;
                        }
                    }
                }
                c => c,
            };
            first = false;
            let end = self.range_end(start)?;
            if end < start {
                return Err(format!(
                    "the range {start}-{end} within a class is the wrong way round"
                ));
            }
            class.push(ClassUnicodeRange::new(start, end));
        }
        if negated {
            class.negate();
        }
        if let Some(subtracted) = subtracted {
            class.difference(&subtracted);
        }
        Ok(class)
    }

    /// The end of the range that `start` begins; `start` itself where it begins none.
    fn range_end(&mut self, start: char) -> Result<char, String> {
        let mut ahead = self.chars.clone();
        // A dash that a bracket follows is itself or a subtraction.
        if ahead.next() != Some('-') || matches!(ahead.next(), Some(']' | '[') | None) {
            return Ok(start);
        }
        self.chars.next();
        match self.chars.next() {
            Some('\\') => single(&self.escape()?)
                .ok_or("a range within a class ends with a single character".to_owned()),
            Some(end) => Ok(end),
            None => Ok(start),
        }
    }
}

fn class(class: ClassUnicode) -> Hir {
    Hir::class(Class::Unicode(class))
}

fn literal(c: char) -> Hir {
    Hir::literal(c.to_string().into_bytes())
}

/// The only character of a class.
fn single(class: &ClassUnicode) -> Option<char> {
    match class.ranges() {
        [range] if range.start() == range.end() => Some(range.start()),
        _ => None,
    }
}
