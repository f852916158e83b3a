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
        if !cell.iter().any(special) {
            out.extend_from_slice(cell);
            return;
        }
        out.push(quote);
        for &byte in cell {
            if byte == quote {
                out.push(quote);
            }
            out.push(byte);
        }
        out.push(quote);
    }
}
