//! Flaws: what keeps a record from being data at all, whatever a schema says. These are malformed
//! quotes, and traces of how the file was made.

use crate::dialect::Dialect;
use crate::encoding::UTF8_MARK;
use crate::record::{Malformed, Record};
use crate::translation::Note;

/// Why the cells of a record are not even looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Its quotes do not pair up.
    Quotes(Malformed),
    /// It begins with a byte order mark: files were joined, and its first cell would never be equal
    /// to any other.
    Mark,
    /// It is the header once more: files were joined.
    Header,
    /// It has a CR without an LF outside of quotes, which other readers take for the end of the
    /// record.
    Return,
    /// It is longer than the limit. Only its beginning is known.
    TooLong,
    /// What was noted when the text was made, under this number
    /// ([`TextMap::notes`](crate::translation::TextMap::notes)).
    Noted(u32),
}

/// Looks for flaws. Most records cost four comparisons.
pub struct FlawDetector {
    dialect: Dialect,
    /// The header's bytes. `None` for a single column, where the same bytes may well be a value.
    header: Option<Vec<u8>>,
    /// Length of the header; without one, a length that no record has.
    header_length: usize,
    /// Where the next bare CR of the block stands.
    next_return: usize,
    /// Where the notes of the block stand, the last one first, with their numbers.
    notes: Vec<(usize, u32)>,
    /// Where the next bare CR or note stands.
    next_odd: usize,
}

impl FlawDetector {
    /// For a file with this header (or, if files have none, with these names).
    pub fn new(dialect: Dialect, header: &[u8], columns: usize) -> Self {
        let header = (columns > 1).then(|| header.to_vec());
        let header_length = header.as_ref().map_or(usize::MAX / 2, Vec::len);
        FlawDetector {
            dialect,
            header,
            header_length,
            next_return: usize::MAX,
            notes: Vec::new(),
            next_odd: usize::MAX,
        }
    }

    /// Must be called with each block before its records.
    pub fn begin(&mut self, block: &[u8]) {
        self.begin_noted(block, 0, &[]);
    }

    /// The same for a block that begins at `offset` of a text with these notes.
    pub fn begin_noted(&mut self, block: &[u8], offset: u64, notes: &[Note]) {
        self.next_return = bare_return(block, 0);
        self.notes.clear();
        let places = (0..).zip(notes).filter_map(|(number, note)| {
            let at = usize::try_from(note.at.checked_sub(offset)?).ok()?;
            Some((at, number))
        });
        self.notes.extend(places);
        self.notes.reverse();
        self.find_odd();
    }

    fn find_odd(&mut self) {
        let note = self.notes.last().map_or(usize::MAX, |(at, _)| *at);
        self.next_odd = self.next_return.min(note);
    }

    /// What is wrong with a record of `block`, if anything.
    #[inline]
    pub fn of(&mut self, block: &[u8], record: &Record<'_>) -> Option<Flaw> {
        let may_be_flawed = record.malformed.is_some()
            || self.next_odd < record.end
            // The header with its line end, if any.
            || (record.end - record.start).wrapping_sub(self.header_length) <= 2
            || block.get(record.start) == Some(&UTF8_MARK[0]);
        if may_be_flawed { self.look(block, record) } else { None }
    }

    #[inline(never)]
    fn look(&mut self, block: &[u8], record: &Record<'_>) -> Option<Flaw> {
        let odd = if self.next_odd < record.end { self.odd(block, record) } else { None };
        if let Some(malformed) = record.malformed {
            return Some(Flaw::Quotes(malformed));
        }
        let bytes = &block[record.start..record.end];
        if bytes.starts_with(UTF8_MARK) {
            return Some(Flaw::Mark);
        }
        if let Some(header) = &self.header
            && bytes.starts_with(header)
            && matches!(bytes[header.len()..], [] | [b'\n'] | [b'\r', b'\n'])
        {
            return Some(Flaw::Header);
        }
        odd
    }

    /// What the bare CRs and the notes of a record say of it.
    #[cold]
    fn odd(&mut self, block: &[u8], record: &Record<'_>) -> Option<Flaw> {
        let returned = self.returned(block, record);
        let mut noted = None;
        while let Some(&(at, number)) = self.notes.last()
            && at < record.end
        {
            if at >= record.start {
                noted = noted.or(Some(Flaw::Noted(number)));
            }
            self.notes.pop();
        }
        self.find_odd();
        returned.or(noted)
    }

