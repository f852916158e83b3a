//! Which headers match a schema, and what is said of others.

use table_schema::{FieldsMatch, HeaderError, Schema, Validator};

use crate::reasons;

fn compile(schema: &str, header: &[&str], matching: FieldsMatch) -> Result<Validator, HeaderError> {
    let header: Vec<&[u8]> = header.iter().map(|name| name.as_bytes()).collect();
    Schema::from_json(schema.as_bytes()).unwrap().compile(Some(&header), matching)
}

const ABC: &str = r#"{"fields": [
    {"name": "a", "type": "integer", "constraints": {"required": true}},
    {"name": "b", "type": "boolean"},
    {"name": "c", "type": "date"}
]}"#;

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn fields_are_found_by_name_in_any_order_unless_the_match_is_exact() {
    for matching in FieldsMatch::ALL {
        let validator = compile(ABC, &["a", "b", "c"], matching).unwrap();
        assert_eq!(reasons(&validator, &["1", "true", "2024-01-01"]), Vec::<String>::new());
        assert_eq!(validator.column_count(), 3);
    }
    for matching in
        [FieldsMatch::Equal, FieldsMatch::Subset, FieldsMatch::Superset, FieldsMatch::Partial]
    {
        let validator = compile(ABC, &["c", "a", "b"], matching).unwrap();
        assert_eq!(reasons(&validator, &["2024-01-01", "1", "true"]), Vec::<String>::new());
        // In the schema's order, whatever the file's.
        assert_eq!(
            reasons(&validator, &["x", "", "y"]),
            ["0 constraint-error required", "1 type-error", "2 type-error"]
        );
    }
    let error = compile(ABC, &["c", "a", "b"], FieldsMatch::Exact).unwrap_err();
    assert_eq!(error.out_of_order, names(&["c", "a", "b"]));
    assert_eq!(
        error.to_string(),
        "the header does not match the schema (fields match: exact): out of order \"c\", \"a\", \
         \"b\"; match the fields as equal to take them in any order"
    );
}

#[test]
fn extra_columns_and_missing_fields_are_as_the_match_allows() {
    use FieldsMatch::{Equal, Exact, Partial, Subset, Superset};
    let extra = ["a", "x", "b", "c"];
    let fewer = ["c", "a"];
    let neither = ["b", "x"];
    for (matching, header, missing, unknown) in [
        (Exact, &extra[..], &[][..], &["x"][..]),
        (Equal, &extra, &[], &["x"]),
        (Superset, &extra, &[], &["x"]),
        (Exact, &fewer, &["b"], &[]),
        (Equal, &fewer, &["b"], &[]),
        (Subset, &fewer, &["b"], &[]),
        (Superset, &neither, &["a"], &["x"]),
        (Partial, &neither, &["a"], &[]),
        (Partial, &["x", "y"], &["a", "b", "c"], &[]),
    ] {
        let error = compile(ABC, header, matching).unwrap_err();
        assert_eq!(
            (error.missing, error.extra),
            (names(missing), names(unknown)),
            "{matching} {header:?}"
        );
        assert_eq!(error.duplicate, names(&[]));
    }
    let validator = compile(ABC, &extra, Subset).unwrap();
    assert_eq!(reasons(&validator, &["1", "\u{1}anything", "0", ""]), Vec::<String>::new());
    assert_eq!(reasons(&validator, &["1", "", "2", ""]), ["1 type-error"]);
    let validator = compile(ABC, &fewer, Superset).unwrap();
    assert_eq!(reasons(&validator, &["2024-01-01", "1"]), Vec::<String>::new());
    let validator = compile(ABC, &["x", "a"], Partial).unwrap();
    assert_eq!(reasons(&validator, &["", "z"]), ["0 type-error"]);
}

#[test]
fn a_name_over_two_columns_is_an_error() {
    for matching in FieldsMatch::ALL {
        let error = compile(ABC, &["a", "b", "c", "b"], matching).unwrap_err();
        assert_eq!(error.duplicate, names(&["b"]), "{matching}");
    }
    let error = compile(ABC, &["a", "b", "c", "x", "x"], FieldsMatch::Subset).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the header does not match the schema (fields match: subset): twice \"x\"; give every \
         column a name of its own"
    );
    // Version 1 allows fields of one name: then only positions tell them apart.
    let twins = r#"{"fields": [{"name": "a"}, {"name": "a", "type": "integer"}]}"#;
    let validator = compile(twins, &["a", "a"], FieldsMatch::Exact).unwrap();
    assert_eq!(reasons(&validator, &["x", "x"]), ["1 type-error"]);
    assert_eq!(
        compile(twins, &["a", "a"], FieldsMatch::Equal).unwrap_err().duplicate,
        names(&["a"])
    );
    assert_eq!(compile(twins, &["a"], FieldsMatch::Subset).unwrap_err().duplicate, names(&["a"]));
}

#[test]
fn the_message_names_everything_and_what_to_do() {
    for (header, message) in [
        (
            &["A ", "b", "c"][..],
            "missing \"a\"; not in the schema \"A \"; names are compared exactly, with their case \
             and white space",
        ),
        (
            &["c", "b", "a", "", "d\n"],
            "not in the schema \"\", \"d\\n\"; out of order \"c\", \"a\"; match the fields as \
             subset to allow more columns",
        ),
        (
            &["a"],
            "missing \"b\", \"c\"; give the file its columns, or match the fields as subset, \
             superset or partial",
        ),
    ] {
        let error = compile(ABC, header, FieldsMatch::Exact).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("the header does not match the schema (fields match: exact): {message}")
        );
    }
    let keyed = r#"{"fields": [{"name": "a"}, {"name": "b"}], "primaryKey": "a"}"#;
    let error = compile(keyed, &["b"], FieldsMatch::Superset).unwrap_err().to_string();
    assert!(error.ends_with(
        "missing \"a\"; a field that is required or part of the primary key has to have a column, \
         however fields match"
    ));
}

#[test]
fn the_schema_says_how_fields_match() {
    for matching in FieldsMatch::ALL {
        let schema = format!(r#"{{"fields": [{{"name": "a"}}], "fieldsMatch": "{matching}"}}"#);
        assert_eq!(Schema::from_json(schema.as_bytes()).unwrap().fields_match(), Some(matching));
        assert_eq!(matching.as_str().parse(), Ok(matching));
    }
    let schema = Schema::from_json(ABC.as_bytes()).unwrap();
    assert_eq!(schema.fields_match(), None);
    assert_eq!(schema.field_names().collect::<Vec<_>>(), ["a", "b", "c"]);
    assert!("loose".parse::<FieldsMatch>().is_err());
}
