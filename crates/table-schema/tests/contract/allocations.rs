//! Good rows allocate nothing.

use allocation_counter::measure;
use table_schema::Verdict;

use crate::compiled;

const GOOD: [&[u8]; 14] = [
    b"TX-0123456789",
    b"2026-03-01T12:34:56.250+01:00",
    b"DE89370400440532013000",
    "Café Zürich, Bahnhofstraße".as_bytes(),
    b"123456789012345678901234567890.12",
    b"EUR",
    b"",
    b"P1Y2M3DT4H5M6.789S",
    b"[1, [2, {\"a\": null}], \"b\"]",
    b"90.50, 45.50",
    b"1.234.567,89 EUR",
    b"1/2/2024",
    b"a@b.example",
    b"1,2,3",
];

const FIELDS: &str = r#"
    {"name": "id", "constraints": {"pattern": "TX-[0-9]{10}"}},
    {"name": "at", "type": "datetime", "constraints": {"minimum": "2020-01-01T00:00:00Z"}},
    {"name": "iban", "constraints": {"pattern": "[A-Z]{2}[0-9]{2}(\\p{Lu}|[0-9]){11,30}"}},
    {"name": "merchant", "constraints": {"maxLength": 60}},
    {"name": "amount", "type": "number", "constraints": {"minimum": 0.01, "unique": true}},
    {"name": "currency", "constraints": {"enum": ["EUR", "USD"]}},
    {"name": "reference", "constraints": {"maxLength": 35}},
    {"name": "term", "type": "duration", "constraints": {"maximum": "P9Y", "enum": ["P1Y2M3DT4H5M6.789S"]}},
    {"name": "tags", "type": "array", "constraints": {"maxLength": 5}},
    {"name": "place", "type": "geopoint", "constraints": {"unique": true}},
    {"name": "price", "type": "number", "decimalChar": ",", "groupChar": ".", "bareNumber": false, "constraints": {"minimum": "1,5"}},
    {"name": "day", "type": "date", "format": "%d/%m/%Y", "constraints": {"enum": ["01/02/2024"]}},
    {"name": "mail", "format": "email"},
    {"name": "numbers", "type": "list", "itemType": "integer", "constraints": {"unique": true}}
"#;

#[test]
fn a_good_row_allocates_nothing() {
    let validator = compiled(&format!(r#"{{"fields": [{FIELDS}], "primaryKey": ["id", "at"]}}"#));
    let mut verdict = Verdict::new();
    validator.check(&GOOD, &mut verdict);
    assert!(verdict.is_good(), "{:?}", verdict.reasons);
    assert_eq!(verdict.keys.len(), 4);
    let counted = measure(|| (0..100).for_each(|_| validator.check(&GOOD, &mut verdict)));
    assert_eq!(counted.count_total, 0);
}

#[test]
fn a_bad_row_allocates_nothing_but_room_for_its_reasons() {
    let validator = compiled(&format!(r#"{{"fields": [{FIELDS}], "primaryKey": ["id", "at"]}}"#));
    let bad: [&[u8]; 14] = [b"\xff"; 14];
    let mut verdict = Verdict::new();
    validator.check(&bad, &mut verdict);
    assert_eq!(verdict.reasons.len(), 14);
    let counted = measure(|| (0..100).for_each(|_| validator.check(&bad, &mut verdict)));
    assert_eq!(counted.count_total, 0);
}
