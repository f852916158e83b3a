//! The lines of a span, in blocks of whole lines.

use std::io::Read;
use std::ops::Range;

use job_files::{Blocks, Error};

use crate::formats::MAX_LINE_BYTES;

/// Whole lines of a file, and where they are in it.
#[derive(Debug, Default)]
pub(crate) struct LineBlock {
    buffer: Vec<u8>,
    lines: Range<usize>,
    /// Offset of the first byte in the file, decompressed.
    pub offset: u64,
    /// Whether NUL bytes were skipped before them.
    pub nuls: bool,
}

impl LineBlock {
    /// The lines. The last one may lack its line feed: at the end of the file, or because it is too
    /// long.
    pub(crate) fn lines(&self) -> &[u8] {
        &self.buffer[self.lines.clone()]
    }
}

/// Gives the lines that begin in a span.
pub(crate) struct LineBlocks<R> {
    blocks: Blocks<R>,
    /// Lines that begin here or later are another span's.
    end: u64,
    /// Whether the rest of a line is being skipped: of the line before the span, or of one that is
    /// too long.
    passing: bool,
    /// Whether NUL bytes were skipped since the last block.
    nuls: bool,
}

impl<R: Read> LineBlocks<R> {
    /// The lines of `reader` that begin in `owned`, or all of them. The reader begins one byte
    /// before `owned`.
    pub(crate) fn new(reader: R, owned: Option<&Range<u64>>) -> Self {
        match owned {
            Some(owned) if owned.start > 0 => LineBlocks {
                blocks: Blocks::new(reader, owned.start - 1),
                end: owned.end,
                passing: true,
                nuls: false,
            },
            Some(owned) => LineBlocks {
                blocks: Blocks::new(reader, 0),
                end: owned.end,
                passing: false,
                nuls: false,
            },
            None => LineBlocks {
                blocks: Blocks::new(reader, 0),
                end: u64::MAX,
                passing: false,
                nuls: false,
            },
        }
    }

    /// The next lines, in the memory of `used`; `None` behind the last one. `failed` makes an error
    /// of what went wrong in reading, and of the offset.
    pub(crate) fn next(
        &mut self,
        used: LineBlock,
        failed: impl Fn(&R, std::io::Error, u64) -> Error,
    ) -> Result<Option<LineBlock>, Error> {
        loop {
            if self.blocks.offset() >= self.end && !self.passing {
                return Ok(None);
            }
            if self.passing {
                self.passing = !self.blocks.skip_line();
                if !self.passing {
                    continue;
                }
            } else {
                self.pass_nuls();
                let count = self.whole();
                if count > 0 {
                    let offset = self.blocks.offset();
                    let (buffer, lines) = self.blocks.hand_over(count, used.buffer);
                    return Ok(Some(LineBlock {
                        buffer,
                        lines,
                        offset,
                        nuls: std::mem::take(&mut self.nuls),
                    }));
                }
            }
            if self.blocks.is_last() {
                return Ok(None);
            }
            let at = self.blocks.offset() + self.blocks.bytes().len() as u64;
            if let Err(error) = self.blocks.fill() {
                return Err(failed(self.blocks.get_ref(), error, at));
            }
        }
    }

    /// Skips the NUL bytes before the next line, if any: a log that was truncated under its server
    /// may have as many as it had bytes. The last byte of the span is kept, so that the line still
    /// begins in the span.
    fn pass_nuls(&mut self) {
        let bytes = self.blocks.bytes();
        if bytes.first() == Some(&0) {
            let nuls = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
            let left = usize::try_from(self.end - self.blocks.offset() - 1).unwrap_or(usize::MAX);
            self.blocks.consume(nuls.min(left));
            self.nuls = true;
        }
    }

    /// Bytes of the whole lines that were read and belong to the span; of a line that is too long,
    /// just enough to show that it is.
    fn whole(&mut self) -> usize {
        let bytes = self.blocks.bytes();
        let end = self.blocks.end_of_last_line(self.end);
        match end.or_else(|| Some(memchr::memrchr(b'\n', bytes)? + 1)) {
            Some(end) => end,
            None if self.blocks.is_last() => bytes.len(),
            None if bytes.len() > MAX_LINE_BYTES => {
                self.passing = true;
                MAX_LINE_BYTES + 1
            }
            None => 0,
        }
    }

    /// The reader, when everything was read.
    pub(crate) fn into_inner(self) -> R {
        self.blocks.into_inner()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &[u8], owned: Option<Range<u64>>) -> Vec<(u64, Vec<u8>)> {
        let from = owned.as_ref().map_or(0, |owned| owned.start.saturating_sub(1) as usize);
        let mut lines = LineBlocks::new(&text[from..], owned.as_ref());
        let (mut all, mut used) = (Vec::new(), LineBlock::default());
        while let Some(block) = lines.next(used, |_, _, _| unreachable!()).unwrap() {
            let mut offset = block.offset;
            for line in block.lines().split_inclusive(|byte| *byte == b'\n') {
                all.push((offset, line.to_vec()));
                offset += line.len() as u64;
            }
            used = block;
        }
        all
    }

    proptest! {
        #[test]
        fn every_line_is_in_exactly_one_span(
            lines in prop::collection::vec("[a-c]{0,6}\n", 0..40),
            end in "[a-c]{0,3}",
            cuts in prop::collection::vec(0u64..300, 0..5),
        ) {
            let text = lines.concat() + &end;
            let size = text.len() as u64;
            let mut cuts: Vec<u64> = cuts
                .into_iter()
                .map(|cut| cut.min(size))
                .chain([0, size])
                .collect();
            cuts.sort_unstable();
            let parts: Vec<_> = cuts
                .windows(2)
                .flat_map(|cut| read(text.as_bytes(), Some(cut[0]..cut[1])))
                .collect();
            prop_assert_eq!(&parts, &read(text.as_bytes(), None));
            let joined: Vec<u8> = parts.into_iter().flat_map(|(_, line)| line).collect();
            prop_assert_eq!(joined, text.as_bytes());
        }
    }

    #[test]
    fn nul_bytes_before_a_line_are_no_part_of_it_however_many_there_are() {
        for number in [1, 300, 70_000, 3 * MAX_LINE_BYTES] {
            let text = [&vec![0; number], b"a\nb\n".as_slice()].concat();
            let whole: Vec<Vec<u8>> = read(&text, None).into_iter().map(|(_, line)| line).collect();
            assert_eq!(whole, [b"a\n", b"b\n"], "{number}");
            // A cut among them loses no line and doubles none.
            let size = text.len() as u64;
            let cut = number as u64 / 2 + 1;
            let parts = [read(&text, Some(0..cut)), read(&text, Some(cut..size))].concat();
            let bare: Vec<Vec<u8>> = parts
                .into_iter()
                .map(|(_, line)| line.into_iter().filter(|byte| *byte != 0).collect())
                .collect();
            if number < MAX_LINE_BYTES {
                assert_eq!(bare, [b"a\n", b"b\n"], "{number}");
            }
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_shown_and_passed_over() {
        let text = [b"a\n".as_slice(), &vec![b'x'; 3 * MAX_LINE_BYTES], b"\nb\n"].concat();
        let all = read(&text, None);
        let lengths: Vec<usize> = all.iter().map(|(_, line)| line.len()).collect();
        assert_eq!(lengths, [2, MAX_LINE_BYTES + 1, 2]);
        assert_eq!(all[2].0, 3 + 3 * MAX_LINE_BYTES as u64);
    }
}
