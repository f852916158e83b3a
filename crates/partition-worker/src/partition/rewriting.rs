//! A text on its way from its own dialect to plain CSV.

use std::io;
use std::sync::Arc;

use csv_records::translation::{Rewriter, SepLine, TableDialect, TextMap};

use super::header::Reading;

/// The rewriter of one file, with what was read and not yet rewritten.
pub(super) struct Rewriting {
    rewriter: Rewriter,
    /// What was read, its map, and where it begins in the text that is rewritten.
    pending: Vec<u8>,
    map: TextMap,
    offset: u64,
    /// Nothing more follows it.
    ended: bool,
    /// What was rewritten, and how much of it was read.
    text: Vec<u8>,
    read: usize,
    /// All was rewritten.
    done: bool,
}

/// A rewriter for a file of this reading, whose first line names the delimiter, if one does.
pub(super) fn rewriter(reading: &Reading, sep: Option<char>) -> Rewriter {
    let mut table = reading.file_dialect.table.clone();
    if let Some(delimiter) = sep {
        table.delimiter = delimiter.to_string();
        table.comment_rows.push(1);
        // The first row is the one behind the line.
        table.header_rows = table.header_rows.take().filter(|rows| *rows != [1]);
    }
    let null = reading.file_dialect.null.as_deref();
    let rewriter = Rewriter::new(table, reading.dialect, null, reading.longest_record);
    match &reading.union {
        Some(union) => rewriter.with_columns(Arc::clone(union)),
        None => rewriter,
    }
}

/// A rewriter for a file that an earlier run has rejected, with this delimiter; `behind_sep` says
/// that its first line names it.
pub(super) fn own_rewriter(reading: &Reading, delimiter: char, behind_sep: bool) -> Rewriter {
    let table = TableDialect {
        delimiter: delimiter.to_string(),
        quote: reading.dialect.quote.map(char::from),
        comment_rows: if behind_sep { vec![1] } else { Vec::new() },
        ..TableDialect::default()
    };
    Rewriter::new(table, reading.dialect, None, reading.longest_record)
}

/// A rewriter for a file that begins with `text`, if it is not read as it stands: its first line
/// names another delimiter, or it has another one and was rejected by an earlier run, or it has
/// other columns than all files get. `last` says that there is no more than the text.
pub(super) fn rewriter_of(
    text: &[u8],
    last: bool,
    (sep, own): (Option<(SepLine, bool)>, Option<char>),
    reading: &Reading,
) -> Option<Rewriter> {
    let is_other = |own: &char| *own != char::from(reading.dialect.delimiter);
    match (sep, own) {
        (Some((sep, true)), _) => Some(rewriter(reading, Some(sep.delimiter))),
        (None, Some(own)) if is_other(&own) => Some(own_rewriter(reading, own, false)),
        (_, Some(_)) => None,
        (sep, None) => {
            let says = sep.map(|(sep, _)| sep.delimiter);
            let before = sep.map_or(0, |(sep, _)| sep.length);
            reading.unites(text, before, last).then(|| rewriter(reading, says))
        }
    }
}

impl Rewriting {
    /// Goes on from the `first` bytes of a text, the last ones if the flag says so, and their map.
    pub(super) fn new(rewriter: Rewriter, first: (Vec<u8>, bool), map: TextMap) -> Self {
        let (pending, ended) = first;
        Rewriting {
            rewriter,
            pending,
            map,
            offset: 0,
            ended,
            text: Vec::new(),
            read: 0,
            done: false,
        }
    }

    /// Whether the last record that was rewritten has no line end in the file.
    pub(super) fn is_unended(&self) -> bool {
        self.rewriter.is_unended()
    }

    /// Reads what was rewritten, after what `more` appends has been. `to` is the map of it.
    pub(super) fn read(
        &mut self,
        buffer: &mut [u8],
        to: &mut TextMap,
        mut more: impl FnMut(&mut Vec<u8>, &mut TextMap) -> io::Result<bool>,
    ) -> io::Result<usize> {
        while self.read == self.text.len() {
            if self.done {
                return Ok(0);
            }
            self.text.clear();
            self.read = 0;
            self.done = self.ended;
            let count =
                self.rewriter.rewrite(&self.pending, self.ended, &self.map, &mut self.text, to);
            self.pending.drain(..count);
            self.offset += count as u64;
            let _passed = self.map.take_before(self.offset);
            if !self.done {
                self.ended = more(&mut self.pending, &mut self.map)?;
            }
        }
        let count = (self.text.len() - self.read).min(buffer.len());
        buffer[..count].copy_from_slice(&self.text[self.read..self.read + count]);
        self.read += count;
        Ok(count)
    }
}
