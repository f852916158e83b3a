//! Records with quoted cells: where their cells are, and their cells with doubled quotes undone.

use crate::dialect::Dialect;

/// Records of up to this many cells are handed on from the stack; longer ones allocate.
const FEW_CELLS: usize = 32;

/// Where one cell stands in the block, without its quotes.
#[derive(Clone, Copy)]
pub(crate) struct CellRange {
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// It holds doubled quotes.
    pub(crate) escaped: bool,
}

/// How a record ends.
pub(crate) enum RecordEnd {
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

/// Finds the cells of the record that begins at `start`, whatever its quotes, and how it ends.
/// `positions` are the structural bytes of the block, `first` the first of them that may belong to
/// the record.
pub(crate) fn find_cells(
    dialect: &Dialect,
    block: &[u8],
    positions: &[u32],
    first: usize,
    start: usize,
    last: bool,
    cells: &mut Vec<CellRange>,
) -> RecordEnd {
    cells.clear();
    let quote = dialect.quote;
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
                let Some(&position) = positions.get(next) else { return RecordEnd::InQuotes };
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
            cells.push(CellRange { from: from + 1, to: close, escaped });
            let after = close + 1;
            match block.get(after) {
                Some(byte) if *byte == dialect.delimiter => {
                    next += 1;
                    from = after + 1;
                }
                Some(b'\n') => {
                    return RecordEnd::At {
                        next: next + 1,
                        end: after + 1,
                        lines,
                        escaped: any_escaped,
                    };
                }
                Some(b'\r') if block.get(after + 1) == Some(&b'\n') => {
                    return RecordEnd::At {
                        next: next + 1,
                        end: after + 2,
                        lines,
                        escaped: any_escaped,
                    };
                }
                // The block may end between a doubled quote's halves, or between CR and LF.
                None if last => {
                    return RecordEnd::At { next, end: after, lines, escaped: any_escaped };
                }
                Some(b'\r') if after + 1 == block.len() && last => {
                    return RecordEnd::At { next, end: after + 1, lines, escaped: any_escaped };
                }
                None => return RecordEnd::NoLineEnd { lines },
                Some(b'\r') if after + 1 == block.len() => return RecordEnd::NoLineEnd { lines },
                Some(_) => return RecordEnd::TextAfterQuote { at: after },
            }
            continue;
        }
        // An unquoted cell: up to the next delimiter or line end.
        let at = loop {
            match positions.get(next) {
                Some(&position) => {
                    next += 1;
                    let at = position as usize;
                    if block[at] == dialect.delimiter || block[at] == b'\n' {
                        break at;
                    }
                }
                None if last => {
                    let end = block.len();
                    let to = end - usize::from(block[from..].ends_with(b"\r"));
                    cells.push(CellRange { from, to, escaped: false });
                    return RecordEnd::At { next, end, lines, escaped: any_escaped };
                }
                None => return RecordEnd::NoLineEnd { lines },
            }
        };
        if block[at] == b'\n' {
            let to = at - usize::from(block[from..at].ends_with(b"\r"));
            cells.push(CellRange { from, to, escaped: false });
            return RecordEnd::At { next, end: at + 1, lines, escaped: any_escaped };
        }
        cells.push(CellRange { from, to: at, escaped: false });
        from = at + 1;
    }
}

/// Calls `each` with the cells of a record that has doubled quotes. Those are undone into
/// `unescaped`; the other cells stay where they are in the block.
pub(crate) fn with_unescaped<R>(
    block: &[u8],
    ranges: &mut [CellRange],
    quote: Option<u8>,
    unescaped: &mut Vec<u8>,
    each: impl FnOnce(&[&[u8]]) -> R,
) -> R {
    unescaped.clear();
    for range in ranges.iter_mut().filter(|range| range.escaped) {
        let from = unescaped.len();
        let mut bytes = block[range.from..range.to].iter();
        while let Some(&byte) = bytes.next() {
            unescaped.push(byte);
            if Some(byte) == quote {
                bytes.next();
            }
        }
        (range.from, range.to) = (from, unescaped.len());
    }
    let cell = |range: &CellRange| {
        if range.escaped { &unescaped[range.from..range.to] } else { &block[range.from..range.to] }
    };
    if ranges.len() <= FEW_CELLS {
        let mut cells = [b"".as_slice(); FEW_CELLS];
        for (place, range) in cells.iter_mut().zip(ranges.iter()) {
            *place = cell(range);
        }
        each(&cells[..ranges.len()])
    } else {
        let cells: Vec<&[u8]> = ranges.iter().map(cell).collect();
        each(&cells)
    }
}
