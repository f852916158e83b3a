//! Rows that are blank, too short or too long.

use table_schema::{FieldsMatch, ReasonKind, Schema, Verdict};

use crate::{compiled, reasons};

const THREE: &str = r#"{"fields": [
    {"name": "a", "type": "integer", "constraints": {"required": true}},
    {"name": "b", "type": "integer"},
    {"name": "c", "type": "integer"}
]}"#;

#[test]
fn cells_that_lack_are_each_reported() {
    let validator = compiled(THREE);
    assert_eq!(reasons(&validator, &["1"]), ["1 missing-cell", "2 missing-cell"]);
    assert_eq!(
        reasons(&validator, &["x", "y"]),
        ["0 type-error", "1 type-error", "2 missing-cell"]
    );
    let schema = Schema::from_json(THREE.as_bytes()).unwrap();
    let header: [&[u8]; 5] = [b"x", b"b", b"c", b"a", b"y"];
    let validator = schema.compile(Some(&header), FieldsMatch::Subset).unwrap();
    assert_eq!(
        reasons(&validator, &["1", "2"]),
        ["0 missing-cell", "2 missing-cell", "row missing-cell"]
    );
}

#[test]
fn cells_that_are_too_many_are_reported_once_for_the_row() {
    let validator = compiled(THREE);
    assert_eq!(reasons(&validator, &["1", "x", "3", "4", "5"]), ["1 type-error", "row extra-cell"]);
    let mut verdict = Verdict::new();
    validator.check(&[b"1", b"2", b"3", b"4"], &mut verdict);
    assert_eq!(verdict.reasons[0].column(), Some(3));
}

#[test]
fn an_empty_line_is_a_blank_row_and_nothing_else() {
    let validator = compiled(THREE);
    assert_eq!(reasons(&validator, &[""]), ["row blank-row"]);
    assert_eq!(reasons(&validator, &[]), ["row blank-row"]);
    // A row of missing values is not blank: it has its cells.
    assert_eq!(reasons(&validator, &["", "", ""]), ["0 constraint-error required"]);
    // With one column an empty line is a row with an empty cell.
    let single = compiled(r#"{"fields": [{"name": "a", "type": "integer"}], "primaryKey": "a"}"#);
    assert_eq!(reasons(&single, &[""]), ["0 primary-key"]);
    assert_eq!(reasons(&single, &[]), ["row blank-row"]);
    let keyed = compiled(
        r#"{"missingValues": [], "fields": [{"name": "a"}, {"name": "b"}], "primaryKey": "a"}"#,
    );
    let mut verdict = Verdict::new();
    keyed.check(&[b""], &mut verdict);
    assert_eq!((verdict.reasons.len(), verdict.keys.len()), (1, 0));
}

#[test]
fn a_verdict_is_cleared_before_it_is_filled() {
    let validator =
        compiled(r#"{"fields": [{"name": "a", "type": "integer"}], "primaryKey": "a"}"#);
    let mut verdict = Verdict::new();
    validator.check(&[b"x"], &mut verdict);
    assert_eq!((verdict.reasons.len(), verdict.keys.len()), (1, 0));
    validator.check(&[b"1"], &mut verdict);
    assert_eq!((verdict.reasons.len(), verdict.keys.len()), (0, 1));
    validator.check(&[b""], &mut verdict);
    assert_eq!((verdict.reasons.len(), verdict.keys.len()), (1, 0));
}

#[test]
fn kinds_have_frictionless_names() {
    let names = ReasonKind::ALL.map(ReasonKind::as_str);
    assert_eq!(
        names,
        [
            "type-error",
            "constraint-error",
            "missing-cell",
            "extra-cell",
            "blank-row",
            "primary-key",
            "unique-error",
            "row-constraint"
        ]
    );
}

#[test]
fn a_validator_is_shared_between_threads() {
    let validator = compiled(THREE);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| assert_eq!(reasons(&validator, &["1", "2", "x"]), ["2 type-error"]));
        }
    });
}
