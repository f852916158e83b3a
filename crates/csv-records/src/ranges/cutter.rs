//! Blocks cut into the records that belong to one byte range: the same for a worker that judges
//! records and for one that hands them on.

use crate::dialect::Dialect;
use crate::record::{Malformed, Record, Rest};
use crate::splitter::Splitter;

/// Why a block cannot be cut any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CutError {
    /// The record `at` this offset of the block, `lines` lines on, is longer than the limit.
    TooLong {
        /// Offset in the block.
        at: usize,
        /// Lines of the block before it.
        lines: u64,
    },
    /// One record must be one line here, and the quotes of the line `at` this offset of the block,
    /// `lines` lines on, do not pair up.
    OpenQuote {
        /// Offset in the block.
        at: usize,
        /// Lines of the block before it.
        lines: u64,
    },
}

/// How far a block was cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Consumed {
    /// Bytes of the block that were consumed.
    pub bytes: usize,
    /// Lines of the block that were consumed.
    pub lines: u64,
    /// The end that was given was reached: no further record belongs to the partition.
    pub done: bool,
    /// They end inside a line whose rest is to be passed over. The cutter itself ends between
    /// records.
    pub in_line: bool,
}

/// Where in its source a block stands, and what is known of it.
#[derive(Clone, Copy, Debug)]
pub struct BlockContext {
    /// Offset of the block in the source.
    pub offset: u64,
    /// Records that begin at this offset of the source or later belong to the next partition.
    pub end: u64,
    /// The source ends with the block.
    pub last: bool,
    /// The block is known to begin with a record. In the middle of a file that is cut at line ends
    /// it may as well begin inside a quoted cell.
    pub aligned: bool,
}

/// Cuts blocks into records. Keeps its buffers between blocks.
pub struct Cutter {
    splitter: Splitter,
    quote: Option<u8>,
    /// One record is one line; a line break inside quotes stops the cutter.
    one_line: bool,
}

impl Cutter {
    /// A cutter for records of at most `limit` bytes.
    pub fn new(dialect: Dialect, one_line: bool, limit: usize) -> Self {
        Cutter { splitter: Splitter::new(dialect, limit), quote: dialect.quote, one_line }
    }

    /// Calls `each` for every whole record of `block` that begins before the end of the context.
    #[inline]
    pub fn cut(
        &mut self,
        block: &[u8],
        context: BlockContext,
        mut each: impl FnMut(&Record<'_>),
    ) -> Result<Consumed, CutError> {
        let (quote, one_line) = (self.quote, self.one_line);
        // A record that begins at the end of the range belongs to the next partition.
        let end = usize::try_from(context.end.saturating_sub(context.offset)).unwrap_or(usize::MAX);
        if end == 0 {
            return Ok(Consumed { bytes: 0, lines: 0, done: true, in_line: false });
        }
        let mut lines = 0;
        let mut done = false;
        let mut open_quote = None;
        let rest = self.splitter.split(block, context.last, |record: Record<'_>| {
            if one_line && !is_one_line(block, &record, quote, context.aligned) {
                open_quote = Some(record.start);
                return false;
            }
            each(&record);
            lines += u64::from(record.lines);
            done = record.end >= end;
            !done
        });
        match (open_quote, rest) {
            (Some(at), _) => Err(CutError::OpenQuote { at, lines }),
            (None, Rest::TooLong(at)) => Err(CutError::TooLong { at, lines }),
            (None, Rest::Incomplete(bytes)) => Ok(Consumed { bytes, lines, done, in_line: false }),
        }
    }
}

/// A record that spans lines is split at a line break inside quotes, and then each of its lines has
/// an odd number of quotes or none. Where the records before are known to be lines, an odd quote is
/// a character like any other (`5" pipe`).
fn is_one_line(block: &[u8], record: &Record<'_>, quote: Option<u8>, aligned: bool) -> bool {
    let quotes = |quote| memchr::memchr_iter(quote, &block[record.start..record.end]).count();
    record.lines == 1
        && record.malformed != Some(Malformed::Unclosed)
        && (aligned || quote.is_none_or(|quote| quotes(quote).is_multiple_of(2)))
}
