//! Records that are lines, such as those of JSON lines, cut as [`super::Cutter`] cuts CSV.

use super::cutter::{BlockContext, Consumed, CutError};

/// Calls `each` with the range of every whole line of `block`, line end included, that begins
/// before the end of the context. A line has at most `limit` bytes.
///
/// # Errors
///
/// [`CutError::TooLong`] at a longer line.
pub fn cut_lines(
    block: &[u8],
    context: BlockContext,
    limit: usize,
    mut each: impl FnMut(usize, usize),
) -> Result<Consumed, CutError> {
    let end = usize::try_from(context.end.saturating_sub(context.offset)).unwrap_or(usize::MAX);
    let (mut start, mut lines) = (0, 0);
    while start < block.len().min(end) {
        let stop = match memchr::memchr(b'\n', &block[start..]) {
            Some(length) => start + length + 1,
            None if context.last || block.len() - start > limit => block.len(),
            None => break,
        };
        if stop - start > limit {
            return Err(CutError::TooLong { at: start, lines });
        }
        each(start, stop);
        lines += 1;
        start = stop;
    }
    Ok(Consumed { bytes: start, lines, done: start >= end, in_line: false })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The lines of a file that begin in a range, read in blocks of `piece` bytes.
    fn lines(file: &[u8], range: std::ops::Range<usize>, piece: usize) -> Vec<Vec<u8>> {
        let mut found = Vec::new();
        // Behind the first line end from the byte before the range on.
        let mut start = match range.start {
            0 => 0,
            at => match memchr::memchr(b'\n', &file[at - 1..]) {
                Some(length) => at + length,
                None => return found,
            },
        };
        let mut end = start;
        loop {
            let context = BlockContext {
                offset: start as u64,
                end: range.end as u64,
                last: end == file.len(),
                aligned: true,
            };
            let block = &file[start..end];
            let cut = |from: usize, to: usize| found.push(block[from..to].to_vec());
            let consumed = cut_lines(block, context, 1000, cut).unwrap();
            start += consumed.bytes;
            if consumed.done || context.last {
                return found;
            }
            end = (end + piece).min(file.len());
        }
    }

    proptest! {
        #[test]
        fn every_line_is_in_the_range_that_it_begins_in(
            file in prop::collection::vec(prop::sample::select(b"a\n\r{".to_vec()), 0..60),
            cuts in prop::collection::vec(0usize..61, 0..4),
            piece in 1usize..20,
        ) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(file.len())).collect();
            cuts.extend([0, file.len()]);
            cuts.sort_unstable();
            let cut: Vec<Vec<u8>> =
                cuts.windows(2).flat_map(|range| lines(&file, range[0]..range[1], piece)).collect();
            let whole: Vec<Vec<u8>> =
                file.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
            prop_assert_eq!(cut, whole);
        }
    }

    #[test]
    fn a_line_over_the_limit_is_told_whether_its_end_is_there_or_not() {
        for (block, last) in [("a\nbbbb\n", true), ("a\nbbbb", true), ("a\nbbbbb", false)] {
            let context = BlockContext { offset: 0, end: 99, last, aligned: true };
            let mut found = 0;
            let cut = cut_lines(block.as_bytes(), context, 3, |_, _| found += 1);
            assert_eq!((cut, found), (Err(CutError::TooLong { at: 2, lines: 1 }), 1), "{block:?}");
        }
    }
}
