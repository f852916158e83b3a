//! Schemas that are refused, by place and words.

use table_schema::{Place, Schema, SchemaError};

/// The place, and the message, that a schema is refused with.
fn refused(schema: &str) -> (Option<Place>, String) {
    let error = Schema::from_json(schema.as_bytes()).expect_err(schema);
    let message = error.to_string();
    match error {
        SchemaError::NotJson { .. } => (None, message),
        SchemaError::Invalid { at, .. } | SchemaError::Unsupported { at, .. } => {
            (Some(at), message)
        }
    }
}

#[test]
fn a_schema_with_too_many_fields_is_refused() {
    let fields =
        |count: usize| format!(r#"{{"fields": [{}]}}"#, vec![r#"{"name": "f"}"#; count].join(","));
    let (_, message) = refused(&fields(65_536));
    assert!(
        message.contains("there are 65536 fields") && message.contains("up to 65535"),
        "{message}"
    );
}

#[test]
fn a_wrong_field_is_refused_by_its_name_and_its_property() {
    for (field, property) in [
        (r#""type": "strnig""#, "type"),
        (r#""type": 5"#, "type"),
        (r#""type": "string", "format": "ssn""#, "format"),
        (r#""type": "string", "identifier": "ssn""#, "identifier"),
        (r#""warnings": {"unique": true}"#, "warnings.unique"),
        (r#""warnings": {"minimum": 1}"#, "warnings.minimum"),
        (r#""warnings": {"minLenght": 1}"#, "warnings.minLenght"),
        (r#""warnings": ["pattern"]"#, "warnings"),
        (r#""warning": {"minLength": 1}"#, "warning"),
        (r#""type": "string", "identifier": 5"#, "identifier"),
        (r#""type": "integer", "identifier": "luhn""#, "identifier"),
        (r#""type": "string", "format": "uuid", "identifier": "lei""#, "identifier"),
        (r#""type": "string", "format": "bic", "identifier": "iban""#, "identifier"),
        (r#""type": "string", "identifer": "iban""#, "identifer"),
        (r#""type": "integer", "format": "hex""#, "format"),
        (r#""type": "geopoint", "format": "wkt""#, "format"),
        (r#""type": "geojson", "format": "topojson""#, "format"),
        (r#""type": "date", "format": "YYYY-MM-DD""#, "format"),
        (r#""type": "date", "format": "%Y-%m-%d%""#, "format"),
        (r#""type": "date", "format": "%x""#, "format"),
        (r#""type": "date", "format": "%Y %Y""#, "format"),
        (r#""type": "date", "format": "%G-%V""#, "format"),
        (r#""type": "number", "decimalChar": """#, "decimalChar"),
        (r#""type": "number", "decimalChar": "e""#, "decimalChar"),
        (r#""type": "number", "decimalChar": ",", "groupChar": ",""#, "groupChar"),
        (r#""type": "number", "groupChar": ".""#, "groupChar"),
        (r#""type": "integer", "decimalChar": ",""#, "decimalChar"),
        (r#""type": "integer", "bareNumber": "no""#, "bareNumber"),
        (r#""type": "boolean", "trueValues": "yes""#, "trueValues"),
        (r#""type": "boolean", "trueValues": ["0"]"#, "trueValues"),
        (r#""type": "list", "delimiter": """#, "delimiter"),
        (r#""type": "list", "itemType": "object""#, "itemType"),
        (r#""missingValues": "NA""#, "missingValues"),
        (r#""missingValues": [1]"#, "missingValues"),
        (r#""missingValues": ["a", {"value": "a"}]"#, "missingValues"),
        (r#""missingValues": [{"label": "a"}]"#, "missingValues"),
        (r#""categories": ["a"], "type": "number""#, "categories"),
        (r#""categories": []"#, "categories"),
        (r#""required": true"#, "required"),
        (r#""constraints": []"#, "constraints"),
        (r#""constraints": {"requried": true}"#, "constraints.requried"),
        (r#""constraints": {"required": "yes"}"#, "constraints.required"),
        (r#""constraints": {"minLength": -1}"#, "constraints.minLength"),
        (r#""constraints": {"minLength": 1.5}"#, "constraints.minLength"),
        (r#""constraints": {"minLength": 3, "maxLength": 2}"#, "constraints.minLength"),
        (
            r#""type": "number", "constraints": {"minimum": 10, "maximum": 9.99}"#,
            "constraints.minimum",
        ),
        (
            r#""type": "year", "constraints": {"exclusiveMinimum": "2024", "maximum": "2024"}"#,
            "constraints.exclusiveMinimum",
        ),
        (
            r#""type": "integer", "constraints": {"minimum": 1, "exclusiveMaximum": 1}"#,
            "constraints.minimum",
        ),
        (r#""constraints": {"minimum": 3}"#, "constraints.minimum"),
        (r#""type": "integer", "constraints": {"pattern": "[0-9]"}"#, "constraints.pattern"),
        (r#""type": "integer", "constraints": {"minLength": 3}"#, "constraints.minLength"),
        (r#""type": "integer", "constraints": {"minimum": 1.5}"#, "constraints.minimum"),
        (r#""type": "integer", "constraints": {"minimum": "a"}"#, "constraints.minimum"),
        (r#""type": "number", "constraints": {"minimum": "NaN"}"#, "constraints.minimum"),
        (r#""type": "number", "constraints": {"maximum": null}"#, "constraints.maximum"),
        (r#""type": "boolean", "constraints": {"maximum": true}"#, "constraints.maximum"),
        (r#""type": "date", "constraints": {"maximum": "tomorrow"}"#, "constraints.maximum"),
        (r#""type": "date", "constraints": {"maximum": 20240101}"#, "constraints.maximum"),
        (r#""type": "object", "constraints": {"jsonSchema": {}}"#, "constraints.jsonSchema"),
        (r#""type": "string", "constraints": {"jsonSchema": {}}"#, "constraints.jsonSchema"),
        (r#""constraints": {"pattern": "a(?!b)"}"#, "constraints.pattern"),
        (r#""constraints": {"pattern": 5}"#, "constraints.pattern"),
        (r#""constraints": {"enum": []}"#, "constraints.enum"),
        (r#""constraints": {"enum": "a"}"#, "constraints.enum"),
        (r#""constraints": {"enum": [1]}"#, "constraints.enum"),
        (r#""constraints": {"enum": ["a", null]}"#, "constraints.enum"),
        (r#""type": "integer", "constraints": {"enum": ["a"]}"#, "constraints.enum"),
        (r#""categories": ["a"], "constraints": {"enum": ["b"]}"#, "constraints.enum"),
    ] {
        let (at, message) = refused(&format!(
            r#"{{"fields": [{{"name": "other"}}, {{"name": "amount", {field}}}]}}"#
        ));
        assert_eq!(
            at,
            Some(Place { field: Some("amount".to_owned()), property: property.to_owned() }),
            "{message}"
        );
        let place = format!("table schema, field \"amount\", property \"{property}\": ");
        assert!(message.starts_with(&place) && message.contains("; "), "{message}");
    }
}

#[test]
fn a_wrong_schema_is_refused_by_its_property() {
    for (schema, property) in [
        (r#"{}"#, "fields"),
        (r#"{"fields": []}"#, "fields"),
        (r#"{"fields": {}}"#, "fields"),
        (r#"{"resources": []}"#, "fields"),
        (r#"{"fields": [{"name": "a"}], "fieldsMatch": "loose"}"#, "fieldsMatch"),
        (
            r#"{"fields": [{"name": "a"}], "foreignKeys": [{"fields": "a", "reference": {}}]}"#,
            "foreignKeys",
        ),
        (r#"{"fields": [{"name": "a"}], "primaryKey": "b"}"#, "primaryKey"),
        (r#"{"fields": [{"name": "a"}], "primaryKey": ["a", "a"]}"#, "primaryKey"),
        (r#"{"fields": [{"name": "a"}], "primaryKey": 1}"#, "primaryKey"),
        (r#"{"fields": [{"name": "a"}, {"name": "a"}], "primaryKey": "a"}"#, "primaryKey"),
        (r#"{"fields": [{"name": "a"}], "uniqueKeys": ["a", ["b"]]}"#, "uniqueKeys"),
        (r#"{"fields": [{"name": "a"}], "uniqueKeys": [[]]}"#, "uniqueKeys"),
        (r#"{"fields": [{"name": "a"}], "missingValues": {}}"#, "missingValues"),
        (r#"{"fields": [{"name": "a"}], "$schema": 2}"#, "$schema"),
    ] {
        let (at, message) = refused(schema);
        assert_eq!(
            at,
            Some(Place { field: None, property: property.to_owned() }),
            "{schema} {message}"
        );
    }
    let (at, _) = refused(r#"{"fields": [{"name": "a"}, {"type": "string"}]}"#);
    assert_eq!(at, Some(Place { field: Some("#2".to_owned()), property: "name".to_owned() }));
}

#[test]
fn what_is_not_json_is_refused_with_its_line() {
    for schema in ["", "[]", "{\"fields\": [}"] {
        let (at, message) = refused(schema);
        assert_eq!(at, None, "{message}");
        assert!(
            message.starts_with("the schema is not a JSON object: ") && message.contains("line 1"),
            "{message}"
        );
    }
}

#[test]
fn a_property_that_is_given_twice_is_refused_by_its_name() {
    for (schema, field, property) in [
        (r#"{"fields": [], "fields": []}"#, None, "fields"),
        (r#"{"fields": [{"name": "a"}], "owner": 1, "owner": 1}"#, None, "owner"),
        (r#"{"fields": [{"name": "a", "name": "b"}]}"#, Some("#1"), "name"),
        (
            r#"{"fields": [{"name": "a"}, {"name": "b", "type": "string", "type": "number"}]}"#,
            Some("b"),
            "type",
        ),
        (
            r#"{"fields": [{"name": "a", "constraints": {"minLength": 1, "minLength": 2}}]}"#,
            Some("a"),
            "constraints.minLength",
        ),
        (
            r#"{"fields": [{"name": "a", "missingValues": [{"value": "", "value": "-"}]}]}"#,
            Some("a"),
            "missingValues",
        ),
        (
            r#"{"fields": [{"name": "a", "categories": [{"value": "x", "value": "y"}]}]}"#,
            Some("a"),
            "categories",
        ),
    ] {
        let (at, message) = refused(schema);
        let expected = Place { field: field.map(str::to_owned), property: property.to_owned() };
        assert_eq!(at, Some(expected), "{message}");
        assert!(message.contains("given twice"), "{message}");
    }
}

#[test]
fn messages_say_what_to_do() {
    let message =
        |field: &str| refused(&format!(r#"{{"fields": [{{"name": "amount", {field}}}]}}"#)).1;
    assert_eq!(
        message(r#""type": "number", "constraints": {"min": 0}"#),
        "table schema, field \"amount\", property \"constraints.min\": there is no such \
         constraint; it is one of required, unique, minLength, maxLength, minimum, maximum, \
         exclusiveMinimum, exclusiveMaximum, pattern, enum, jsonSchema; custom properties stand \
         beside \"constraints\""
    );
    assert_eq!(
        message(r#""type": "number", "minimum": 0"#),
        "table schema, field \"amount\", property \"minimum\": it is a constraint and stands \
         beside \"constraints\"; move it to \"constraints\": {\"minimum\": ...}"
    );
    assert_eq!(
        message(r#""constraints": {"pattern": "a^b"}"#),
        "table schema, field \"amount\", property \"constraints.pattern\": a^b cannot be used: ^ \
         inside of it is an ordinary character to XML Schema and an anchor to others: write \\^ \
         for the character, and leave anchors out, since the whole value has to match; write it \
         in XML Schema's regular expressions"
    );
    assert_eq!(
        refused(r#"{"fields": [{"name": "a"}], "foreignKeys": [{}]}"#).1,
        "table schema, property \"foreignKeys\": foreign keys are not supported; take them away \
         and check the references elsewhere"
    );
}

#[test]
fn what_the_standard_leaves_to_others_is_let_be() {
    for schema in [
        r#"{"fields": [{"name": "a", "title": "A", "description": "", "example": 1, "rdfType": "x:y", "x-own": {}, "arrayItem": {}}], "x": 1}"#,
        r#"{"fields": [{"name": "a"}, {"name": "a"}]}"#,
        r#"{"fields": [{"name": "a", "type": null, "format": null, "constraints": null}], "foreignKeys": [], "primaryKey": []}"#,
        "\u{feff}{\"fields\": [{\"name\": \"a\", \"type\": \"number\", \"groupChar\": null}]}",
        r#"{"fields": [{"name": "a"}], "fieldsMatch": ["subset"]}"#,
        r#"{"fields": [{"name": "a", "categories": ["x"], "categoriesOrdered": true}]}"#,
    ] {
        assert_eq!(Schema::from_json(schema.as_bytes()).map(drop), Ok(()), "{schema}");
    }
}

#[test]
fn a_property_that_is_nearly_one_of_the_standards_is_refused_where_that_one_is_not_given() {
    for (schema, field, property, says) in [
        (
            r#"{"fields": [{"name": "a"}], "primarykey": "a"}"#,
            None,
            "primarykey",
            "did you mean \"primaryKey\"?",
        ),
        (
            r#"{"fields": [{"name": "a"}], "missingvalue": ["NA"]}"#,
            None,
            "missingvalue",
            "\"missingValues\"",
        ),
        (r#"{"Fields": [{"name": "a"}]}"#, None, "Fields", "\"fields\""),
        (
            r#"{"fields": [{"name": "a", "constraint": {"required": true}}]}"#,
            Some("a"),
            "constraint",
            "\"constraints\"",
        ),
        (r#"{"fields": [{"name": "a", "Type": "integer"}]}"#, Some("a"), "Type", "\"type\""),
        (
            r#"{"fields": [{"name": "a", "type": "number", "decimalchar": ","}]}"#,
            Some("a"),
            "decimalchar",
            "\"decimalChar\"",
        ),
        (
            r#"{"fields": [{"name": "a", "Required": true}]}"#,
            Some("a"),
            "Required",
            "move it to \"constraints\": {\"required\"",
        ),
        (
            r#"{"fields": [{"name": "a", "constraints": {"minimun": 1}}]}"#,
            Some("a"),
            "constraints.minimun",
            "\"minimum\"?",
        ),
        (
            r#"{"fields": [{"name": "a", "constraints": {"Required": true}}]}"#,
            Some("a"),
            "constraints.Required",
            "\"required\"?",
        ),
    ] {
        let (at, message) = refused(schema);
        assert_eq!(
            at,
            Some(Place { field: field.map(str::to_owned), property: property.to_owned() }),
            "{message}"
        );
        assert!(message.contains(says), "{message}");
    }
}

#[test]
fn a_key_that_stands_in_a_field_is_refused_with_the_place_where_it_belongs() {
    for property in ["primaryKey", "primary_key", "uniqueKeys", "foreignKey"] {
        let schema = format!(r#"{{"fields": [{{"name": "a", "{property}": true}}]}}"#);
        let (at, message) = refused(&schema);
        let expected = Place { field: Some("a".to_owned()), property: property.to_owned() };
        assert_eq!(at, Some(expected), "{message}");
        assert!(message.contains("beside \"fields\""), "{message}");
    }
}

#[test]
fn a_package_and_a_resource_are_told_from_a_schema() {
    let schema = r#"{"fields": [{"name": "a"}]}"#;
    for (given, says) in [
        (
            format!(r#"{{"name": "a", "path": "a.csv", "encoding": "utf-8", "schema": {schema}}}"#),
            "a resource of a Data Package",
        ),
        (
            format!(r#"{{"resources": [{{"path": "a.csv", "schema": {schema}}}]}}"#),
            "this is a Data Package",
        ),
    ] {
        let (at, message) = refused(&given);
        let expected = Place { field: None, property: "fields".to_owned() };
        assert_eq!(at, Some(expected), "{message}");
        assert!(message.contains(says), "{message}");
    }
}

#[test]
fn a_field_that_is_no_object_is_named_by_its_number() {
    for (fields, number) in [(r#"{"name": "a"}, "b""#, "#2"), ("null", "#1"), (r#"["a"]"#, "#1")] {
        let (at, message) = refused(&format!(r#"{{"fields": [{fields}]}}"#));
        let expected = Place { field: Some(number.to_owned()), property: String::new() };
        assert_eq!(at, Some(expected), "{message}");
        let begins = format!("table schema, field \"{number}\": ");
        assert!(message.starts_with(&begins), "{message}");
    }
}

#[test]
fn two_fields_of_one_name_are_told_by_their_numbers() {
    let schema = |names: [&str; 3]| {
        let fields = names.map(|name| format!(r#"{{"name": "{name}"}}"#)).join(",");
        Schema::from_json(format!(r#"{{"fields": [{fields}]}}"#).as_bytes()).unwrap()
    };
    assert_eq!(schema(["a", "b", "a"]).field_twice(), Some(("a", [1, 3])));
    assert_eq!(schema(["a", "b", "A"]).field_twice(), None);
}

#[test]
fn properties_of_ones_own_are_named_and_remarks_of_the_standard_are_not() {
    let schema = r#"{"$schema": "https://datapackage.org/profiles/2.0/tableschema.json", "title": "t", "owner": "me",
        "fields": [{"name": "a", "title": "A", "description": "d", "example": "x", "rdfType": "r", "nullable": false,
            "type": "string", "types": ["string"], "x:y": 1, "comment": null}]}"#;
    let schema = Schema::from_json(schema.as_bytes()).unwrap();
    assert_eq!(
        schema.ignored(),
        ["\"owner\"", "\"nullable\" of the field \"a\"", "\"types\" of the field \"a\""]
    );
}
