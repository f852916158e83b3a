use crate::{field, reasons};

/// Cells that are of a type and cells that are not.
fn table(descriptor: &str, good: &[&str], bad: &[&str]) {
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
fn a_number_is_a_decimal_of_xml_schema_with_an_optional_exponent() {
    table(
        r#""type": "number""#,
        &[
            "-1.23",
            "12678967.543233",
            "+100000.00",
            "210",
            "0",
            "-0",
            ".5",
            "5.",
            "1e5",
            "1E-5",
            "1.5e+07",
            "NaN",
            "nan",
            "INF",
            "inf",
            "-INF",
            "-inf",
            "00012",
            "123456789012345678901234567890.123456789012345678901234567890",
        ],
        &[
            "",
            "+",
            "-",
            ".",
            "e5",
            "1e",
            "1e+",
            "1e5.5",
            "1,000",
            "1 000",
            " 1",
            "1 ",
            "+INF",
            "Infinity",
            "--1",
            "1.2.3",
            "0x1F",
            "٣",
            "1_000",
            "$1",
            "1e123456789012345678",
        ],
    );
}

#[test]
fn a_number_may_have_its_own_decimal_and_group_characters() {
    table(
        r#""type": "number", "groupChar": ",""#,
        &["100,000", "1,00,000.5", "1000", "1,2,3"],
        &[",1", "1,", "1,,0", "1,.5", "1.,5", ","],
    );
    table(
        r#""type": "number", "decimalChar": ",", "groupChar": ".""#,
        &["1.234,56", "12,5", ",5", "1e3"],
        &["1,234.56", "1,2,3"],
    );
    table(r#""type": "number", "groupChar": "\u00a0""#, &["1\u{a0}000"], &["1 000", "\u{a0}1"]);
    table(r#""type": "integer", "groupChar": ",""#, &["100,000", "-1,0"], &["1,", "1.0"]);
}

#[test]
fn what_stands_around_a_number_is_stripped_unless_it_could_be_its_sign() {
    table(
        r#""type": "number", "bareNumber": false"#,
        &[
            "95%",
            "€95",
            "EUR 95",
            "EUR -95.50 ",
            "$.50",
            "Rs.50",
            "95",
            "1e5 m",
            "NaN",
            "95 t-shirts",
            "95 (est.)",
            "(EUR) 95",
        ],
        &[
            "-€95", "95-", "EUR", "", "9 5", "- 95", "1.2.3 kg", "%95%5", "(95)", "($1.50)",
            "$(7)", "−95", "–95", "−€95", "95−", "95 EUR-", "（95）", "－95", "95 DR", "[95]",
            "<95>",
        ],
    );
    table(
        r#""type": "integer", "bareNumber": false"#,
        &["95%", "€95", "EUR -95", "+5x"],
        &["9.5%", "-€95", "95 -"],
    );
}

#[test]
fn strict_groups_are_of_three_digits() {
    table(
        r#""type": "number", "groupChar": ",", "strictGroups": true"#,
        &["1", "12345", "1,234", "12,345,678.5", "123,456", "-1,234"],
        &["12,50", "1,2.50", "1,2,3", "1234,567", "1,2345", "1,234,5", "0,123", "-012,345.6"],
    );
    table(
        r#""type": "integer", "groupChar": ",", "strictGroups": true"#,
        &["0", "007", "1,000"],
        &["0,123", "00,000", "0,000,001"],
    );
    table(
        r#""type": "number", "groupChar": ",""#,
        &["12,50", "1,2.50", "1,2,3", "0,123"],
        &[",1", "1,"],
    );
}

#[test]
fn an_integer_is_digits_with_an_optional_sign() {
    table(
        r#""type": "integer""#,
        &["0", "-0", "+7", "007", "123456789012345678901234567890"],
        &["", "1.0", "1.", "1e3", "NaN", "1,000", " 1", "+", "a", "-", "1-", ".1"],
    );
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
fn a_date_is_a_day_of_the_calendar() {
    table(
        r#""type": "date""#,
        &["2024-01-26", "2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31"],
        &[
            "",
            "2023-02-29",
            "1900-02-29",
            "2024-13-01",
            "2024-00-01",
            "2024-01-32",
            "2024-04-31",
            "2024-01-00",
            "0000-01-01",
            "2024-1-26",
            "24-01-26",
            "2024/01/26",
            "2024-01-26Z",
            "2024-01-26T00:00:00",
            "+2024-01-26",
            "-001-01-01",
            "20240126",
            "2024-01-2é",
        ],
    );
    table(
        r#""type": "date", "format": "%d/%m/%y""#,
        &["30/11/14", "1/2/03"],
        &["31/11/14", "30/11/2014", "30-11-14", "30/11/14 "],
    );
    table(
        r#""type": "date", "format": "fmt:%d %B %Y""#,
        &["3 march 2024", "03  March 2024"],
        &["3 mar 2024", "3march 2024"],
    );
    table(
        r#""type": "date", "format": "%a, %d %b %Y""#,
        &["Fri, 26 Jan 2024", "mon, 26 jan 2024"],
        &["Friday, 26 Jan 2024"],
    );
    table(
        r#""type": "date", "format": "%Y-%j""#,
        &["2024-366", "2023-001", "2023-1"],
        &["2023-366", "2023-000", "2023-367"],
    );
    table(r#""type": "date", "format": "%d%m%Y""#, &["03112024", "3112024"], &["31202", "3113"]);
    table(
        r#""type": "date", "format": "any""#,
        &[
            "2024-01-26",
            "26.01.2024",
            "01/26/2024",
            "26/01/2024",
            "26 Jan 2024",
            "January 26, 2024",
            "20240126",
            "2024-01-26T15:00:00Z",
            "2024-01-26 15:00",
        ],
        &["", "yesterday", "2024-02-30", "2024-01-26 25:00", "2024-01-26x"],
    );
}

#[test]
fn a_time_is_a_time_of_day() {
    let two = r#""type": "time""#;
    let strict = |cell: &str| {
        let schema = format!(
            r#"{{"$schema": "https://datapackage.org/profiles/2.0/tableschema.json", "fields": [{{"name": "x", {two}}}]}}"#
        );
        reasons(&crate::compiled(&schema), &[cell]).is_empty()
    };
    for (cell, version_1, version_2) in [
        ("15:00:00", true, true),
        ("23:59:59", true, true),
        ("15:00:00Z", true, false),
        ("15:00:00.25", true, false),
        ("15:00:00.25+01:00", true, false),
        ("24:00:00", true, true),
        ("24:00:00.0", true, false),
        ("24:00:00+01:00", true, false),
        ("24:00:01", false, false),
        ("24:00:00.1", false, false),
        ("25:00:00", false, false),
        ("15:00:60", false, false),
        ("15:60:00", false, false),
        ("15:00", false, false),
        ("1:00:00", false, false),
        ("15:00:00.", false, false),
        ("15:00:00+1:00", false, false),
        ("15:00:00+15:00", false, false),
    ] {
        assert_eq!(reasons(&field(two), &[cell]).is_empty(), version_1, "{cell}");
        assert_eq!(strict(cell), version_2, "{cell}");
    }
    table(
        r#""type": "time", "format": "%I:%M %p""#,
        &["12:00 AM", "1:30 pm"],
        &["13:00 PM", "00:30 AM", "12:00"],
    );
    table(
        r#""type": "time", "format": "%H:%M:%S.%f%z""#,
        &["15:00:00.5Z", "15:00:00.123456+0100", "15:00:00.1+01:00"],
        &["15:00:00Z", "15:00:00.1234567Z"],
    );
    table(
        r#""type": "time", "format": "any""#,
        &["15:00", "3:00 PM", "15:00:00.5", "15:00Z", "24:00:00"],
        &["25:00", "24:00:01", "noon"],
    );
}

#[test]
fn a_datetime_is_that_of_xml_schema() {
    table(
        r#""type": "datetime""#,
        &[
            "2024-01-26T15:00:00",
            "2024-01-26T15:00:00.300-05:00",
            "2024-01-26T15:00:00Z",
            "2024-01-26T24:00:00",
            "-0044-03-15T12:00:00",
            "-0001-02-29T12:00:00",
            "-0005-02-29T12:00:00",
            "12024-01-01T00:00:00",
            "2024-01-26T15:00:00.123456789012345678901234567890Z",
            "2024-02-29T00:00:00+14:00",
        ],
        &[
            "",
            "2024-01-26",
            "2024-01-26 15:00:00",
            "2024-01-26t15:00:00",
            "2024-01-26T15:00",
            "2024-01-26T15:00:00z",
            "2024-01-26T24:00:01",
            "2024-01-26T24:00:00.1",
            "2024-01-26T15:00:60",
            "2023-02-29T00:00:00",
            "2024-01-26T15:00:00.",
            "2024-01-26T15:00:00+0500",
            "2024-01-26T15:00:00+14:01",
            "02024-01-26T15:00:00",
            "0000-01-26T15:00:00",
            "-0004-02-29T15:00:00",
            "2024-01-26T15:00:00ZZ",
            "2024-01-26T25:00:00",
        ],
    );
    table(
        r#""type": "datetime", "format": "%d/%m/%Y %H:%M:%S""#,
        &["12/11/2018 09:15:32"],
        &["2018-11-12T09:15:32", "32/11/2018 09:15:32"],
    );
    table(
        r#""type": "datetime", "format": "any""#,
        &["2024-01-26T15:00:00Z", "26 Jan 2024 15:00", "2024-01-26", "01/26/2024 3:00 PM"],
        &["26 Jan", "now"],
    );
}

#[test]
fn years_and_months_are_those_of_xml_schema() {
    table(
        r#""type": "year""#,
        &["2024", "0001", "-0044", "12024", "2024Z", "2024+02:00"],
        &["", "24", "0000", "02024", "2024-01", "+2024", "2024.0"],
    );
    table(
        r#""type": "yearmonth""#,
        &["2024-01", "2024-12", "-0044-03", "2024-01Z"],
        &["", "2024", "2024-13", "2024-00", "2024-1", "2024-01-01", "0000-01"],
    );
}

#[test]
fn a_duration_is_that_of_xml_schema() {
    table(
        r#""type": "duration""#,
        &[
            "P1Y2M3DT10H30M",
            "-P120D",
            "P1347Y",
            "P1347M",
            "P0Y1347M0D",
            "PT1.5S",
            "PT0S",
            "P1Y1D",
            "P00000000000000000000000001Y",
        ],
        &[
            "",
            "P",
            "PT",
            "P1YT",
            "P-1347M",
            "P1Y2MT",
            "1Y",
            "P1S",
            "PT1D",
            "P1M1Y",
            "P1.5Y",
            "PT1.S",
            "PT.5S",
            "P1Y1Y",
            "P1Y ",
            "+P1Y",
            "P1234567890123456789Y",
        ],
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
