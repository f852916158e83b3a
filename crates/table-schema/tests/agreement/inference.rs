//! The law of inference: the schema that is made of rows accepts all of them.

use proptest::prelude::*;
use table_schema::{Inference, Schema, Verdict};

/// A column of values of one kind, some of them missing, and now and then one of another kind.
fn column(rows: usize) -> impl Strategy<Value = Vec<String>> {
    let kind = proptest::sample::select(vec![
        "true|false|TRUE",
        "-?(0|[1-9][0-9]{0,19})",
        "0[0-9]{1,4}",
        "-?[1-9][0-9]{0,2}(\\.[0-9]{1,4})?",
        "[1-9][0-9]{0,2}(,[0-9]{3}){0,2}(\\.[0-9]{1,2})?",
        "[1-9][0-9]{0,2}(\\.[0-9]{3}){0,2}(,[0-9]{1,2})?",
        "20[0-9]{2}-(0[1-9]|1[0-2])-[0-3][0-9]",
        "[0-3]?[0-9][/.][01]?[0-9][/.]20[0-9]{2}( 1[0-9]:[0-5][0-9]:[0-6][0-9])?",
        "20[0-9]{2}-0[1-9]-[0-2][1-9][T ]1[0-9]:[0-5][0-9](:[0-5][0-9])?(\\.5)?(Z|\\+01:00)?",
        "[0-2][0-9]:[0-5][0-9]:[0-5][0-9]",
        "20[0-9]{2}-(0[1-9]|1[0-2])",
        "P[0-9]{1,2}[YMD]|PT[0-9]H",
        "\\{\"a\": ?[0-9]\\}|\\[[0-9](, ?[0-9])?\\]",
        "[0-9a-f]{8}-0000-0000-0000-[0-9a-f]{12}",
        "DE89370400440532013000|NO9386011117947|NO[0-9]{13}",
        "US0378331005|XS[0-9]{10}",
        "[a-c]{1,2}@[a-c]{1,2}\\.de",
        "https?://[a-c]{1,3}(/[a-c]{0,2})?",
        "nan|inf|NaN|-INF|[0-9]e[0-9]",
        "[A-C]",
        ".{0,6}",
    ]);
    (kind, 0..4_u8).prop_flat_map(move |(kind, strays)| {
        let stray = prop_oneof!["", "NA|-|NULL|\\\\N|NaN", ".{0,4}", "[0-9]{1,3}"];
        let cell = prop_oneof![
            20 => kind,
            u32::from(strays) => stray,
        ];
        prop::collection::vec(cell, rows)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn the_schema_of_rows_accepts_all_of_them(
        columns in (1..60_usize).prop_flat_map(|rows| prop::collection::vec(column(rows), 1..5)),
    ) {
        let names = |count: usize| (0..count).map(|column| format!("c\"{column}"));
        let rows: Vec<Vec<&[u8]>> = (0..columns[0].len())
            .map(|row| columns.iter().map(|column| column[row].as_bytes()).collect())
            .collect();
        let mut inference = Inference::new(names(columns.len()));
        for row in &rows {
            inference.see(row);
        }
        let text = inference.schema("all \"rows\"", Some("{\"delimiter\": \";\"}"));
        prop_assert_eq!(&text, &inference.schema("all \"rows\"", Some("{\"delimiter\": \";\"}")));
        let schema = Schema::from_json(text.as_bytes()).map_err(|error| {
            TestCaseError::fail(format!("{error} in {text}"))
        })?;
        let header: Vec<String> = names(columns.len()).collect();
        let header: Vec<&[u8]> = header.iter().map(|name| name.as_bytes()).collect();
        let validator = schema.compile(Some(&header), Default::default()).unwrap();
        let mut verdict = Verdict::new();
        for row in &rows {
            validator.check(row, &mut verdict);
            let described = |reason| {
                let mut message = String::new();
                validator.describe(reason, row, &mut message);
                message
            };
            let reasons: Vec<String> = verdict.reasons.iter().map(described).collect();
            prop_assert!(reasons.is_empty(), "{} {:?}", text, reasons);
        }
    }
}
