//! How the files of a month are cut into spans, each of which one thread counts.
//!
//! The cut depends on the files alone and never on the number of threads: tables beyond their limit
//! depend on which lines were counted together.

use std::ops::Range;

use job_files::{InputCompression, NamedFile, Source};
use object_storage::Storage;
use std::io::Read as _;

use crate::error::Error;
use crate::formats::{Format, detect_with, fitted};

/// Bytes of the longest span of a plain file: merging it costs little compared with counting it.
const SPAN: u64 = 64 << 20;

/// A file that is cut has a multiple of this many spans, so that two or four threads end together.
const TOGETHER: u64 = 4;

/// Bytes at the beginning of a file by which its format is found.
pub(crate) const HEAD: usize = 64 << 10;

/// A stretch of a log that one thread counts.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    /// A file, or a part of it.
    pub source: Source,
    /// The number of its file among the month's files.
    pub file: usize,
    /// The format of its lines; `None` where its own beginning shows it.
    pub format: Option<Format>,
}

/// Cuts large plain files into spans; all other files are a span each. Spans end at any byte:
/// whoever reads them finds the ends of lines.
pub(crate) fn cut(
    storage: &Storage,
    files: Vec<NamedFile>,
    forced: Option<&Format>,
    json: &Format,
) -> Result<Vec<Span>, Error> {
    let mut spans = Vec::with_capacity(files.len());
    for (number, file) in files.into_iter().enumerate() {
        let size = file.entry.size;
        let source = Source::from(file);
        let format = match forced {
            _ if size <= SPAN => None,
            None => split_format(storage, &source, json)?,
            Some(format) => {
                let head = head(storage, &source)?;
                is_plain(&head).then(|| fitted(format, &head))
            }
        };
        match format.filter(Format::lines_stand_alone) {
            Some(format) => spans.extend(ranges(size).map(|owned| Span {
                source: Source { owned: Some(owned), ..source.clone() },
                file: number,
                format: Some(format.clone()),
            })),
            None => spans.push(Span { source, file: number, format: forced.cloned() }),
        }
    }
    Ok(spans)
}

/// The format of a plain file, if it can be found: its spans need to know it, and only the first
/// one has the beginning of the file.
fn split_format(
    storage: &Storage,
    source: &Source,
    json: &Format,
) -> Result<Option<Format>, Error> {
    let head = head(storage, source)?;
    Ok(if is_plain(&head) { detect_with(&head, json).unwrap_or_default() } else { None })
}

fn is_plain(head: &[u8]) -> bool {
    InputCompression::of(head) == InputCompression::None
}

fn head(storage: &Storage, source: &Source) -> Result<Vec<u8>, Error> {
    let mut head = vec![0; HEAD.min(usize::try_from(source.entry.size).unwrap_or(HEAD))];
    storage.open(&source.entry, 0..head.len() as u64)?.read_exact(&mut head)?;
    Ok(head)
}

/// Ranges of about equal size that together are the whole.
fn ranges(size: u64) -> impl Iterator<Item = Range<u64>> {
    let number = if size <= SPAN { 1 } else { size.div_ceil(SPAN).next_multiple_of(TOGETHER) };
    let cut = move |at: u64| (u128::from(size) * u128::from(at) / u128::from(number)) as u64;
    (0..number).map(move |at| cut(at)..cut(at + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_the_whole_and_none_is_longer_than_a_span() {
        for size in [1, SPAN, SPAN + 1, 10 * SPAN + 12_345] {
            let ranges: Vec<_> = ranges(size).collect();
            assert_eq!((ranges[0].start, ranges[ranges.len() - 1].end), (0, size));
            assert!(ranges.windows(2).all(|pair| pair[0].end == pair[1].start));
            assert!(ranges.iter().all(|range| range.end - range.start <= SPAN));
        }
    }

    #[test]
    fn a_file_that_is_cut_has_equal_spans_for_two_or_four_threads() {
        for (size, number) in [(SPAN, 1), (SPAN + 1, 4), (4 * SPAN, 4), (4 * SPAN + 1, 8)] {
            let lengths: Vec<u64> = ranges(size).map(|range| range.end - range.start).collect();
            assert_eq!(lengths.len(), number, "{size} bytes");
            assert!(lengths.iter().all(|length| length.abs_diff(lengths[0]) <= 1), "{lengths:?}");
        }
    }
}
