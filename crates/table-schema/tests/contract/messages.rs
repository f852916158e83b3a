//! What is said of a reason.

use table_schema::{FieldsMatch, Schema, Validator, Verdict};

use crate::{compiled, field};

fn messages(validator: &Validator, cells: &[&[u8]]) -> Vec<String> {
    let mut verdict = Verdict::new();
    validator.check(cells, &mut verdict);
    let described = |reason| {
        let mut message = String::new();
        validator.describe(reason, cells, &mut message);
        message
    };
    verdict.reasons.iter().map(described).collect()
}

#[test]
fn every_reason_names_the_field_the_value_and_the_bound() {
    for (descriptor, cell, message) in [
        (r#""type": "number""#, "abc", r#"type-error in field "x": "abc" is not a number"#),
        (r#""type": "integer""#, "1.5", r#"type-error in field "x": "1.5" is not an integer"#),
        (
            r#""type": "string", "format": "email""#,
            "me",
            r#"type-error in field "x": "me" is not a string/email"#,
        ),
        (
            r#""type": "string", "identifier": "iban""#,
            "DE00370400440532013000",
            r#"type-error in field "x": "DE00370400440532013000" is not a string/iban"#,
        ),
        (
            r#""type": "date", "format": "%d/%m/%Y""#,
            "2024",
            r#"type-error in field "x": "2024" is not a date/%d/%m/%Y"#,
        ),
        (
            r#""type": "string", "constraints": {"required": true}"#,
            "",
            r#"constraint-error in field "x": "" is a missing value, and the field is required"#,
        ),
        (
            r#""type": "number", "constraints": {"minimum": 0.10}"#,
            "0.01",
            r#"constraint-error in field "x": "0.01" is below the minimum 0.10"#,
        ),
        (
            r#""type": "date", "constraints": {"maximum": "2024-01-01"}"#,
            "2024-01-02",
            r#"constraint-error in field "x": "2024-01-02" is above the maximum "2024-01-01""#,
        ),
        (
            r#""type": "integer", "constraints": {"exclusiveMinimum": 0}"#,
            "0",
            r#"constraint-error in field "x": "0" is not above the exclusiveMinimum 0"#,
        ),
        (
            r#""type": "integer", "constraints": {"exclusiveMaximum": 0}"#,
            "0",
            r#"constraint-error in field "x": "0" is not below the exclusiveMaximum 0"#,
        ),
        (
            r#""type": "string", "constraints": {"maxLength": 2}"#,
            "äöü",
            r#"constraint-error in field "x": "äöü" has a length of 3, which is above the maxLength 2"#,
        ),
        (
            r#""type": "array", "constraints": {"minLength": 2}"#,
            "[1]",
            r#"constraint-error in field "x": "[1]" has a length of 1, which is below the minLength 2"#,
        ),
        (
            r#""type": "string", "constraints": {"pattern": "TX-[0-9]{10}"}"#,
            "TX-1",
            r#"constraint-error in field "x": "TX-1" does not match the pattern "TX-[0-9]{10}""#,
        ),
        (
            r#""type": "string", "constraints": {"enum": ["EUR", "USD"]}"#,
            "eur",
            r#"constraint-error in field "x": "eur" is not in the enum ["EUR", "USD"]"#,
        ),
        (
            r#""type": "string", "categories": ["a"]"#,
            "b",
            r#"constraint-error in field "x": "b" is not in the categories ["a"]"#,
        ),
    ] {
        assert_eq!(messages(&field(descriptor), &[cell.as_bytes()]), [message]);
    }
}

#[test]
fn values_are_shortened_and_escaped() {
    let validator = field(r#""type": "integer""#);
    let long = "é".repeat(65);
    let expected = format!("type-error in field \"x\": \"{}…\" is not an integer", "é".repeat(64));
    assert_eq!(messages(&validator, &[long.as_bytes()]), [expected]);
    let exact = "9a".repeat(32);
    assert_eq!(
        messages(&validator, &[exact.as_bytes()]),
        [format!("type-error in field \"x\": \"{exact}\" is not an integer")]
    );
    let validator = field(r#""type": "string""#);
    assert_eq!(
        messages(&validator, &[b"a\"\\\n\x1b[31m\xff\xc3\xa9\x80"]),
        [r#"type-error in field "x": "a\"\\\n\u{1b}[31m\xFFé\x80" is not valid UTF-8"#]
    );
    let choices: Vec<String> = (0..100).map(|n| format!("\"{n}\"")).collect();
    let validator =
        field(&format!(r#""type": "string", "constraints": {{"enum": [{}]}}"#, choices.join(",")));
    let message = messages(&validator, &[b"x"]).remove(0);
    assert!(message.ends_with('…') && message.len() < 200, "{message}");
}

#[test]
fn the_shape_of_a_row_is_told_with_its_counts() {
    let validator =
        compiled(r#"{"fields": [{"name": "a"}, {"name": "b"}, {"name": "c"}], "primaryKey": "a"}"#);
    assert_eq!(messages(&validator, &[b""]), ["blank-row: the line is empty"]);
    assert_eq!(
        messages(&validator, &[b"1", b"2"]),
        [r#"missing-cell in field "c": the row has 2 of 3 cells"#]
    );
    assert_eq!(
        messages(&validator, &[b"1", b"2", b"3", b"4", b"5"]),
        [
            r#"extra-cell: the row has 5 cells, 2 more than there are columns; the first of them is "4""#
        ]
    );
    assert_eq!(
        messages(&validator, &[b"", b"", b""]),
        [
            r#"primary-key in field "a": "" is a missing value, and the field is part of the primary key"#
        ]
    );
    let schema = Schema::from_json(br#"{"fields": [{"name": "a"}]}"#).unwrap();
    let validator = schema.compile(Some(&[b"a", b"no\tfield"]), FieldsMatch::Subset).unwrap();
    assert_eq!(
        messages(&validator, &[b"1"]),
        [r#"missing-cell in field "no\tfield": the row has 1 of 2 cells"#]
    );
}

#[test]
fn duplicates_are_told_with_their_values() {
    let validator = compiled(
        r#"{"fields": [{"name": "a"}, {"name": "b"}, {"name": "c", "constraints": {"unique": true}}], "primaryKey": ["b", "a"]}"#,
    );
    let cells: [&[u8]; 3] = [b"1", b"2", b"3"];
    let described = |constraint| {
        let reason = validator.duplicate(constraint);
        let mut message = String::new();
        validator.describe(&reason, &cells, &mut message);
        (reason.kind.as_str(), reason.field_name(&validator), message)
    };
    assert_eq!(
        described(0),
        ("primary-key", None, r#"primary-key: "2", "1" was seen before in b, a"#.to_owned())
    );
    assert_eq!(
        described(1),
        ("unique-error", Some("c"), r#"unique-error in field "c": "3" was seen before"#.to_owned())
    );
}
