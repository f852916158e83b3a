//! Reads a stream block by block; what was not consumed of a block begins the next one.

use std::io::{self, Read};
use std::ops::Range;

/// Bytes a block normally has: small enough to stay in a core's second-level cache between the
/// scan, the checks and the copy, large enough that a read call costs nothing.
const BLOCK: usize = 256 * 1024;

/// Reads a stream block by block. The memory is one block plus the longest stretch that is never
/// consumed.
pub struct Blocks<R> {
    reader: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    offset: u64,
    last: bool,
    last_byte: Option<u8>,
}

impl<R: Read> Blocks<R> {
    /// Blocks of `reader`, whose first byte is at `offset` of its file.
    pub fn new(reader: R, offset: u64) -> Self {
        Blocks {
            reader,
            buffer: Vec::new(),
            start: 0,
            end: 0,
            offset,
            last: false,
            last_byte: None,
        }
    }

    /// The bytes read and not consumed.
    pub fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Offset of the first of [`Blocks::bytes`] in the file.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Offset in the file behind [`Blocks::bytes`]: where the next byte to be read is, and an error
    /// of reading has come up.
    pub fn end_offset(&self) -> u64 {
        self.offset + (self.end - self.start) as u64
    }

    /// Whether the stream ends with [`Blocks::bytes`].
    pub fn is_last(&self) -> bool {
        self.last
    }

    /// The last byte that was read, if any was.
    pub fn last_byte(&self) -> Option<u8> {
        self.last_byte
    }

    /// The reader that the blocks come from.
    pub fn get_ref(&self) -> &R {
        &self.reader
    }

    /// The reader that the blocks come from; what is read from it here is in no block.
    pub fn get_mut(&mut self) -> &mut R {
        &mut self.reader
    }

    /// Takes back what was read and not consumed, and whether the stream ends with it, so that the
    /// reader may give it once more, in another form.
    pub fn take_back(&mut self) -> (Vec<u8>, bool) {
        let bytes = self.bytes().to_vec();
        (self.start, self.end) = (0, 0);
        (bytes, std::mem::take(&mut self.last))
    }

    /// Gives the reader back; what was read and not consumed is gone.
    pub fn into_inner(self) -> R {
        self.reader
    }

    /// Consumes the first `count` of [`Blocks::bytes`].
    pub fn consume(&mut self, count: usize) {
        self.start += count;
        self.offset += count as u64;
    }

    /// Skips to behind the next line feed. `false` where it was not read yet; what was read is
    /// skipped then.
    ///
    /// Whoever reads from one byte before a byte range finds its first line so: the line that holds
    /// the byte before is another range's, and ends there where the range begins with a line.
    pub fn skip_line(&mut self) -> bool {
        let found = memchr::memchr(b'\n', self.bytes());
        self.consume(found.map_or(self.bytes().len(), |at| at + 1));
        found.is_some()
    }

    /// Where in [`Blocks::bytes`] the last line ends that begins before the offset `end` of the
    /// file, its line feed included; `None` where that line feed was not read yet. `end` is at
    /// least 1.
    pub fn end_of_last_line(&self, end: u64) -> Option<usize> {
        // The byte before the end may itself be the line feed.
        let before_end = (end - 1).saturating_sub(self.offset);
        let before_end = usize::try_from(before_end).unwrap_or(usize::MAX);
        let rest = self.bytes().get(before_end..)?;
        Some(before_end + memchr::memchr(b'\n', rest)? + 1)
    }

    /// Gives away the buffer with what it holds and where the first `count` of [`Blocks::bytes`],
    /// which are consumed, stand in it. The rest goes on in `other`, whose contents do not
    /// matter.
    pub fn hand_over(&mut self, count: usize, mut other: Vec<u8>) -> (Vec<u8>, Range<usize>) {
        let given = self.start..self.start + count;
        let left = self.end - given.end;
        if other.len() < left {
            other.resize(left, 0);
        }
        other[..left].copy_from_slice(&self.buffer[given.end..self.end]);
        self.offset += count as u64;
        (self.start, self.end) = (0, left);
        (std::mem::replace(&mut self.buffer, other), given)
    }

    /// Reads at least one byte more, up to a block more, or finds the end. Returns the bytes read.
    pub fn fill(&mut self) -> io::Result<usize> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        // What is left over is part of a block, unless it fills one: a long record grows the
        // buffer.
        let target = self.end + if self.end < BLOCK / 2 { BLOCK - self.end } else { BLOCK };
        if self.buffer.len() < target {
            self.buffer.resize(target, 0);
        }
        let before = self.end;
        while self.end < target && !self.last {
            match self.reader.read(&mut self.buffer[self.end..target]) {
                Ok(0) => self.last = true,
                Ok(count) => self.end += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        if self.end > before {
            self.last_byte = Some(self.buffer[self.end - 1]);
        }
        Ok(self.end - before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_consumed_comes_again_and_nothing_is_lost() {
        let data: Vec<u8> = (0..3 * BLOCK + 17).map(|at| (at % 251) as u8).collect();
        let mut blocks = Blocks::new(&data[..], 1000);
        let mut seen = Vec::new();
        while !(blocks.is_last() && blocks.bytes().is_empty()) {
            blocks.fill().unwrap();
            assert_eq!(blocks.offset(), 1000 + seen.len() as u64);
            let keep = if blocks.is_last() { 0 } else { 91 };
            let take = blocks.bytes().len() - keep;
            seen.extend_from_slice(&blocks.bytes()[..take]);
            blocks.consume(take);
        }
        assert_eq!(seen, data);
    }

    #[test]
    fn what_is_handed_over_and_what_is_left_are_the_whole() {
        let data: Vec<u8> = (0..3 * BLOCK + 17).map(|at| (at % 251) as u8).collect();
        let mut blocks = Blocks::new(&data[..], 0);
        let mut seen = Vec::new();
        let mut other = vec![9; 5];
        while !(blocks.is_last() && blocks.bytes().is_empty()) {
            blocks.fill().unwrap();
            let keep = if blocks.is_last() { 0 } else { 91 };
            let (given, range) = blocks.hand_over(blocks.bytes().len() - keep, other);
            seen.extend_from_slice(&given[range]);
            assert_eq!((blocks.offset(), blocks.bytes().len()), (seen.len() as u64, keep));
            other = given;
        }
        assert_eq!(seen, data);
    }

    #[test]
    fn an_unconsumed_block_grows() {
        let data = vec![1; 4 * BLOCK];
        let mut blocks = Blocks::new(&data[..], 0);
        let mut filled = 0;
        for _ in 0..3 {
            filled += blocks.fill().unwrap();
            assert_eq!(blocks.bytes().len(), filled);
        }
        assert_eq!(filled, 3 * BLOCK);
    }

    #[test]
    fn every_line_is_in_exactly_one_byte_range() {
        let text = b"one\n\ntwo\nthree\n\nfour";
        let size = text.len() as u64;
        for cut in 1..size {
            // Each range is read from one byte before it, as far as its last line reaches.
            let mut first = Blocks::new(&text[..], 0);
            first.fill().unwrap();
            let end = first.end_of_last_line(cut).unwrap_or(text.len());
            let mut second = Blocks::new(&text[cut as usize - 1..], cut - 1);
            second.fill().unwrap();
            second.skip_line();
            assert_eq!(second.offset(), end as u64, "cut at {cut}");
            assert_eq!([&text[..end], second.bytes()].concat(), text, "cut at {cut}");
        }
    }
}
