//! Records as CSV (RFC 4180, but for line feeds instead of CRLF): quotes only where a cell needs
//! them.

use super::columns::{COLUMNS, Column};
use super::damage::Damage;
use super::record::Record;

/// Appends the header line.
pub fn write_header(out: &mut Vec<u8>) {
    out.extend_from_slice(COLUMNS.join(",").as_bytes());
    out.push(b'\n');
}

/// Appends a record and its line feed.
pub fn write_record(record: &Record, out: &mut Vec<u8>) {
    if record.damage() == Some(Damage::MalformedQuoting) {
        write_malformed(record, out);
    } else if needs_quotes(record.text()) {
        write_cells(record, out, write_cell);
    } else {
        write_cells(record, out, |_, cell, out| out.extend_from_slice(cell));
    }
    out.push(b'\n');
}

fn write_cells(record: &Record, out: &mut Vec<u8>, write: impl Fn(usize, &[u8], &mut Vec<u8>)) {
    for (column, cell) in record.cells().enumerate() {
        if column > 0 {
            out.push(b',');
        }
        write(column, cell, out);
    }
}

fn write_cell(_column: usize, cell: &[u8], out: &mut Vec<u8>) {
    if !needs_quotes(cell) {
        out.extend_from_slice(cell);
        return;
    }
    out.push(b'"');
    for &byte in cell {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.push(b'"');
}

/// As any record, but the merchant's name has its closing quote three bytes too early, `"Caf"e
/// Noir`.
fn write_malformed(record: &Record, out: &mut Vec<u8>) {
    write_cells(record, out, |column, cell, out| {
        if column != Column::Merchant as usize {
            return write_cell(column, cell, out);
        }
        let (quoted, rest) = cell.split_at(3);
        out.push(b'"');
        out.extend_from_slice(quoted);
        out.push(b'"');
        out.extend_from_slice(rest);
    });
}

fn needs_quotes(text: &[u8]) -> bool {
    text.iter().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r'))
}

#[cfg(test)]
mod tests {
    use super::{write_header, write_record};
    use crate::transactions::damage::Damage;
    use crate::transactions::record::Record;

    fn line(cells: &[&str], damage: Option<Damage>) -> String {
        let mut record = Record::default();
        for cell in cells {
            record.push(cell.as_bytes());
        }
        if let Some(damage) = damage {
            record.set_damage(damage);
        }
        let mut out = Vec::new();
        write_record(&record, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn only_cells_that_need_quotes_have_them() {
        assert_eq!(line(&["a", "", "b c"], None), "a,,b c\n");
        assert_eq!(
            line(&["a,b", "say \"x\"", "1\n2", "plain"], None),
            "\"a,b\",\"say \"\"x\"\"\",\"1\n2\",plain\n"
        );
        assert_eq!(line(&["\"Zum Anker\""], None), "\"\"\"Zum Anker\"\"\"\n");
        assert_eq!(line(&[], Some(Damage::BlankRow)), "\n");
    }

    #[test]
    fn malformed_quoting_has_text_after_a_closing_quote() {
        let cells = ["id", "time", "iban", "Cafe Noir", "1.00", "EUR", "settled", "a, b"];
        assert_eq!(
            line(&cells, Some(Damage::MalformedQuoting)),
            "id,time,iban,\"Caf\"e Noir,1.00,EUR,settled,\"a, b\"\n"
        );
    }

    #[test]
    fn the_header_names_the_columns() {
        let mut out = Vec::new();
        write_header(&mut out);
        assert_eq!(
            out,
            b"transaction_id,timestamp,account_iban,merchant,amount,currency,status,reference\n"
        );
    }
}
