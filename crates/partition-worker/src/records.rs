//! Records of a block of CSV: their cells, where they stand, and what is wrong with their quoting.
//!
//! The readers on crates.io copy each record, skip blank lines and read on over malformed quotes. A
//! worker that must hand back every record byte for byte, with its line, needs the records in place
//! and needs to be told, so this is its own.

use crate::dialect::Dialect;
use crate::structure;

/// One record of a block.
#[derive(Clone, Copy, Debug)]
pub struct Record<'c> {
    /// First byte of the record in the block.
    pub start: usize,
    /// One past its last byte, line end included.
    pub end: usize,
    /// Lines of the file it takes: one, and one more for each line break inside quotes.
    pub lines: u32,
    /// The cells, without their quotes. Empty when the quoting is malformed.
    pub cells: &'c [&'c [u8]],
    /// What is wrong with its quoting. Such a record is one line of the file, whatever the quotes
    /// say; the next record begins on the next line, so that a stray quote costs one record
    /// and not the rest of the file.
    pub malformed: Option<Malformed>,
}

/// What is wrong with the quoting of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// Something else than a delimiter or a line end follows a closing quote, `at` bytes into the
    /// record.
    TextAfterQuote {
        /// Offset of that byte.
        at: usize,
    },
    /// A quote is opened and not closed before the end of the file or the size limit of a record.
    Unclosed,
}

/// Why a block has no further whole record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// The bytes from here on are the beginning of a record (or nothing): read more and come again.
    Incomplete(usize),
    /// The record that starts here has no line end within `limit` bytes.
    TooLong(usize),
}

/// Where one cell stands in the block, without its quotes.
#[derive(Clone, Copy)]
struct Cut {
    from: usize,
    to: usize,
    /// It holds doubled quotes.
    escaped: bool,
}

/// Splits blocks into records; keeps its buffers between blocks.
pub struct Splitter {
    dialect: Dialect,
    /// Longest record, in bytes, line end included.
    limit: usize,
    positions: Vec<u32>,
}

/// How one record ended, as `Splitter::quoted` saw it.
enum Ended {
    /// Next structural position to look at, one past the line end, lines, whether a doubled quote
    /// needs undoing.
    At { next: usize, end: usize, lines: u32, escaped: bool },
    /// Something follows a closing quote.
    TextAfterQuote { at: usize },
    /// The block ends inside quotes.
    InQuotes,
    /// The block ends outside quotes, `lines` lines on.
    NoLineEnd { lines: u32 },
}

/// What stands at the beginning of the unread part of a block.
enum Step {
    /// A record; its cells are in the cuts.
    Whole { next: usize, end: usize, lines: u32, escaped: bool },
    /// A line whose quoting is malformed.
    Malformed { next: usize, end: usize, malformed: Malformed },
    /// No whole record.
    Rest(Rest),
}

impl Splitter {
    /// A splitter for records of at most `limit` bytes.
    pub fn new(dialect: Dialect, limit: usize) -> Self {
        Splitter { dialect, limit, positions: Vec::new() }
    }

