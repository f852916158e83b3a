//! Any bytes as checks over a row.

use table_schema::{Checks, FieldsMatch, Schema, Verdict};

const SCHEMA: &[u8] = br#"{
    "fields": [
        {"name": "id", "type": "string"},
        {"name": "amount", "type": "number"},
        {"name": "day", "type": "date"},
        {"name": "ok", "type": "boolean"},
        {"name": "a b", "type": "integer"}
    ]
}"#;

const ROWS: [[&[u8]; 5]; 4] = [
    [b"a", b"12.50", b"2024-02-29", b"true", b"-3"],
    [b"", b"", b"", b"", b""],
    [b"x%", b"NaN", b"1999-12-31", b"false", b"999999999999999999999999"],
    [b"\xc3\xa9", b"-INF", b"2024-01-01", b"1", b"0"],
];

/// Whatever the text, it is understood or refused with its place, and a row is held against it
/// without a panic, with the same answer every time; what is not kept has a reason in words.
pub(crate) fn holds(data: &[u8]) {
    let schema = Schema::from_json(SCHEMA).expect("a schema");
    let checks = match Checks::parse(data, &schema) {
        Ok(checks) => checks,
        Err(error) => {
            assert!(error.to_string().contains("line "), "{error}");
            return;
        }
    };
    assert!(checks.names().count() > 0, "no check is an error");
    let validator = schema.compile(None, FieldsMatch::Exact).expect("fields by position");
    let validator = validator.with_checks(&checks);
    let mut verdict = Verdict::default();
    for row in ROWS {
        validator.check(&row, &mut verdict);
        let first = verdict.reasons.clone();
        for reason in first.iter().chain(&verdict.warnings) {
            let mut text = String::new();
            validator.describe(reason, &row, &mut text);
            assert!(!text.is_empty());
        }
        validator.check(&row, &mut verdict);
        assert!(first == verdict.reasons, "the second time differs");
    }
}
