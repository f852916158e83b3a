//! The types `integer` and `number`, by examples.

use crate::types::table;

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
            "95 CR",
            "12.5 s",
            "5 d",
            "95 dB",
            "95 Haben",
            "S$ 95",
            "S/ 95",
            "S/.95",
            "95 S$",
        ],
        &[
            "-€95",
            "95-",
            "EUR",
            "",
            "9 5",
            "- 95",
            "1.2.3 kg",
            "%95%5",
            "(95)",
            "($1.50)",
            "$(7)",
            "−95",
            "–95",
            "−€95",
            "95−",
            "95 EUR-",
            "（95）",
            "－95",
            "95 DR",
            "[95]",
            "<95>",
            "95 D",
            "S 95",
            "95 Soll",
            "95 Debe",
            "DÉBIT 95",
            "minus 95",
            "95 Addebito",
            "Cargo 95",
            "95 Belastung",
            "LASTSCHRIFT 95",
            "95 DBT",
            "95 withdrawal",
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