    fn returned(&mut self, block: &[u8], record: &Record<'_>) -> Option<Flaw> {
        let mut flaw = None;
        while self.next_return < record.end {
            if self.next_return >= record.start
                && !self.is_quoted(&block[record.start..self.next_return])
            {
                flaw = Some(Flaw::Return);
            }
            self.next_return = bare_return(block, self.next_return + 1);
        }
        flaw
    }

    /// Whether a record that begins with these bytes is inside quotes behind them.
    fn is_quoted(&self, bytes: &[u8]) -> bool {
        let Some(quote) = self.dialect.quote else { return false };
        let mut at_start = true;
        let mut quoted = false;
        for &byte in bytes {
            // A doubled quote closes and opens the cell again.
            if byte == quote && (quoted || at_start) {
                quoted = !quoted;
                at_start = !quoted;
            } else {
                at_start = !quoted && byte == self.dialect.delimiter;
            }
        }
        quoted
    }
}

/// The first CR from `from` on that is neither followed by an LF nor the last byte.
fn bare_return(block: &[u8], from: usize) -> usize {
    let rest = block.get(from..).unwrap_or_default();
    memchr::memchr_iter(b'\r', rest)
        .map(|at| from + at)
        .find(|at| block.get(at + 1).is_some_and(|next| *next != b'\n'))
        .unwrap_or(usize::MAX)
}

impl Flaw {
    /// What is wrong with `record`, in words. What was noted says more of itself.
    pub fn message(self, record: &[u8]) -> &'static str {
        match self {
            Flaw::Quotes(Malformed::TextAfterQuote { at })
                if at >= 2 && record.get(at - 2) == Some(&b'\\') =>
            {
                "text after a closing quote: a quote inside a quoted cell is doubled, and a \
                 backslash before it is a character like any other"
            }
            Flaw::Quotes(Malformed::TextAfterQuote { .. }) => "text after a closing quote",
            Flaw::Quotes(Malformed::Unclosed) => "a quote is opened and not closed",
            Flaw::Mark => {
                "a byte order mark (\\u{feff}) in the middle of the file: were files joined?"
            }
            Flaw::Header => "the header once more: were files joined, or is it given --no-header?",
            Flaw::Return => {
                "a carriage return (CR) without a line feed outside of quotes: lines end in LF or \
                 CR LF; convert the file (tr)"
            }
            Flaw::TooLong => {
                "the record is longer than --max-record-size, and only its beginning is shown"
            }
            Flaw::Noted(_) => "it could not be read as text",
        }
    }

    /// Whether the record has to be written as one quoted cell: as it stands, its own quotes or
    /// line ends would break the lines of the file it is written to.
    pub fn is_one_cell(self, dialect: &Dialect) -> bool {
        matches!(self, Flaw::Quotes(_) | Flaw::TooLong)
            || (self == Flaw::Return && dialect.quote.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::splitter::Splitter;

    fn flaws(file: &[u8], dialect: Dialect) -> Vec<Option<Flaw>> {
        let mut detector = FlawDetector::new(dialect, b"id,n", 2);
        detector.begin(file);
        let mut found = Vec::new();
        Splitter::new(dialect, 1000).split(file, true, |record| {
            found.push(detector.of(file, &record));
            true
        });
        found
    }

    #[test]
    fn traces_of_joined_files_and_other_line_ends_are_flaws_outside_of_quotes() {
        let dialect = Dialect::default();
        let (mark, header, bare) = (Some(Flaw::Mark), Some(Flaw::Header), Some(Flaw::Return));
        assert_eq!(
            flaws(b"1,2\n\xef\xbb\xbf3,4\nid,n\r\nid,n", dialect),
            [None, mark, header, header]
        );
        assert_eq!(flaws(b"id,nn\nid\nxid,n\n", dialect), [None; 3]);
        assert_eq!(
            flaws(b"1,a\rb\n2,\"a\rb\"\n3,\"\"\"\r\"\n\"4\",\"x\",\r\r\n5,6\r\n7,\r", dialect),
            [bare, None, None, bare, None, None]
        );
        assert_eq!(flaws(b"1,\"a\"\"\rb\",c\rd\n2,3\n", dialect), [bare, None]);
        assert_eq!(flaws(b"1,\"a\rb\"\n", Dialect { quote: None, ..dialect }), [bare]);
    }
}
