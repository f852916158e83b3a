//! The quotes of a CSV file, looked at before the csv crate reads them: it reads on over a quote
//! that nobody closes, to the end of the file or to the next stray quote, and makes one task of
//! many rows.

use std::io::{self, Read};

use super::{
    arrivals::{Arrivals, Between},
    text_check::{self, BYTE_ORDER_MARK},
};

/// Where the next byte stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// At the beginning of a cell.
    Start,
    /// In a cell without quotes, where a quote is a character like any other.
    Plain,
    /// Between the quotes of a cell.
    Quoted,
    /// Behind a quote in such a cell: it closes the cell, or another one follows.
    Closing,
}

/// Follows the quotes, byte by byte.
///
/// Source: RFC 4180, 2.
#[derive(Debug)]
pub(super) struct Quotes {
    delimiter: u8,
    state: Place,
    /// The current line, from 1.
    line: u64,
    /// The line of the last quote that opened a cell.
    opened: u64,
}

impl Quotes {
    pub(super) fn new(delimiter: u8) -> Quotes {
        Quotes { delimiter, state: Place::Start, line: 1, opened: 1 }
    }

    /// Goes on over these bytes; an error where text follows a closing quote.
    pub(super) fn follow(&mut self, bytes: &[u8]) -> Result<(), String> {
        for &byte in bytes {
            self.line += u64::from(byte == b'\n');
            self.state = match (self.state, byte) {
                (Place::Start, b'"') => {
                    self.opened = self.line;
                    Place::Quoted
                }
                (Place::Quoted, b'"') => Place::Closing,
                (Place::Quoted, _) | (Place::Closing, b'"') => Place::Quoted,
                (_, b'\n' | b'\r') => Place::Start,
                (_, byte) if byte == self.delimiter => Place::Start,
                (Place::Closing, _) => {
                    return Err(format!(
                        "text follows the quote that closes the cell opened on line {}: a quote \
                         inside a quoted cell is written twice, and a cell that begins with one \
                         is quoted",
                        self.opened
                    ));
                }
                (Place::Start | Place::Plain, _) => Place::Plain,
            };
        }
        Ok(())
    }

    /// The end of the file; an error where a quote stays open.
    pub(super) fn end(&self) -> Result<(), String> {
        match self.state {
            Place::Quoted => Err(format!(
                "the quote that opens a cell on line {} is never closed: everything behind it \
                 would be one cell; write a cell that begins with a quote as \"\"\"...\"",
                self.opened
            )),
            _ => Ok(()),
        }
    }
}

/// Input whose quotes are in order, or an error of the kind `InvalidData` that says what is not.
pub(super) struct Checked<B: Between> {
    input: Arrivals<B>,
    quotes: Quotes,
    is_first: bool,
}

impl<B: Between> Checked<B> {
    pub(super) fn new(input: Arrivals<B>, delimiter: u8) -> Checked<B> {
        Checked { input, quotes: Quotes::new(delimiter), is_first: true }
    }

    /// As of [`Arrivals`].
    pub(super) fn is_cut(&self) -> bool {
        self.input.is_cut()
    }

    /// As of [`Arrivals`].
    pub(super) fn is_unended(&self) -> bool {
        self.input.is_unended()
    }
}

impl<B: Between> Read for Checked<B> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        let mut bytes = &buffer[..count];
        if std::mem::take(&mut self.is_first) {
            text_check::beginning(bytes).map_err(invalid)?;
            // The csv crate takes a byte order mark off.
            bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
        }
        text_check::no_nul(bytes).map_err(invalid)?;
        let seen = match (count, self.input.is_cut()) {
            (0, false) if !buffer.is_empty() => self.quotes.end(),
            _ => self.quotes.follow(bytes),
        };
        seen.map(|()| count).map_err(invalid)
    }
}

fn invalid(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::Quotes;

    fn check(text: &str) -> Result<(), String> {
        let mut quotes = Quotes::new(b',');
        // In two pieces, cut anywhere.
        for at in 0..text.len() {
            let mut other = Quotes::new(b',');
            let cut = other
                .follow(&text.as_bytes()[..at])
                .and_then(|()| other.follow(&text.as_bytes()[at..]));
            assert_eq!(cut.and_then(|()| other.end()), Quotes::new(b',').all(text));
        }
        quotes.all(text)
    }

    impl Quotes {
        fn all(&mut self, text: &str) -> Result<(), String> {
            self.follow(text.as_bytes())?;
            self.end()
        }
    }

    #[test]
    fn quotes_in_order_pass() {
        for text in [
            "",
            "a,b\n1,\"x, \"\"y\"\"\nz\"\n",
            "5\" pipe,2\r\n\"\",\"q\"\r\n",
            "\"a\"",
            "a,\"\"\"b\"\"\"\n",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn a_quote_that_stays_open_or_is_followed_by_text_is_named_with_its_line() {
        for (text, line) in [
            ("id\n1,\"5 inch\n2,ok\n", "line 2 is never"),
            ("\"", "line 1 is never"),
            ("a\n\"b\n\"c\n", "line 2: a quote"),
        ] {
            let error = check(text).unwrap_err();
            assert!(error.contains(line), "{text}: {error}");
        }
        assert!(
            check("1,\"5 inch,2\n2,abc,3\n3,\"6 inch,4\n").unwrap_err().contains("line 1: a quote")
        );
    }
}
