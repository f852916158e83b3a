//! The first lines that could not be parsed, published for people to look at.

use crate::formats::Unparsed;

/// Lines that are kept.
const LINES: usize = 1000;

/// Bytes that are kept of a line.
const LINE: usize = 4096;

/// The first lines of a part of the log that could not be parsed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct UnparsedSample {
    text: Vec<u8>,
    lines: usize,
    /// The first of all of them.
    first: Option<FirstUnparsed>,
}

/// The first line that could not be parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FirstUnparsed {
    /// Name of its file.
    pub source: String,
    /// Where it begins, in bytes of the decompressed file.
    pub offset: u64,
    /// What is wrong with it.
    pub why: Unparsed,
}

impl UnparsedSample {
    /// Adds a line of `source`, unless there are enough.
    pub(crate) fn add(&mut self, line: &[u8], source: &str, offset: u64, why: Unparsed) {
        if self.first.is_none() {
            self.first = Some(FirstUnparsed { source: source.to_owned(), offset, why });
        }
        if self.lines < LINES {
            self.lines += 1;
            self.text.extend_from_slice(&line[..line.len().min(LINE)]);
            self.text.push(b'\n');
        }
    }

    /// Adds the lines of the next part.
    pub(crate) fn append(&mut self, other: &UnparsedSample) {
        self.first = self.first.take().or_else(|| other.first.clone());
        for line in other.text.split_inclusive(|byte| *byte == b'\n').take(LINES - self.lines) {
            self.lines += 1;
            self.text.extend_from_slice(line);
        }
    }

    /// The lines, each with a line feed.
    pub(crate) fn text(&self) -> &[u8] {
        &self.text
    }

    /// The first one.
    pub(crate) fn first(&self) -> Option<&FirstUnparsed> {
        self.first.as_ref()
    }

    /// Bytes of memory that it takes.
    pub(crate) fn size(&self) -> usize {
        self.text.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_thousand_lines_are_kept_in_order_and_no_line_is_long() {
        let mut sample = UnparsedSample::default();
        let mut other = UnparsedSample::default();
        for number in 0..600 {
            sample.add(format!("a{number}").as_bytes(), "a.log", number, Unparsed::Shape);
            other.add(&[b'b'; 5000], "b.log", number, Unparsed::Time);
        }
        sample.append(&other);
        let lines: Vec<&[u8]> = sample.text().split(|byte| *byte == b'\n').collect();
        assert_eq!((lines.len(), lines[599], lines[600].len()), (1001, b"a599".as_slice(), LINE));
        assert_eq!(
            sample.first(),
            Some(&FirstUnparsed { source: "a.log".to_owned(), offset: 0, why: Unparsed::Shape })
        );
    }
}
