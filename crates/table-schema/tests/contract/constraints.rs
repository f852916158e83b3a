//! The other constraints: lengths, patterns, enums, required.

use crate::{compiled, field, reasons};

/// Cells, and the constraint of the only field that each breaks.
pub(crate) fn table(descriptor: &str, cells: &[(&str, Option<&str>)]) {
    let validator = field(descriptor);
    for (cell, broken) in cells {
        let expected: Vec<String> =
            broken.iter().map(|name| format!("0 constraint-error {name}")).collect();
        assert_eq!(reasons(&validator, &[cell]), expected, "{descriptor} {cell:?}");
    }
}

#[test]
fn a_constraint_that_only_warns_leaves_the_row_good() {
    let validator = field(
        r#""type": "date", "format": "%d/%m/%Y", "constraints": {"minimum": "01/01/2020"},
        "warnings": {"minimum": "01/01/2024", "required": true}, "missingValues": ["", "-"]"#,
    );
    assert!(validator.warns());
    let mut verdict = table_schema::Verdict::new();
    let mut found = |cell: &str| {
        validator.check(&[cell.as_bytes()], &mut verdict);
        let described = |reasons: &[table_schema::Reason]| {
            let mut message = String::new();
            for reason in reasons {
                validator.describe(reason, &[cell.as_bytes()], &mut message);
            }
            message
        };
        (described(&verdict.reasons), described(&verdict.warnings))
    };
    assert_eq!(found("05/01/2024"), (String::new(), String::new()));
    let below = |value: &str, bound: &str| {
        format!(r#"constraint-error in field "x": "{value}" is below the minimum "{bound}""#)
    };
    assert_eq!(found("05/01/2023"), (String::new(), below("05/01/2023", "01/01/2024")));
    assert_eq!(
        found("05/01/2019"),
        (below("05/01/2019", "01/01/2020"), below("05/01/2019", "01/01/2024"))
    );
    for missing in ["", "-"] {
        let (reasons, warnings) = found(missing);
        assert_eq!(reasons, "");
        assert!(warnings.ends_with("is a missing value, and the field is required"), "{warnings}");
    }
    assert_eq!(found("x").1, "");
}

#[test]
fn the_standards_examples_are_judged_as_it_says() {
    table(
        r#""type": "string", "constraints": {"required": true}"#,
        &[("apple", None), ("", Some("required"))],
    );
    table(
        r#""type": "string", "constraints": {"minLength": 5}"#,
        &[("apple", None), ("plum", Some("minLength"))],
    );
    table(
        r#""type": "string", "constraints": {"maxLength": 5}"#,
        &[("apple", None), ("grapefruit", Some("maxLength"))],
    );
    table(
        r#""type": "integer", "constraints": {"minimum": 100}"#,
        &[("100", None), ("50", Some("minimum"))],
    );
    table(
        r#""type": "integer", "constraints": {"maximum": 100}"#,
        &[("100", None), ("150", Some("maximum"))],
    );
    table(
        r#""type": "integer", "constraints": {"exclusiveMinimum": 0}"#,
        &[("100", None), ("0", Some("exclusiveMinimum"))],
    );
    table(
        r#""type": "integer", "constraints": {"exclusiveMaximum": 150}"#,
        &[("100", None), ("150", Some("exclusiveMaximum"))],
    );
    table(
        r#""type": "string", "constraints": {"pattern": "^a.*$"}"#,
        &[("apple", None), ("orange", Some("pattern"))],
    );
    table(
        r#""type": "string", "constraints": {"enum": ["apple"]}"#,
        &[("apple", None), ("orange", Some("enum"))],
    );
    table(
        r#""type": "string", "categories": ["apple", "orange", "banana"]"#,
        &[("apple", None), ("plum", Some("categories"))],
    );
    table(
        r#""type": "integer", "categories": [{"value": 0, "label": "apple"}, {"value": 1}]"#,
        &[("0", None), ("+1", None), ("2", Some("categories"))],
    );
}

#[test]
fn lengths_are_counted_in_characters_elements_members_and_items() {
    let limits = r#""constraints": {"minLength": 2, "maxLength": 3}"#;
    table(
        &format!(r#""type": "string", {limits}"#),
        &[
            ("é", Some("minLength")),
            ("éé", None),
            ("𝄞𝄞𝄞", None),
            ("abcd", Some("maxLength")),
            ("𝄞𝄞𝄞𝄞", Some("maxLength")),
            ("é€a", None),
        ],
    );
    table(
        &format!(r#""type": "array", {limits}"#),
        &[("[1]", Some("minLength")), ("[1,[2,3,4,5]]", None), ("[1,2,3,4]", Some("maxLength"))],
    );
    table(
        &format!(r#""type": "object", {limits}"#),
        &[("{}", Some("minLength")), (r#"{"a":{},"b":{}}"#, None)],
    );
    table(
        &format!(r#""type": "list", {limits}"#),
        &[("a", Some("minLength")), ("a,b", None), ("a,b,c,d", Some("maxLength"))],
    );
    table(
        r#""type": "string", "format": "uuid", "constraints": {"maxLength": 35}"#,
        &[("95ecc380-afe9-11e4-9b6c-751b66dd541e", Some("maxLength"))],
    );
}

#[test]
fn enums_hold_typed_values() {
    table(
        r#""type": "boolean", "constraints": {"enum": [true]}"#,
        &[("1", None), ("TRUE", None), ("0", Some("enum"))],
    );
    table(
        r#""type": "object", "constraints": {"enum": [{"a": 1, "b": 2}]}"#,
        &[(r#"{"b": 2.0, "a": 1}"#, None), (r#"{"a":1}"#, Some("enum"))],
    );
    table(
        r#""type": "geopoint", "constraints": {"enum": ["90.50, 45.50"]}"#,
        &[("90.5,45.5", None), ("90,45", Some("enum"))],
    );
    table(
        r#""type": "list", "itemType": "integer", "constraints": {"enum": ["1,2"]}"#,
        &[("01,+2", None), ("2,1", Some("enum"))],
    );
    table(
        r#""type": "any", "constraints": {"enum": ["1"]}"#,
        &[("1", None), ("1.0", Some("enum"))],
    );
    table(
        r#""type": "string", "constraints": {"enum": ["a", "eight by", "nine byte", "ninebytes", "é"]}"#,
        &[
            ("a", None),
            ("eight by", None),
            ("nine byte", None),
            ("ninebytes", None),
            ("é", None),
            ("A", Some("enum")),
            ("nine bytes", Some("enum")),
        ],
    );
}

#[test]
fn every_constraint_that_is_broken_is_reported_once_in_the_standards_order() {
    let validator = compiled(
        r#"{"fields": [
            {"name": "a", "type": "string", "constraints": {"enum": ["xy"], "pattern": "x.", "minLength": 2}},
            {"name": "b", "type": "integer", "constraints": {"maximum": 5, "exclusiveMaximum": 5, "enum": [1]}},
            {"name": "c", "type": "integer"}
        ]}"#,
    );
    assert_eq!(
        reasons(&validator, &["q", "6", "z"]),
        [
            "0 constraint-error minLength",
            "0 constraint-error pattern",
            "0 constraint-error enum",
            "1 constraint-error maximum",
            "1 constraint-error exclusiveMaximum",
            "1 constraint-error enum",
            "2 type-error"
        ]
    );
}

#[test]
fn missing_values_are_held_against_required_only() {
    table(
        r#""type": "number", "missingValues": ["-", "NaN"], "constraints": {"required": true, "minimum": 5}"#,
        &[("-", Some("required")), ("NaN", Some("required")), ("4", Some("minimum"))],
    );
    table(
        r#""type": "number", "missingValues": ["-", "NaN", ""], "constraints": {"minimum": 5}"#,
        &[("-", None), ("NaN", None), ("", None)],
    );
    table(
        r#""type": "string", "missingValues": ["NA"], "constraints": {"required": true, "maxLength": 9}"#,
        &[("NA", Some("required")), ("", None), ("NAN", None)],
    );
    // The field's own missing values replace the schema's.
    let validator = compiled(
        r#"{"missingValues": ["", "NA", {"value": "-99", "label": "REFUSED"}], "fields": [
            {"name": "a", "type": "integer", "constraints": {"required": true}},
            {"name": "b", "type": "integer", "missingValues": ["-"]}
        ]}"#,
    );
    assert_eq!(reasons(&validator, &["NA", "-"]), ["0 constraint-error required"]);
    assert_eq!(
        reasons(&validator, &["-99", "NA"]),
        ["0 constraint-error required", "1 type-error"]
    );
    assert_eq!(reasons(&validator, &["1", ""]), ["1 type-error"]);
}
