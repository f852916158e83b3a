//! Whether a byte range that begins behind a line end begins with a record, or inside a quoted cell
//! with line breaks in it.
//!
//! Both readings are tried, as parallel readers of CSV do (Ge, Li, Eilebrecht, Chandramouli,
//! Kossmann, "Speculative Distributed CSV Data Parsing for Big Data Analytics", 2019). Inside a
//! quoted cell the next quote has to close it: what follows is a delimiter or a line end. Where
//! anything else follows, or no quote comes as far as a record may reach, the cell would be
//! malformed, and a malformed record is one line: so the range begins with a record after all.

use crate::dialect::Dialect;

/// Looks for the quote that would close the cell in which the range may begin.
#[derive(Debug)]
pub struct AlignmentProbe {
    dialect: Dialect,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Inside,
    /// Behind a quote.
    Quote,
    /// Behind a quote and a CR.
    Return,
    Settled(Alignment),
}

/// How a byte range begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alignment {
    /// With a record.
    Record,
    /// With a record or inside a quoted cell: its bytes do not tell.
    Unknown,
}

impl AlignmentProbe {
    /// A probe for files of this dialect.
    pub fn new(dialect: Dialect) -> Self {
        let state =
            if dialect.quote.is_some() { State::Inside } else { State::Settled(Alignment::Record) };
        AlignmentProbe { dialect, state }
    }

    /// Takes further bytes of the range; the answer, once there is one.
    pub fn take(&mut self, bytes: &[u8]) -> Option<Alignment> {
        let mut rest = bytes;
        loop {
            if let State::Settled(start) = self.state {
                return Some(start);
            }
            if self.state == State::Inside {
                let quote = self.dialect.quote?;
                rest = &rest[memchr::memchr(quote, rest)? + 1..];
                self.state = State::Quote;
            }
            let (&byte, behind) = rest.split_first()?;
            rest = behind;
            self.state = match (self.state, byte) {
                (State::Quote, byte) if Some(byte) == self.dialect.quote => State::Inside,
                (State::Quote, byte) if byte == self.dialect.delimiter => {
                    State::Settled(Alignment::Unknown)
                }
                (State::Quote | State::Return, b'\n') => State::Settled(Alignment::Unknown),
                (State::Quote, b'\r') => State::Return,
                _ => State::Settled(Alignment::Record),
            };
        }
    }

    /// The answer when no more bytes come: at the end of the file, or of what a record may reach.
    pub fn end(self) -> Alignment {
        match self.state {
            State::Inside => Alignment::Record,
            State::Quote | State::Return => Alignment::Unknown,
            State::Settled(start) => start,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(range: &str) -> Alignment {
        let whole = {
            let mut alignment = AlignmentProbe::new(Dialect::default());
            alignment.take(range.as_bytes()).unwrap_or_else(|| alignment.end())
        };
        // However the bytes come.
        let mut alignment = AlignmentProbe::new(Dialect::default());
        let found = range.as_bytes().iter().find_map(|byte| alignment.take(&[*byte]));
        assert_eq!(found.unwrap_or_else(|| alignment.end()), whole, "{range:?}");
        whole
    }

    #[test]
    fn a_quote_that_could_not_close_a_cell_shows_that_a_record_begins() {
        for range in ["1,5\" pipe\n", "1,\"a\",2\n", "\"a\"\n", "1,a\n", "", "1,5\"\"", "a\"\rb\n"]
        {
            assert_eq!(start(range), Alignment::Record, "{range:?}");
        }
    }

    #[test]
    fn a_quote_that_could_close_a_cell_leaves_it_open() {
        for range in
            ["1,5\"\n2,b\n", "end of a cell\",2\n", "a\"\r\n", "5\"", "say \"\"hi\"\" to me\"\n"]
        {
            assert_eq!(start(range), Alignment::Unknown, "{range:?}");
        }
    }

    #[test]
    fn without_quotes_every_line_is_a_record() {
        let mut alignment = AlignmentProbe::new(Dialect { quote: None, ..Dialect::default() });
        assert_eq!(alignment.take(b"5\"\n"), Some(Alignment::Record));
    }
}
