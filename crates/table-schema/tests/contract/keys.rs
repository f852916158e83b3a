//! Keys: which values are equal, and what stands for them.

use table_schema::{FieldsMatch, Key, ReasonKind, Schema, Validator, Verdict};

use crate::{compiled, field, reasons};

fn keys(validator: &Validator, cells: &[&str]) -> Vec<Key> {
    let cells: Vec<&[u8]> = cells.iter().map(|cell| cell.as_bytes()).collect();
    let mut verdict = Verdict::new();
    validator.check(&cells, &mut verdict);
    verdict.keys
}

#[test]
fn equal_values_have_one_key_however_they_are_written() {
    for (descriptor, same, other) in [
        (r#""type": "string""#, &["a"][..], "A"),
        (r#""type": "number""#, &["1.0", "1.00", "01", "+1", "10e-1", "1."], "1.01"),
        (r#""type": "number""#, &["0", "-0", "0.00", "0e9"], "1e-99"),
        (r#""type": "number""#, &["NaN", "nan"], "INF"),
        (r#""type": "integer""#, &["1", "+001"], "-1"),
        (
            r#""type": "integer""#,
            &["999999999999999999", "0999999999999999999"],
            "-999999999999999999",
        ),
        (
            r#""type": "number""#,
            &["1000000000000000000", "1e18", "1000000000000000000.0"],
            "1000000000000000001",
        ),
        (r#""type": "number""#, &["-1e18", "-1000000000000000000"], "1e18"),
        (
            r#""type": "datetime""#,
            &["2024-01-01T00:00:00.1234567Z", "2024-01-01T00:00:00.12345670Z"],
            "2024-01-01T00:00:00.12345671Z",
        ),
        (
            r#""type": "number", "decimalChar": ",", "groupChar": ".""#,
            &["1.000,50", "1000,5"],
            "1000,05",
        ),
        (r#""type": "boolean""#, &["true", "1", "TRUE"], "false"),
        (r#""type": "date", "format": "%d/%m/%Y""#, &["01/02/2024", "1/2/2024"], "2/1/2024"),
        (
            r#""type": "datetime""#,
            &["2024-01-01T00:00:00Z", "2024-01-01T01:00:00.00+01:00", "2023-12-31T24:00:00Z"],
            "2024-01-01T00:00:00.01Z",
        ),
        (
            r#""type": "datetime""#,
            &["2024-01-01T00:00:00", "2023-12-31T24:00:00.0"],
            "2024-01-01T00:00:00Z",
        ),
        (
            r#""type": "datetime", "format": "any""#,
            &["2024-05-01 10:00:00+02", "2024-05-01T08:00:00Z", "5/1/2024 3:00 am -05"],
            "2024-05-01 08:00:00",
        ),
        (r#""type": "time", "format": "any""#, &["10:00:00", "10:00 AM"], "10:00:00Z"),
        (r#""type": "duration""#, &["P1Y", "P12M"], "P365D"),
        (
            r#""type": "object""#,
            &[r#"{"a":1,"b":"é"}"#, r#"{ "b": "\u00e9", "a": 1.0 }"#],
            r#"{"a":1,"b":"e"}"#,
        ),
        (r#""type": "geopoint""#, &["90.50, 45.50", "90.5,45.5"], "45.5,90.5"),
        (r#""type": "list", "itemType": "number""#, &["1,2", "1.0,2.0"], "12"),
    ] {
        let validator = field(&format!(r#"{descriptor}, "constraints": {{"unique": true}}"#));
        let first = keys(&validator, &same[..1]);
        assert_eq!(first.len(), 1);
        for cell in same {
            assert_eq!(keys(&validator, &[cell]), first, "{descriptor} {cell}");
        }
        assert_ne!(keys(&validator, &[other]), first, "{descriptor} {other}");
    }
}

#[test]
fn keys_of_short_values_ascend_as_the_values_do() {
    for (descriptor, ascending) in [
        (
            r#""type": "string""#,
            &["TX8", "TX9", "TX10", "TX11", "TX-2024-000001", "TX-2024-000002"][..],
        ),
        (
            r#""type": "integer""#,
            &["-999999999999999999", "-10", "-9", "0", "7", "+8", "010", "999999999999999999"],
        ),
        (r#""type": "number""#, &["-1.00", "0.0", "9", "1e1", "11.0", "100"]),
        (r#""type": "date""#, &["1969-12-31", "1970-01-01", "2024-02-29", "2024-03-01"]),
        (
            r#""type": "datetime""#,
            &["2024-02-29T23:59:59Z", "2024-03-01T00:00:00Z", "2024-03-01T00:00:01Z"],
        ),
    ] {
        let validator = field(&format!(r#"{descriptor}, "constraints": {{"unique": true}}"#));
        let values: Vec<u128> =
            ascending.iter().map(|cell| keys(&validator, &[cell])[0].value).collect();
        assert!(values.is_sorted_by(|a, b| a < b), "{descriptor} {values:x?}");
    }
}

#[test]
fn missing_and_invalid_values_have_no_key() {
    let validator = field(r#""type": "integer", "constraints": {"unique": true, "maximum": 5}"#);
    assert_eq!(keys(&validator, &[""]), []);
    assert_eq!(keys(&validator, &["x"]), []);
    // Typed and out of bounds: the caller decides whether a rejected row counts as seen.
    assert_eq!(keys(&validator, &["6"]).len(), 1);
}

#[test]
fn values_of_a_key_do_not_run_together() {
    let validator =
        compiled(r#"{"fields": [{"name": "a"}, {"name": "b"}], "primaryKey": ["a", "b"]}"#);
    let key = |cells| keys(&validator, cells)[0];
    assert_ne!(key(&["ab", "c"]), key(&["a", "bc"]));
    assert_ne!(key(&["a", "b"]), key(&["b", "a"]));
    assert_eq!(key(&["a", "b"]), key(&["a", "b"]));
    assert_eq!(keys(&validator, &["a", ""]), []);
}

#[test]
fn a_null_is_wrong_in_a_primary_key_and_skipped_elsewhere() {
    let validator = compiled(
        r#"{"fields": [{"name": "a"}, {"name": "b", "constraints": {"required": true}}, {"name": "c"}],
            "primaryKey": ["a", "b"], "uniqueKeys": [["b", "c"], ["c"]]}"#,
    );
    assert_eq!(reasons(&validator, &["", "x", ""]), ["0 primary-key"]);
    assert_eq!(
        reasons(&validator, &["x", "", "y"]),
        ["1 constraint-error required", "1 primary-key"]
    );
    let constraints =
        |cells| keys(&validator, cells).iter().map(|key| key.constraint).collect::<Vec<_>>();
    assert_eq!(constraints(&["a", "b", "c"]), [0, 1, 2]);
    assert_eq!(constraints(&["", "b", "c"]), [1, 2]);
    assert_eq!(constraints(&["a", "b", ""]), [0]);
    assert_eq!(constraints(&["a", "", "c"]), [2]);
}

#[test]
fn a_set_of_fields_is_one_constraint_however_often_it_is_named() {
    let validator = compiled(
        r#"{"fields": [{"name": "a", "constraints": {"unique": true}}, {"name": "b", "constraints": {"unique": true}}, {"name": "c"}],
            "primaryKey": "a", "uniqueKeys": [["b"], ["b", "c"], ["c", "b"], ["a"]]}"#,
    );
    let constraints: Vec<_> = validator
        .unique_constraints()
        .iter()
        .map(|key| (key.primary, key.fields.as_slice(), key.names.join(",")))
        .collect();
    assert_eq!(
        constraints,
        [(true, &[0][..], "a".into()), (false, &[1], "b".into()), (false, &[1, 2], "b,c".into())]
    );
    assert_eq!(validator.unique_constraints()[0].reason_kind(), ReasonKind::PrimaryKey);
    assert_eq!(validator.unique_constraints()[1].reason_kind(), ReasonKind::UniqueError);
}

#[test]
fn a_key_does_not_depend_on_where_its_columns_stand() {
    let schema = Schema::from_json(
        br#"{"fields": [{"name": "a"}, {"name": "b"}], "primaryKey": ["b", "a"]}"#,
    )
    .unwrap();
    let in_order = schema.compile(Some(&[b"a", b"b"]), FieldsMatch::Equal).unwrap();
    let reversed = schema.compile(Some(&[b"b", b"x", b"a"]), FieldsMatch::Subset).unwrap();
    assert_eq!(keys(&in_order, &["1", "2"]), keys(&reversed, &["2", "", "1"]));
    // A key one of whose fields has no column is not checked.
    let optional = Schema::from_json(
        br#"{"fields": [{"name": "a"}, {"name": "b"}], "uniqueKeys": [["a", "b"], ["a"]]}"#,
    )
    .unwrap();
    let partial = optional.compile(Some(&[b"a"]), FieldsMatch::Superset).unwrap();
    assert_eq!(partial.unique_constraints().len(), 1);
    assert_eq!(keys(&partial, &["1"]).len(), 1);
}

#[test]
fn the_seed_changes_every_hash_and_nothing_else() {
    let schema = Schema::from_json(br#"{"fields": [{"name": "a"}], "primaryKey": "a"}"#).unwrap();
    let seeded = |seed| schema.compile(None, FieldsMatch::Exact).unwrap().with_seed(seed);
    let (short, long) = (&["15 bytes at mos"], &["16 bytes or more"]);
    assert_eq!(keys(&seeded(1), short), keys(&seeded(2), short));
    assert_ne!(keys(&seeded(1), long), keys(&seeded(2), long));
    assert_eq!(keys(&seeded(2), long), keys(&seeded(2), long));
    assert_eq!(
        keys(&seeded(0), long),
        keys(&schema.compile(None, FieldsMatch::Exact).unwrap(), long)
    );
}
