//! Bounds: numbers, instants and durations at, below and above them.

use crate::constraints::table;

#[test]
fn money_is_compared_digit_by_digit() {
    table(
        r#""type": "number", "constraints": {"minimum": 0.1, "maximum": 0.3}"#,
        &[
            ("0.1", None),
            ("0.10000000000000000000000000000", None),
            ("0.09999999999999999999999999999", Some("minimum")),
            ("0.3", None),
            ("0.30000000000000000000000000001", Some("maximum")),
            ("3e-1", None),
            ("30000000000000000000e-20", None),
            ("0.30000000000000004", Some("maximum")),
            ("-0.2", Some("minimum")),
        ],
    );
    table(
        r#""type": "number", "constraints": {"maximum": 9007199254740993}"#,
        &[
            ("9007199254740993", None),
            ("9007199254740993.0", None),
            ("9007199254740994", Some("maximum")),
            ("9007199254740993.00000001", Some("maximum")),
        ],
    );
    table(
        r#""type": "number", "constraints": {"minimum": "1000000000000000000000", "exclusiveMaximum": 1e30}"#,
        &[
            ("1000000000000000000000", None),
            ("999999999999999999", Some("minimum")),
            ("999999999999999999999.9", Some("minimum")),
            ("1e30", Some("exclusiveMaximum")),
        ],
    );
    table(
        r#""type": "number", "decimalChar": ",", "constraints": {"minimum": "1,5", "enum": ["1,5", 2.50]}"#,
        &[("1,50", None), ("2,5", None), ("3", Some("enum"))],
    );
}

#[test]
fn bounds_hold_at_every_number_of_decimal_places() {
    table(
        r#""type": "number", "constraints": {"minimum": -1.25, "maximum": -0.5}"#,
        &[
            ("-1", None),
            ("-1.2", None),
            ("-1.25", None),
            ("-1.250", None),
            ("-1.251", Some("minimum")),
            ("-1.3", Some("minimum")),
            ("-2", Some("minimum")),
            ("-0.5", None),
            ("-0.50", None),
            ("-0.49", Some("maximum")),
            ("-0.4", Some("maximum")),
            ("0", Some("maximum")),
            ("-0", Some("maximum")),
        ],
    );
    table(
        r#""type": "number", "constraints": {"exclusiveMinimum": -1.25, "exclusiveMaximum": 0.5}"#,
        &[
            ("-1.25", Some("exclusiveMinimum")),
            ("-1.3", Some("exclusiveMinimum")),
            ("-1.249", None),
            ("-1", None),
            ("0.4", None),
            ("0.5", Some("exclusiveMaximum")),
            ("0.499", None),
            ("1", Some("exclusiveMaximum")),
        ],
    );
}

#[test]
fn infinities_are_ordered_and_nan_is_within_no_bound() {
    table(
        r#""type": "number", "constraints": {"minimum": 0}"#,
        &[("INF", None), ("-INF", Some("minimum")), ("NaN", Some("minimum")), ("-0", None)],
    );
    table(
        r#""type": "number", "constraints": {"exclusiveMaximum": "INF"}"#,
        &[("1e99", None), ("inf", Some("exclusiveMaximum"))],
    );
    table(
        r#""type": "number", "constraints": {"enum": ["NaN", 1]}"#,
        &[("nan", None), ("1.0", None), ("2", Some("enum"))],
    );
}

#[test]
fn midnight_is_the_same_time_at_either_end_of_a_day() {
    table(
        r#""type": "time", "constraints": {"maximum": "12:00:00", "enum": ["00:00:00", "13:00:00"]}"#,
        &[("24:00:00", None), ("00:00:00", None), ("13:00:00", Some("maximum"))],
    );
    table(
        r#""type": "time", "constraints": {"exclusiveMinimum": "24:00:00Z"}"#,
        &[("24:00:00Z", Some("exclusiveMinimum")), ("00:00:01Z", None)],
    );
}

#[test]
fn a_datetime_fourteen_hours_from_a_bound_is_not_within_it_where_one_of_them_has_no_zone() {
    let judged = |constraint: &'static str, bound: &str, at: &str, beyond: &str| {
        table(
            &format!(r#""type": "datetime", "constraints": {{"{constraint}": "{bound}"}}"#),
            &[(at, Some(constraint)), (beyond, None)],
        );
    };
    for (bound, zone) in [("2024-06-01T12:00:00Z", ""), ("2024-06-01T12:00:00", "Z")] {
        for constraint in ["minimum", "exclusiveMinimum"] {
            let (at, beyond) = ("2024-06-02T02:00:00", "2024-06-02T02:00:00.001");
            judged(constraint, bound, &format!("{at}{zone}"), &format!("{beyond}{zone}"));
        }
        for constraint in ["maximum", "exclusiveMaximum"] {
            let (at, beyond) = ("2024-05-31T22:00:00", "2024-05-31T21:59:59.999");
            judged(constraint, bound, &format!("{at}{zone}"), &format!("{beyond}{zone}"));
        }
    }
}

