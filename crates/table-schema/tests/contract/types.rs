//! The other types, by examples.

use crate::{field, reasons};

/// Cells that are of a type and cells that are not.
pub(crate) fn table(descriptor: &str, good: &[&str], bad: &[&str]) {
    // Without missing values, so that an empty cell is a value like any other.
    let validator = field(&format!(r#"{descriptor}, "missingValues": []"#));
    for cell in good {
        assert_eq!(reasons(&validator, &[cell]), Vec::<String>::new(), "{descriptor} {cell:?}");
    }
    for cell in bad {
        assert_eq!(reasons(&validator, &[cell]), ["0 type-error"], "{descriptor} {cell:?}");
    }
}

#[test]
fn a_string_is_any_text() {
    table(r#""type": "string""#, &["", " ", "a", "é\n", "NaN"], &[]);
    table(r#""type": "any", "format": "whatever""#, &["", "a"], &[]);
}

#[test]
fn an_identifier_has_its_check_digits() {
    for field in [
        r#""type": "string", "identifier": "iban""#,
        r#""type": "string", "format": "default", "identifier": "iban""#,
        r#""type": "string", "format": "iban""#,
        r#""format": "iban", "identifier": "iban""#,
    ] {
        table(
            field,
            &["DE89370400440532013000", "NO9386011117947"],
            &["", "DE00370400440532013000", "DE89 3704 0044 0532 0130 00", "é"],
        );
    }
    table(r#""identifier": "bic""#, &["DEUTDEFF"], &["DEUTZZFF"]);
    table(r#""identifier": "luhn""#, &["79927398713"], &["79927398710"]);
    table(r#""identifier": "lei""#, &["506700GE1G29325QX363"], &["506700GE1G29325QX364"]);
    table(r#""identifier": "isin""#, &["US0378331005"], &["US0378331006"]);
}

#[test]
fn a_boolean_is_one_of_its_values() {
    table(
        r#""type": "boolean""#,
        &["true", "True", "TRUE", "1", "false", "False", "FALSE", "0"],
        &["", "yes", "tRUE", "2", "10", "T"],
    );
    table(
        r#""type": "boolean", "trueValues": ["yes", "a longer way to say so"], "falseValues": ["no"]"#,
        &["yes", "no", "a longer way to say so"],
        &["true", "1", "Yes", "a longer way to say it"],
    );
}

#[test]
fn objects_and_arrays_are_json() {
    table(
        r#""type": "object""#,
        &["{}", r#" {"a": [1, {"b": null}]} "#],
        &["", "[]", "1", "{", "{'a': 1}", r#"{"a": NaN}"#, "{} {}"],
    );
    table(r#""type": "array""#, &["[]", r#"[1, "a", {}]"#], &["", "{}", "[1,]", "a,b", "\"[]\""]);
}

#[test]
fn a_geopoint_is_a_longitude_and_a_latitude() {
    table(
        r#""type": "geopoint""#,
        &["90.50, 45.50", "90,45", "-180,90", "+180.000 , -90.0", "1e1,0"],
        &["", "90", "90,", "180.0001,0", "0,90.1", "0,0,0", "a,b", "NaN,0", "(0,0)", "90 45"],
    );
    table(
        r#""type": "geopoint", "format": "array""#,
        &["[90.50, 45.50]", "[90,45]", r#"["90", "45.5"]"#],
        &["[90]", "[1,2,3]", "[181,0]", "90,45", "[null,0]", r#"["a",0]"#, r#"{"lon":1,"lat":2}"#],
    );
    table(
        r#""type": "geopoint", "format": "object""#,
        &[r#"{"lon": 90.50, "lat": 45.50}"#, r#"{"lat":0,"lon":0}"#],
        &[
            r#"{"lon":90}"#,
            r#"{"lon":90,"lat":91}"#,
            r#"{"lon":"90","lat":9}"#,
            r#"{"lon":1,"lat":2,"x":3}"#,
            "[90,45]",
        ],
    );
}

#[test]
fn a_geojson_has_the_structure_of_its_type() {
    table(
        r#""type": "geojson""#,
        &[
            r#"{"type":"Point","coordinates":[30,10]}"#,
            r#"{"type":"Feature","geometry":null,"properties":{}}"#,
        ],
        &[
            "",
            "{}",
            r#"{"type":"Point","coordinates":["a","b"]}"#,
            r#"{"type":"Topology","objects":{},"arcs":[]}"#,
        ],
    );
}

#[test]
fn a_list_has_items_of_one_type() {
    table(r#""type": "list""#, &["", "value1,value2", ",", "a"], &[]);
    table(
        r#""type": "list", "itemType": "integer", "delimiter": ";""#,
        &["1;2;3", "1"],
        &["", "1;", "1,2", "a;1"],
    );
    table(
        r#""type": "list", "itemType": "date""#,
        &["2024-01-26,2024-01-27"],
        &["2024-01-26,", "26/01/2024"],
    );
    table(
        r#""type": "list", "itemType": "boolean", "delimiter": " | ""#,
        &["true | 0"],
        &["true|0"],
    );
}

#[test]
fn text_that_is_not_utf_8_is_of_no_type() {
    for descriptor in [
        r#""type": "string""#,
        r#""type": "any""#,
        r#""type": "number", "bareNumber": false"#,
        r#""type": "list""#,
        r#""type": "string", "constraints": {"pattern": ".*"}"#,
        r#""type": "string", "constraints": {"pattern": "[^a]"}"#,
        r#""type": "string", "constraints": {"maxLength": 9}"#,
        r#""type": "object""#,
    ] {
        let validator = field(descriptor);
        for cell in [&b"\xff"[..], b"95\xc3", b"{\"a\":\"\xed\xa0\x80\"}", b"\xc0\xaf"] {
            let mut verdict = table_schema::Verdict::new();
            validator.check(&[cell], &mut verdict);
            assert_eq!(verdict.reasons.len(), 1, "{descriptor}");
            let mut message = String::new();
            validator.describe(&verdict.reasons[0], &[cell], &mut message);
            assert!(
                message.starts_with("type-error in field \"x\": ")
                    && message.ends_with(" is not valid UTF-8"),
                "{message}"
            );
        }
    }
}

#[test]
fn a_field_without_a_type_is_a_string_in_version_1_and_anything_in_version_2() {
    let schema = |version: &str, field: &str| {
        let schema = format!(r#"{{{version} "fields": [{{"name": "x", {field}}}]}}"#);
        table_schema::Schema::from_json(schema.as_bytes())
            .map(drop)
            .map_err(|error| error.to_string())
    };
    let limited = r#""constraints": {"maxLength": 3}"#;
    assert_eq!(schema("", limited), Ok(()));
    assert_eq!(
        schema(r#""$schema": "https://datapackage.org/profiles/1.0/tableschema.json","#, limited),
        Ok(())
    );
    assert_eq!(
        schema(
            r#""$schema": "https://specs.frictionlessdata.io/schemas/table-schema.json","#,
            limited
        ),
        Ok(())
    );
    let error =
        schema(r#""$schema": "https://datapackage.org/profiles/2.0/tableschema.json","#, limited)
            .unwrap_err();
    assert_eq!(
        error,
        "table schema, field \"x\", property \"constraints.maxLength\": it does not apply to the \
         type any; take it away, or give the field the type that was meant"
    );
}
