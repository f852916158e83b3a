//! Where the rows of a partition stand, and which of them were rejected, so that a duplicate can
//! name the line of the first row with its value.
//!
//! The sets of values only keep the number of a row, four bytes. Its line follows from the number:
//! rows are one line each, except behind a record of several lines and at the beginning of a file,
//! and for those there is a mark.

use std::fmt::Write as _;

use csv_records::translation::TextMap;

use crate::partition::OwnCells;

/// Where a block stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'s> {
    /// Name of the source.
    pub source: &'s str,
    /// Offset of the block's first byte in the (decompressed) source.
    pub offset: u64,
    /// Line of the block's first byte, from 1; `None` where the lines before it were not read.
    pub line: Option<u64>,
}

impl<'s> Place<'s> {
    /// The place in the file of a record that begins at byte `start` of the block and on `line`, as
    /// the text has them.
    pub(crate) fn of(self, start: u32, line: Option<u64>, map: &TextMap) -> Place<'s> {
        let offset = self.offset + u64::from(start);
        let line = line.map(|line| map.line(offset, line));
        Place { source: self.source, offset: map.offset(offset), line }
    }
}

/// The number of all rows for which there is no number any more: nothing is said of their place.
pub(crate) const NO_ROW: u32 = u32::MAX;

/// The places of rows.
#[derive(Default)]
pub(crate) struct RowPlaces {
    marks: Vec<Mark>,
    files: Vec<String>,
    /// A bit for each row up to the last one that was rejected.
    rejected: Vec<u64>,
}

/// From this row on, lines follow each other.
struct Mark {
    row: u32,
    file: u32,
    /// Line of that row; `None` where the lines before it were not read.
    line: Option<u64>,
}

impl RowPlaces {
    /// Notes where a row stands. Rows come in the order of their numbers.
    pub(crate) fn note(&mut self, row: u32, place: Place<'_>) {
        if self.files.last().is_none_or(|file| file != place.source) {
            self.files.push(place.source.to_owned());
        } else if self.marks.last().is_some_and(|mark| {
            mark.line.map(|line| line + u64::from(row - mark.row)) == place.line
        }) {
            return;
        }
        self.note_line(row, place.line);
    }

    /// Where a row stood when it was rejected for the first time, if its cells say so.
    pub(crate) fn first(own: &OwnCells) -> Option<Place<'_>> {
        let OwnCells { source, line, .. } = own;
        (!source.is_empty()).then(|| Place { source, offset: 0, line: line.parse().ok() })
    }

    /// Notes the line of a row of the same file, behind a record of several lines.
    pub(crate) fn note_line(&mut self, row: u32, line: Option<u64>) {
        if row != NO_ROW {
            self.marks.push(Mark { row, file: self.files.len() as u32 - 1, line });
        }
    }

    /// Notes that a row was rejected.
    pub(crate) fn reject(&mut self, row: u32) {
        if row == NO_ROW {
            return;
        }
        let word = row as usize / 64;
        if self.rejected.len() <= word {
            self.rejected.resize(word + 1, 0);
        }
        self.rejected[word] |= 1 << (row % 64);
    }

    /// Appends where `first` stands, as a message about `row` says it.
    pub(crate) fn tell(&self, first: u32, row: u32, text: &mut String) {
        if first == NO_ROW || row == NO_ROW {
            return;
        }
        let (Some(one), Some(other)) = (self.mark(first), self.mark(row)) else { return };
        text.push_str(" (first ");
        if one.file != other.file {
            let _ = write!(text, "in {}, ", self.files[one.file as usize]);
        }
        // The text has room for whatever is written.
        let _ = match one.line {
            Some(line) if one.file == other.file => {
                write!(text, "on line {}", line + u64::from(first - one.row))
            }
            Some(line) => write!(text, "line {}", line + u64::from(first - one.row)),
            None => write!(text, "{} records before", row - first),
        };
        let is_rejected = self
            .rejected
            .get(first as usize / 64)
            .is_some_and(|word| word >> (first % 64) & 1 == 1);
        text.push_str(if is_rejected { ", itself rejected)" } else { ")" });
    }

    fn mark(&self, row: u32) -> Option<&Mark> {
        self.marks[..self.marks.partition_point(|mark| mark.row <= row)].last()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_row_is_told_by_its_line_its_file_or_its_distance() {
        let place = |source, line| Place { source, offset: 0, line };
        let mut places = RowPlaces::default();
        places.note(0, place("a", Some(2)));
        places.note(4, place("a", Some(6)));
        assert_eq!(places.marks.len(), 1, "lines follow each other");
        places.note(5, place("a", Some(9)));
        places.note(7, place("b", Some(2)));
        places.note(9, place("c", None));
        places.reject(3);
        places.reject(100);
        for (first, row, says) in [
            (0, 1, " (first on line 2)"),
            (3, 6, " (first on line 5, itself rejected)"),
            (6, 8, " (first in a, line 10)"),
            (10, 12, " (first 2 records before)"),
            (8, 12, " (first in b, line 3)"),
            (NO_ROW, 12, ""),
        ] {
            let mut text = String::new();
            places.tell(first, row, &mut text);
            assert_eq!(text, says, "{first} and {row}");
        }
    }
}
