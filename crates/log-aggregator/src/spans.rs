//! How the files of a month are cut into spans: what one thread reads in one go.
//!
//! The cut depends on the files alone, never on the number of threads, since the counts of a span
//! are what is merged.

use std::ops::Range;

use job_files::{BlockingStorage, Compression, NamedFile, Source};
use std::io::Read as _;

use crate::error::Error;
use crate::format::{Format, fitted, sniff_with};

/// Bytes of the longest span of a plain file: what merging it costs is little beside counting it.
const SPAN: u64 = 64 << 20;

/// A file that is cut has a multiple of so many spans: two or four threads end together.
const TOGETHER: u64 = 4;

/// Bytes at the beginning of a file that tell its format.
pub(crate) const HEAD: usize = 64 << 10;

/// One thing to read.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    /// A file, or a part of it.
    pub source: Source,
    /// Which of the month's files it is (of).
    pub file: usize,
    /// The format of its lines; `None` where its own beginning tells it.
    pub format: Option<Format>,
}

/// Cuts large plain files into spans at line ends, to be found by whoever reads them; all other
/// files are a span each.
pub(crate) fn cut(
    storage: &BlockingStorage,
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

/// The format of a plain file, if it can be told: its parts need to know it, and only the first
/// part has its beginning.
fn split_format(
    storage: &BlockingStorage,
    source: &Source,
    json: &Format,
) -> Result<Option<Format>, Error> {
    let head = head(storage, source)?;
    Ok(if is_plain(&head) { sniff_with(&head, json).unwrap_or_default() } else { None })
}

fn is_plain(head: &[u8]) -> bool {
    Compression::of(head) == Compression::None
}

fn head(storage: &BlockingStorage, source: &Source) -> Result<Vec<u8>, Error> {
    let mut head = vec![0; HEAD.min(usize::try_from(source.entry.size).unwrap_or(HEAD))];
    storage.open(&source.entry, 0..head.len() as u64)?.read_exact(&mut head)?;
    Ok(head)
}

/// Ranges of about equal size that are together the whole.
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