#[test]
fn moments_are_compared_as_instants_and_without_a_zone_only_where_every_zone_gives_the_same_answer()
{
    table(
        r#""type": "datetime", "constraints": {"minimum": "2024-01-01T00:00:00Z", "exclusiveMaximum": "2025-01-01T00:00:00Z"}"#,
        &[
            ("2024-01-01T00:00:00", Some("minimum")),
            ("2024-01-01T14:00:00", Some("minimum")),
            ("2024-01-01T14:00:00.001", None),
            ("2024-12-31T09:59:59.999", None),
            ("2024-12-31T10:00:00", Some("exclusiveMaximum")),
            ("2023-12-31T23:59:59.999Z", Some("minimum")),
            ("2023-12-31T24:00:00Z", None),
            ("2024-01-01T00:30:00+01:00", Some("minimum")),
            ("2024-12-31T23:59:59.999999999999999999999Z", None),
            ("2025-01-01T00:00:00Z", Some("exclusiveMaximum")),
            ("2024-12-31T23:30:00-01:00", Some("exclusiveMaximum")),
            ("12024-01-01T00:00:00", Some("exclusiveMaximum")),
            ("-0001-01-01T00:00:00", Some("minimum")),
        ],
    );
    table(
        r#""type": "datetime", "constraints": {"minimum": "-0044-03-15T00:00:00", "maximum": "12024-01-01T00:00:00.5"}"#,
        &[
            ("2024-01-01T00:00:00", None),
            ("2024-01-01T00:00:00Z", None),
            ("12024-01-01T00:00:00Z", Some("maximum")),
            ("-0045-03-15T00:00:00", Some("minimum")),
            ("12024-01-01T00:00:00.50", None),
            ("12024-01-01T00:00:00.51", Some("maximum")),
        ],
    );
    table(
        r#""type": "datetime", "constraints": {"minimum": "2024-01-01T00:00:00.5Z", "maximum": "2024-01-01T00:00:09.5Z"}"#,
        &[
            ("2024-01-01T00:00:00Z", Some("minimum")),
            ("2024-01-01T00:00:00.50Z", None),
            ("2024-01-01T00:00:01Z", None),
            ("2024-01-01T00:00:09Z", None),
            ("2024-01-01T00:00:10Z", Some("maximum")),
        ],
    );
    table(
        r#""type": "datetime", "constraints": {"maximum": "-0044-03-15T00:00:00"}"#,
        &[("2024-01-01T00:00:00Z", Some("maximum")), ("-0044-03-15T00:00:00", None)],
    );
    table(
        r#""type": "datetime", "constraints": {"minimum": "12024-01-01T00:00:00"}"#,
        &[("2024-01-01T00:00:00Z", Some("minimum")), ("12024-01-01T00:00:00", None)],
    );
    // The last second before the year 1 is followed by its first.
    table(
        r#""type": "datetime", "constraints": {"enum": ["0001-01-01T00:00:00Z"]}"#,
        &[("-0001-12-31T24:00:00Z", None), ("-0002-12-31T24:00:00Z", Some("enum"))],
    );
    table(
        r#""type": "date", "constraints": {"exclusiveMinimum": "2023-12-31", "maximum": "2024-02-29"}"#,
        &[
            ("2024-01-01", None),
            ("2023-12-31", Some("exclusiveMinimum")),
            ("2024-02-29", None),
            ("2024-03-01", Some("maximum")),
        ],
    );
    table(
        r#""type": "date", "format": "%d/%m/%Y", "constraints": {"minimum": "31/12/2023"}"#,
        &[("31/12/2023", None), ("01/01/2024", None), ("30/12/2023", Some("minimum"))],
    );
    table(
        r#""type": "time", "constraints": {"maximum": "12:00:00"}"#,
        &[("12:00:00", None), ("12:00:00.1", Some("maximum")), ("13:00:00+01:00", Some("maximum"))],
    );
    table(
        r#""type": "year", "constraints": {"minimum": 2000, "enum": [2000, "2001"]}"#,
        &[("2000", None), ("2001Z", None), ("2002", Some("enum"))],
    );
    table(
        r#""type": "yearmonth", "constraints": {"maximum": "2024-02"}"#,
        &[("2024-02", None), ("2024-03", Some("maximum"))],
    );
}

#[test]
fn durations_that_cannot_be_compared_are_not_within_a_bound() {
    table(
        r#""type": "duration", "constraints": {"minimum": "P1M"}"#,
        &[
            ("P1M", None),
            ("P32D", None),
            ("P31D", Some("minimum")),
            ("P28D", Some("minimum")),
            ("P27D", Some("minimum")),
            ("-P2M", Some("minimum")),
        ],
    );
    table(
        r#""type": "duration", "constraints": {"maximum": "PT1.5S", "exclusiveMinimum": "-PT0.5S"}"#,
        &[
            ("PT1.50S", None),
            ("PT1.51S", Some("maximum")),
            ("-PT0.5S", Some("exclusiveMinimum")),
            ("-PT0.49S", None),
            ("P0D", None),
        ],
    );
    table(
        r#""type": "duration", "constraints": {"enum": ["P1Y", "PT60S"]}"#,
        &[("P12M", None), ("PT1M", None), ("P365D", Some("enum"))],
    );
}
