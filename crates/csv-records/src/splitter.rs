//! Cuts blocks of CSV into records, in place. Knows nothing of files, headers or schemas.

use crate::dialect::Dialect;
use crate::quoted::{CellRange, RecordEnd, find_cells, with_unescaped};
use crate::record::{Malformed, Record, Rest};
use crate::structural_index;

/// Splits blocks into records; keeps its buffers between blocks.
pub struct Splitter {
    dialect: Dialect,
    /// Longest record, in bytes, line end included.
    limit: usize,
    positions: Vec<u32>,
}

/// What stands at the beginning of the unread part of a block.
enum NextRecord {
    /// A record; its cells are in the ranges.
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
        structural_index::find(block, &self.dialect, &mut positions);
        let rest = self.walk(block, &positions, last, &mut each);
        self.positions = positions;
        rest
    }

    fn walk<F>(&self, block: &[u8], positions: &[u32], last: bool, each: &mut F) -> Rest
    where
        F: FnMut(Record<'_>) -> bool,
    {
        let mut cells: Vec<&[u8]> = Vec::with_capacity(32);
        let mut ranges: Vec<CellRange> = Vec::new();
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
                match self.any(block, positions, next, start, last, &mut ranges) {
                    NextRecord::Whole { next, end, lines, escaped: false } => {
                        cells.clear();
                        cells.extend(ranges.iter().map(|range| &block[range.from..range.to]));
                        (
                            next,
                            end,
                            each(Record { start, end, lines, cells: &cells, malformed: None }),
                        )
                    }
                    NextRecord::Whole { next, end, lines, escaped: true } => {
                        let go_on = with_unescaped(
                            block,
                            &mut ranges,
                            self.dialect.quote,
                            &mut unescaped,
                            |cells| each(Record { start, end, lines, cells, malformed: None }),
                        );
                        (next, end, go_on)
                    }
                    NextRecord::Malformed { next, end, malformed } => (
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
                    NextRecord::Rest(rest) => return rest,
                }
            };
            if !go_on {
                return Rest::Incomplete(end);
            }
            (next, start) = (after, end);
        }
        Rest::Incomplete(start)
    }

    /// What begins at `start`, held against the limit. For a record past the limit the answer must
    /// not depend on how much of it the block happens to hold.
    fn any(
        &self,
        block: &[u8],
        positions: &[u32],
        first: usize,
        start: usize,
        last: bool,
        ranges: &mut Vec<CellRange>,
    ) -> NextRecord {
        let limit_reached = block.len() - start > self.limit;
        let malformed =
            match find_cells(&self.dialect, block, positions, first, start, last, ranges) {
                RecordEnd::At { next, end, lines, escaped } if end - start <= self.limit => {
                    return NextRecord::Whole { next, end, lines, escaped };
                }
                RecordEnd::At { lines: 1, .. } => return NextRecord::Rest(Rest::TooLong(start)),
                RecordEnd::NoLineEnd { lines: 1 } if limit_reached => {
                    return NextRecord::Rest(Rest::TooLong(start));
                }
                RecordEnd::NoLineEnd { .. } | RecordEnd::InQuotes if !limit_reached && !last => {
                    return NextRecord::Rest(Rest::Incomplete(start));
                }
                RecordEnd::TextAfterQuote { at } if at - start < self.limit => {
                    Malformed::TextAfterQuote { at: at - start }
                }
                RecordEnd::At { .. }
                | RecordEnd::NoLineEnd { .. }
                | RecordEnd::InQuotes
                | RecordEnd::TextAfterQuote { .. } => Malformed::Unclosed,
            };
        let (next, end) = match self.line(block, positions, first, start) {
            Some(line) => line,
            None if last => (positions.len(), block.len()),
            None if limit_reached => return NextRecord::Rest(Rest::TooLong(start)),
            None => return NextRecord::Rest(Rest::Incomplete(start)),
        };
        if end - start > self.limit {
            return NextRecord::Rest(Rest::TooLong(start));
        }
        NextRecord::Malformed { next, end, malformed }
    }

    /// A record without quotes that ends in this block: the next structural position and the
    /// record's end.
    // Always inlined: a call returns both numbers in memory, and the wider load of the two has to
    // wait until the two stores have left the store buffer.
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
