//! Which delimiter the beginning of a file has.

use csv_records::{Dialect, Splitter};

/// What is tried.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// How many records are looked at.
const MOST_RECORDS: usize = 100;

/// Into how many cells the dialect cuts the first record of `beginning`.
pub(super) fn cells_of_first(beginning: &[u8], last: bool, dialect: Dialect) -> Option<usize> {
    let mut cells = None;
    Splitter::new(dialect, beginning.len() + 1).split(beginning, last, |record| {
        cells = Some(record.cells.len());
        false
    });
    cells
}

/// The delimiter that cuts all records of `beginning` into the same number of cells, and into the
/// most; `None` if none cuts them into two or more. `beginning` is the whole file if it is `last`.
pub(super) fn found(beginning: &[u8], last: bool, dialect: Dialect) -> Option<u8> {
    let cells = |delimiter: &u8| {
        let dialect = Dialect { delimiter: *delimiter, ..dialect };
        let mut counts = Vec::new();
        Splitter::new(dialect, beginning.len() + 1).split(beginning, last, |record| {
            counts.push(record.cells.len());
            counts.len() < MOST_RECORDS
        });
        let first = *counts.first()?;
        counts.iter().all(|count| *count == first).then_some((first, *delimiter))
    };
    let found = DELIMITERS.iter().filter_map(cells).filter(|(cells, _)| *cells > 1);
    // The first of those that cut into equally many.
    found.rev().max_by_key(|(cells, _)| *cells).map(|(_, delimiter)| delimiter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_the_one_that_cuts_all_records_alike_and_into_the_most_cells() {
        for (file, delimiter) in [
            ("a;b\n1,5;2\n3;4\n", Some(b';')),
            ("a,b\n1,2\n", Some(b',')),
            ("a\tb,c\td\n1\t2,5\t3\n", Some(b'\t')),
            ("a|b|c\n1|\"x|y\"|3\n", Some(b'|')),
            ("a\n1\n2\n", None),
            ("a\n1,5\n2\n", None),
            ("a;b\n1;2;3\n", None),
            ("", None),
        ] {
            assert_eq!(found(file.as_bytes(), true, Dialect::default()), delimiter, "{file:?}");
        }
    }
}
