//! Any bytes as a Table Schema descriptor, and rows for it.

use table_schema::{FieldsMatch, Schema, Validator, Verdict};

/// What a validator says of a row, messages and keys included.
fn findings(validator: &Validator, row: &[&[u8]]) -> (Vec<String>, Vec<(u16, u128)>) {
    let mut verdict = Verdict::new();
    validator.check(row, &mut verdict);
    let mut said = Vec::new();
    for reason in &verdict.reasons {
        let mut message = String::new();
        validator.describe(reason, row, &mut message);
        assert!(message.starts_with(reason.kind.as_str()), "{message}");
        said.push(message);
    }
    (said, verdict.keys.iter().map(|key| (key.constraint, key.value)).collect())
}

/// A descriptor is a validator or an error that says something; a validator says the same of a row
/// each time, whatever it saw before, and so does one that was compiled again. What follows a NUL
/// is rows, a line each, with tabs between cells.
pub(crate) fn holds(data: &[u8]) {
    let (descriptor, rows) = match data.iter().position(|byte| *byte == 0) {
        Some(at) => (&data[..at], &data[at + 1..]),
        None => (data, &b"1\t2\n"[..]),
    };
    let schema = match Schema::from_json(descriptor) {
        Ok(schema) => schema,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let again = Schema::from_json(descriptor).expect("it was one a moment ago");
    let compile = |schema: &Schema| schema.compile(None, schema.fields_match().unwrap_or_default());
    let (Ok(first), Ok(second)) = (compile(&schema), compile(&again)) else { return };
    let (first, second) = (first.with_seed(7), second.with_seed(7));
    assert_eq!(first.column_count(), schema.field_names().count());
    let rows: Vec<Vec<&[u8]>> = rows
        .split(|byte| *byte == b'\n')
        .map(|row| row.split(|byte| *byte == b'\t').collect())
        .collect();
    let forwards: Vec<_> = rows.iter().map(|row| findings(&first, row)).collect();
    let mut backwards: Vec<_> = rows.iter().rev().map(|row| findings(&second, row)).collect();
    backwards.reverse();
    assert_eq!(forwards, backwards);
    // Any header is columns or an error.
    for matching in [
        FieldsMatch::Exact,
        FieldsMatch::Equal,
        FieldsMatch::Subset,
        FieldsMatch::Superset,
        FieldsMatch::Partial,
    ] {
        for row in &rows {
            match schema.compile(Some(row), matching) {
                Ok(validator) => assert_eq!(validator.column_count(), row.len()),
                Err(error) => assert!(!error.to_string().is_empty()),
            }
        }
    }
}