    /// Calls `each` for every whole record of `block`, in order, and says where the rest begins.
    ///
    /// `last` says that no more bytes follow the block: then a record may end without a line end.
    /// `each` may return `false` to stop after the record; the rest begins behind it then. The
    /// records do not depend on where the blocks are cut.
    pub fn split<F>(&mut self, block: &[u8], last: bool, mut each: F) -> Rest
    where
        F: FnMut(Record<'_>) -> bool,
    {
        let mut positions = std::mem::take(&mut self.positions);
        structure::find(block, &self.dialect, &mut positions);
        let rest = self.walk(block, &positions, last, &mut each);
        self.positions = positions;
        rest
    }

    fn walk<F>(&self, block: &[u8], positions: &[u32], last: bool, each: &mut F) -> Rest
    where
        F: FnMut(Record<'_>) -> bool,
    {
        let mut cells: Vec<&[u8]> = Vec::with_capacity(32);
        let mut cuts: Vec<Cut> = Vec::new();
        let mut unescaped = Vec::new();
        let mut next = 0;
        let mut start = 0;
        while start < block.len() {
            // The common case first: a record without quotes on one line.
            let (after, end, go_on) = if let Some((after, end)) =
                self.plain(block, positions, next, start, &mut cells)
            {
                if end - start > self.limit {
                    return Rest::TooLong(start);
                }
                (after, end, each(Record { start, end, lines: 1, cells: &cells, malformed: None }))
            } else {
                match self.any(block, positions, next, start, last, &mut cuts) {
                    Step::Whole { next, end, lines, escaped: false } => {
                        cells.clear();
                        cells.extend(cuts.iter().map(|cut| &block[cut.from..cut.to]));
                        (
                            next,
                            end,
                            each(Record { start, end, lines, cells: &cells, malformed: None }),
                        )
                    }
                    Step::Whole { next, end, lines, escaped: true } => {
                        let go_on = with_unescaped(
                            block,
                            &mut cuts,
                            self.dialect.quote,
                            &mut unescaped,
                            |cells| each(Record { start, end, lines, cells, malformed: None }),
                        );
                        (next, end, go_on)
                    }
                    Step::Malformed { next, end, malformed } => (
                        next,
                        end,
                        each(Record {
                            start,
                            end,
                            lines: 1,
                            cells: &[],
                            malformed: Some(malformed),
                        }),
                    ),
                    Step::Rest(rest) => return rest,
                }
            };
            if !go_on {
                return Rest::Incomplete(end);
            }
            (next, start) = (after, end);
        }
        Rest::Incomplete(start)
    }

    /// Whatever begins at `start`, judged against the limit. Past the limit the verdict must be the
    /// same whatever the block happens to hold beyond it.
    fn any(
        &self,
        block: &[u8],
        positions: &[u32],
        first: usize,
        start: usize,
        last: bool,
        cuts: &mut Vec<Cut>,
    ) -> Step {
        let limit_reached = block.len() - start > self.limit;
        let malformed = match self.quoted(block, positions, first, start, last, cuts) {
            Ended::At { next, end, lines, escaped } if end - start <= self.limit => {
                return Step::Whole { next, end, lines, escaped };
            }
            Ended::At { lines: 1, .. } => return Step::Rest(Rest::TooLong(start)),
            Ended::NoLineEnd { lines: 1 } if limit_reached => {
                return Step::Rest(Rest::TooLong(start));
            }
            Ended::NoLineEnd { .. } | Ended::InQuotes if !limit_reached && !last => {
                return Step::Rest(Rest::Incomplete(start));
            }
            Ended::TextAfterQuote { at } if at - start < self.limit => {
                Malformed::TextAfterQuote { at: at - start }
            }
            Ended::At { .. }
            | Ended::NoLineEnd { .. }
            | Ended::InQuotes
            | Ended::TextAfterQuote { .. } => Malformed::Unclosed,
        };
        let (next, end) = match self.line(block, positions, first, start) {
            Some(line) => line,
            None if last => (positions.len(), block.len()),
            None if limit_reached => return Step::Rest(Rest::TooLong(start)),
            None => return Step::Rest(Rest::Incomplete(start)),
        };
        if end - start > self.limit {
            return Step::Rest(Rest::TooLong(start));
        }
        Step::Malformed { next, end, malformed }
    }

    /// A record without quotes that ends in this block: the next structural position and the
    /// record's end.
    // A call returns them in memory, in parts; reading them together would wait for both.
    #[inline(always)]
    fn plain<'b>(
        &self,
        block: &'b [u8],
        positions: &[u32],
        first: usize,
        start: usize,
        cells: &mut Vec<&'b [u8]>,
    ) -> Option<(usize, usize)> {
        cells.clear();
        let mut from = start;
        for (offset, &position) in positions.get(first..)?.iter().enumerate() {
            let at = position as usize;
            let byte = block[at];
            if byte == self.dialect.delimiter {
                cells.push(&block[from..at]);
                from = at + 1;
            } else if byte == b'\n' {
                let cell = &block[from..at];
                cells.push(cell.strip_suffix(b"\r").unwrap_or(cell));
                return Some((first + offset + 1, at + 1));
            } else if at == from {
                return None;
            }
            // Any other quote stands inside an unquoted cell and is a character like any other.
        }
        None
    }

    /// The same for any record, with a cut per cell instead of the cell itself.
    fn quoted(
        &self,
        block: &[u8],
        positions: &[u32],
        first: usize,
        start: usize,
        last: bool,
        cuts: &mut Vec<Cut>,
    ) -> Ended {
        cuts.clear();
        let quote = self.dialect.quote;
        let mut next = first;
        let mut from = start;
        let mut lines = 1;
        let mut any_escaped = false;
        loop {
            if quote.is_some() && block.get(from).copied() == quote {
                // A quoted cell: find its closing quote.
                let mut escaped = false;
                next += 1;
                let close = loop {
                    let Some(&position) = positions.get(next) else { return Ended::InQuotes };
                    next += 1;
                    let at = position as usize;
                    if Some(block[at]) == quote {
                        if block.get(at + 1).copied() == quote {
                            escaped = true;
                            next += 1;
                        } else {
                            break at;
                        }
                    } else if block[at] == b'\n' {
                        lines += 1;
                    }
                };
                any_escaped |= escaped;
                cuts.push(Cut { from: from + 1, to: close, escaped });
                let after = close + 1;
                match block.get(after) {
                    Some(byte) if *byte == self.dialect.delimiter => {
                        next += 1;
                        from = after + 1;
                    }
                    Some(b'\n') => {
                        return Ended::At {
                            next: next + 1,
                            end: after + 1,
                            lines,
                            escaped: any_escaped,
                        };
                    }
                    Some(b'\r') if block.get(after + 1) == Some(&b'\n') => {
                        return Ended::At {
                            next: next + 1,
                            end: after + 2,
                            lines,
                            escaped: any_escaped,
                        };
                    }
                    // The block may end between a doubled quote's halves, or between CR and LF.
                    None if last => {
                        return Ended::At { next, end: after, lines, escaped: any_escaped };
                    }
                    Some(b'\r') if after + 1 == block.len() && last => {
                        return Ended::At { next, end: after + 1, lines, escaped: any_escaped };
                    }
                    None => return Ended::NoLineEnd { lines },
                    Some(b'\r') if after + 1 == block.len() => return Ended::NoLineEnd { lines },
                    Some(_) => return Ended::TextAfterQuote { at: after },
                }
                continue;
            }
            // An unquoted cell: up to the next delimiter or line end.
            let at = loop {
                match positions.get(next) {
                    Some(&position) => {
                        next += 1;
                        let at = position as usize;
                        if block[at] == self.dialect.delimiter || block[at] == b'\n' {
                            break at;
                        }
                    }
                    None if last => {
                        let end = block.len();
                        let to = end - usize::from(block[from..].ends_with(b"\r"));
                        cuts.push(Cut { from, to, escaped: false });
                        return Ended::At { next, end, lines, escaped: any_escaped };
                    }
                    None => return Ended::NoLineEnd { lines },
                }
            };
            if block[at] == b'\n' {
                let to = at - usize::from(block[from..at].ends_with(b"\r"));
                cuts.push(Cut { from, to, escaped: false });
                return Ended::At { next, end: at + 1, lines, escaped: any_escaped };
            }
            cuts.push(Cut { from, to: at, escaped: false });
            from = at + 1;
        }
    }

    /// The line that begins at `start`, whatever its quotes: the next structural position and the
    /// line's end.
    fn line(
        &self,
        block: &[u8],
        positions: &[u32],
        first: usize,
        start: usize,
    ) -> Option<(usize, usize)> {
        let end = start + memchr::memchr(b'\n', &block[start..])? + 1;
        let passed = positions[first..].partition_point(|position| (*position as usize) < end);
        Some((first + passed, end))
    }
}

/// Hands on the cells of a record in which doubled quotes had to be undone, which takes a buffer of
/// their own.
fn with_unescaped<R>(
    block: &[u8],
    cuts: &mut [Cut],
    quote: Option<u8>,
    unescaped: &mut Vec<u8>,
    each: impl FnOnce(&[&[u8]]) -> R,
) -> R {
    unescaped.clear();
    for cut in cuts.iter_mut().filter(|cut| cut.escaped) {
        let from = unescaped.len();
        let mut bytes = block[cut.from..cut.to].iter();
        while let Some(&byte) = bytes.next() {
            unescaped.push(byte);
            if Some(byte) == quote {
                bytes.next();
            }
        }
        (cut.from, cut.to) = (from, unescaped.len());
    }
    let cell = |cut: &Cut| {
        if cut.escaped { &unescaped[cut.from..cut.to] } else { &block[cut.from..cut.to] }
    };
    if cuts.len() <= FEW_CELLS {
        let mut cells = [b"".as_slice(); FEW_CELLS];
        for (place, cut) in cells.iter_mut().zip(cuts.iter()) {
            *place = cell(cut);
        }
        each(&cells[..cuts.len()])
    } else {
        let cells: Vec<&[u8]> = cuts.iter().map(cell).collect();
        each(&cells)
    }
}

/// Records of up to so many cells need no memory of their own to undo their quotes.
const FEW_CELLS: usize = 32;
