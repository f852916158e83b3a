//! Records as tasks: one JSON object on a line, every value a string, as `queue-worker push` and
//! any RPUSH take them.

use std::io::Write;

use crate::transactions::{COLUMNS, Column, Damage, Record};

/// The field of a value that has no column.
const EXTRA_FIELD: &str = "extra";

/// Appends a record as a JSON object and its line feed. Fields stand in the columns' order.
///
/// What is wrong with a row is as wrong with its task: a missing cell is a missing field, an extra
/// one a field that the schema does not know, a blank row an object without fields. Two kinds of
/// damage make a task that is no JSON: bytes that are not UTF-8, and a quote too many, `"Caf"e
/// Noir"`.
pub fn write_task(record: &Record, out: &mut Vec<u8>) {
    let damage = record.damage();
    out.push(b'{');
    let names = COLUMNS.into_iter().chain(std::iter::repeat(EXTRA_FIELD));
    for (column, (name, cell)) in names.zip(record.cells()).enumerate() {
        if column > 0 {
            out.push(b',');
        }
        write!(out, "\"{name}\":").expect("a Vec takes every write");
        match str::from_utf8(cell) {
            Ok(text)
                if damage == Some(Damage::MalformedQuoting)
                    && column == Column::Merchant as usize =>
            {
                let (quoted, rest) = text.split_at(3);
                write!(out, "\"{quoted}\"{rest}\"").expect("a Vec takes every write");
            }
            Ok(text) => serde_json::to_writer(&mut *out, text).expect("a Vec takes every write"),
            // None of these values has a character that JSON escapes.
            Err(_) => {
                out.push(b'"');
                out.extend_from_slice(cell);
                out.push(b'"');
            }
        }
    }
    out.extend_from_slice(b"}\n");
}

#[cfg(test)]
mod tests {
    use super::write_task;
    use crate::transactions::{COLUMNS, Damage, Kinds, Recipe, Record};

    fn tasks(kinds: Kinds, bad_share: &str) -> Vec<(Record, Vec<u8>)> {
        let recipe = Recipe {
            rows: 3000,
            bad_share: bad_share.parse().unwrap(),
            kinds,
            seed: 7,
            single_line: false,
        };
        let mut rows = recipe.rows(0..3000);
        let mut record = Record::default();
        let mut tasks = Vec::new();
        while rows.read(&mut record) {
            let mut task = Vec::new();
            write_task(&record, &mut task);
            tasks.push((record.clone(), task));
        }
        tasks
    }

    #[test]
    fn a_task_is_one_line_with_the_rows_own_cells_as_strings() {
        for (record, task) in tasks(Kinds::well_formed(), "0.5") {
            let (line, end) = task.split_at(task.len() - 1);
            assert_eq!(end, b"\n");
            assert!(!line.contains(&b'\n'));
            let object: serde_json::Map<String, serde_json::Value> =
                serde_json::from_slice(line).unwrap();
            let cells: Vec<&str> =
                record.cells().map(|cell| str::from_utf8(cell).unwrap()).collect();
            assert_eq!(object.len(), cells.len());
            for (name, cell) in COLUMNS.into_iter().chain(["extra"]).zip(cells) {
                assert_eq!(object[name], cell);
            }
        }
    }

    #[test]
    fn only_the_two_kinds_that_json_cannot_hold_are_no_json() {
        let mut seen = std::collections::BTreeSet::new();
        for (record, task) in tasks(Kinds::all(), "0.5") {
            let is_json = serde_json::from_slice::<serde_json::Value>(&task).is_ok();
            let no_json =
                matches!(record.damage(), Some(Damage::InvalidUtf8 | Damage::MalformedQuoting));
            assert_eq!(is_json, !no_json, "{:?}: {}", record.damage(), task.escape_ascii());
            seen.extend(record.damage());
        }
        assert_eq!(seen.len(), Damage::ALL.len());
    }
}
