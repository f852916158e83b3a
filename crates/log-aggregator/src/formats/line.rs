//! What one line of a log is, before anything is known of its format.

use super::entry::Entry;
use super::remark::{Remark, Remarks};

/// Bytes of the longest line that is read, without its end. Longer ones are counted as unparsed:
/// servers cut requests far earlier, so such a line is something else.
pub const MAX_LINE_BYTES: usize = 1 << 20;

/// What reading a line gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// A request.
    Entry(Entry<'a>),
    /// Nothing to count: a blank line, a directive of a W3C log, or a piece of a line whose last
    /// piece has not come yet.
    Nothing,
}

/// What reading a line in place gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InPlace {
    /// A request.
    Entry,
    /// As [`Line::Nothing`].
    Nothing,
    /// Some values do not stand in the line as they are:
    /// [`Parser::parse_apart`](super::Parser::parse_apart) reads it.
    Apart,
}

/// A line without what does not belong to it: a carriage return, NUL bytes (left in a log that was
/// truncated while its server went on writing at its old offset), and the byte order mark that some
/// programs put before UTF-8 text.
#[inline]
pub(super) fn text_of(line: &[u8]) -> (&[u8], Remarks) {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    match (line.first(), line.last()) {
        (Some(0 | 0xef), _) | (_, Some(0)) => bared(line),
        _ => (line, Remarks::default()),
    }
}

#[cold]
fn bared(line: &[u8]) -> (&[u8], Remarks) {
    let mut remarks = Remarks::default();
    let (mut bare, length) = (line, line.len());
    while let Some(rest) = bare.strip_prefix(b"\0") {
        bare = rest;
    }
    while let Some(rest) = bare.strip_suffix(b"\0") {
        bare = rest;
    }
    if bare.len() < length {
        remarks.add(Remark::Nuls);
    }
    if let Some(rest) = bare.strip_prefix(b"\xef\xbb\xbf") {
        bare = rest;
        remarks.add(Remark::ByteOrderMark);
    }
    (bare.strip_suffix(b"\r").unwrap_or(bare), remarks)
}
