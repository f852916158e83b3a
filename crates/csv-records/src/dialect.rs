//! How the bytes of a CSV file become cells.

/// A CSV dialect: RFC 4180 with the delimiter and the quote settable.
///
/// Records end at LF or CR LF. A quote inside a quoted cell is doubled; a quote inside an unquoted
/// cell is an ordinary character, as in the `csv` crate and in Python's `csv` module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// The byte between two cells.
    pub delimiter: u8,
    /// The byte around a quoted cell; `None` where no cell is ever quoted.
    pub quote: Option<u8>,
    /// Whether the first record names the fields.
    pub header: bool,
}

impl Default for Dialect {
    fn default() -> Self {
        Dialect { delimiter: b',', quote: Some(b'"'), header: true }
    }
}

impl Dialect {
    /// Where in a record, whose quotes pair up, the cell of this number (from 0) begins, with its
    /// quote if it has one; `None` if the record has fewer cells.
    pub fn start_of_cell(&self, record: &[u8], number: usize) -> Option<usize> {
        let mut at = 0;
        for _ in 0..number {
            if let Some(quote) = self.quote
                && record.get(at) == Some(&quote)
            {
                at += 1;
                at += memchr::memchr(quote, &record[at..])? + 1;
                // A doubled quote does not close the cell.
                while record.get(at) == Some(&quote) {
                    at += 1;
                    at += memchr::memchr(quote, &record[at..])? + 1;
                }
            } else {
                at += memchr::memchr2(self.delimiter, b'\n', &record[at..])?;
            }
            if record.get(at) != Some(&self.delimiter) {
                return None;
            }
            at += 1;
        }
        Some(at)
    }

    /// Appends `cell` to `out`, quoted only where this dialect needs it. Where nothing is ever
    /// quoted, a delimiter or line end in the cell is written as its number, such as `\u{3b}`:
    /// whatever it holds, it is read back as one cell.
    pub fn write_cell(&self, cell: &[u8], out: &mut Vec<u8>) {
        let Some(quote) = self.quote else {
            for &byte in cell {
                if byte == self.delimiter || matches!(byte, b'\n' | b'\r') {
                    out.extend_from_slice(format!("\\u{{{byte:x}}}").as_bytes());
                } else {
                    out.push(byte);
                }
            }
            return;
        };
        let special =
            |byte: &u8| *byte == self.delimiter || *byte == quote || matches!(byte, b'\n' | b'\r');
        // Every byte, so that the compiler looks at many of them at once.
        if !cell.iter().fold(false, |found, byte| found | special(byte)) {
            out.extend_from_slice(cell);
            return;
        }
        out.push(quote);
        let mut rest = cell;
        while let Some(at) = memchr::memchr(quote, rest) {
            out.extend_from_slice(&rest[..=at]);
            out.push(quote);
            rest = &rest[at + 1..];
        }
        out.extend_from_slice(rest);
        out.push(quote);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::splitter::Splitter;

    /// A cell byte by byte.
    fn written(cell: &[u8]) -> Vec<u8> {
        let is_quoted = cell.iter().any(|byte| b",\"\r\n".contains(byte));
        let quote = is_quoted.then_some(b'"');
        let inside = cell.iter().flat_map(|&byte| vec![byte; 1 + usize::from(byte == b'"')]);
        quote.into_iter().chain(inside).chain(quote).collect()
    }

    proptest! {
        #[test]
        fn a_cell_is_quoted_only_where_it_must_be(
            cell in prop::collection::vec(prop::sample::select(b"ab,\"\r\n;".to_vec()), 0..100),
            plain in prop::collection::vec(prop::sample::select(b"ab;'\t".to_vec()), 0..100),
        ) {
            for cell in [cell, plain] {
                let mut out = Vec::new();
                Dialect::default().write_cell(&cell, &mut out);
                prop_assert_eq!(out, written(&cell));
            }
        }
    }

    #[test]
    fn the_cells_behind_a_start_are_those_that_the_splitter_finds() {
        let dialect = Dialect::default();
        for record in [
            "a,b,c\n",
            "\"a,\"\",\",b\n",
            "\"\",\"\"\"\"\r\n",
            "\"a\nb\",\"c\"",
            ",,",
            "",
            "5\",6\"\n",
        ] {
            let cells_of = |bytes: &str| {
                let mut found: Vec<Vec<u8>> = Vec::new();
                Splitter::new(dialect, 1000).split(bytes.as_bytes(), true, |record| {
                    assert_eq!(record.malformed, None);
                    found = record.cells.iter().map(|cell| cell.to_vec()).collect();
                    false
                });
                found
            };
            let cells = cells_of(record);
            for number in 0..cells.len() {
                let start = dialect.start_of_cell(record.as_bytes(), number).unwrap();
                // A last empty cell without a line end is no bytes at all.
                let rest = if record[start..].is_empty() { "\n" } else { &record[start..] };
                assert_eq!(cells_of(rest), cells[number..], "{record:?}, cell {number}");
            }
            let behind = cells.len().max(1);
            assert_eq!(dialect.start_of_cell(record.as_bytes(), behind), None, "{record:?}");
        }
    }
}
