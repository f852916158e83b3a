//! One record, as it stands in its block.

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
