//! One record as raw cell values, before any file format.

use std::ops::Range;

use super::damage::Damage;

/// The cells of a row in the order of the columns, and what was done to it. Made to be used again
/// for the next row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    text: Vec<u8>,
    ends: Vec<usize>,
    damage: Option<Damage>,
}

impl Record {
    /// The cells' values, unquoted. Not always UTF-8, nor always as many as there are columns.
    pub fn cells(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        (0..self.ends.len()).map(|column| &self.text[self.bounds(column)])
    }

    /// How the row was damaged; `None` for a good one.
    pub fn damage(&self) -> Option<Damage> {
        self.damage
    }

    /// All cells' values in one piece, without anything between them.
    pub(crate) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Becomes a good row without cells.
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        self.damage = None;
    }

    /// Appends a cell, whose value `write` appends to the bytes it is given.
    pub(crate) fn push_with(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.text);
        self.ends.push(self.text.len());
    }

    /// Appends a cell.
    pub(crate) fn push(&mut self, value: &[u8]) {
        self.push_with(|text| text.extend_from_slice(value));
    }

    /// Puts another value into a cell.
    pub(crate) fn replace(&mut self, column: usize, value: &[u8]) {
        let bounds = self.bounds(column);
        let grown = value.len();
        let shrunk = bounds.len();
        self.text.splice(bounds, value.iter().copied());
        for end in &mut self.ends[column..] {
            *end = *end + grown - shrunk;
        }
    }

    /// Drops the cells from `columns` on.
    pub(crate) fn truncate(&mut self, columns: usize) {
        self.ends.truncate(columns);
        self.text.truncate(self.ends.last().copied().unwrap_or(0));
    }

    /// Notes what was done to the row.
    pub(crate) fn set_damage(&mut self, damage: Damage) {
        self.damage = Some(damage);
    }

    fn bounds(&self, column: usize) -> Range<usize> {
        let start = if column == 0 { 0 } else { self.ends[column - 1] };
        start..self.ends[column]
    }
}

#[cfg(test)]
mod tests {
    use super::Record;

    fn record(cells: &[&str]) -> Record {
        let mut record = Record::default();
        for cell in cells {
            record.push(cell.as_bytes());
        }
        record
    }

    #[test]
    fn replacing_a_cell_leaves_the_others() {
        for value in ["", "b", "longer than before"] {
            for column in 0..3 {
                let mut cells = ["first", "", "third"];
                let mut replaced = record(&cells);
                replaced.replace(column, value.as_bytes());
                cells[column] = value;
                assert_eq!(replaced, record(&cells));
            }
        }
    }

    #[test]
    fn truncating_drops_the_last_cells() {
        let mut truncated = record(&["first", "", "third"]);
        truncated.truncate(1);
        assert_eq!(truncated, record(&["first"]));
        truncated.truncate(0);
        assert_eq!(truncated, Record::default());
    }
}
