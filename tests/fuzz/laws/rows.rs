//! Any bytes as rows for fields of every type: the validator against the slow model of its own
//! tests.

use std::cell::OnceCell;

use serde_json::{Value, json};
use table_schema::{Schema, Validator, Verdict};

use crate::model;

/// A field of each type, in each way that a value of it may be written, with each constraint
/// somewhere. Not the formats `email` and `uri`, of which the model knows the common part only.
const FIELDS: [&str; 45] = [
    r#"{"type": "any"}"#,
    r#"{"constraints": {"minLength": 2, "maxLength": 4}}"#,
    r#"{"type": "string", "constraints": {"pattern": "[ab0]{2}(é|b+)?a*", "required": true}}"#,
    r#"{"type": "string", "constraints": {"enum": ["a", "bb", "é", "abcdefghijklmnopqrstuvwxyz"]}}"#,
    r#"{"type": "string", "missingValues": ["NA", "-"], "categories": ["a", "b"]}"#,
    r#"{"type": "string", "format": "uuid"}"#,
    r#"{"type": "string", "format": "binary", "constraints": {"maxLength": 6}}"#,
    r#"{"type": "string", "constraints": {"pattern": "(a|b){3}0?|[^ab]*", "maxLength": 7}}"#,
    r#"{"type": "string", "constraints": {"pattern": "[ab]{1,70}", "minLength": 3}}"#,
    r#"{"type": "integer"}"#,
    r#"{"type": "integer", "constraints": {"minimum": "-10", "maximum": "10000000000000000000"}}"#,
    r#"{"type": "integer", "groupChar": ",", "constraints": {"enum": ["1", "1000"]}}"#,
    r#"{"type": "integer", "bareNumber": false}"#,
    r#"{"type": "number", "constraints": {"minimum": "0.01", "exclusiveMaximum": "100"}}"#,
    r#"{"type": "number"}"#,
    r#"{"type": "number", "decimalChar": ",", "groupChar": "."}"#,
    r#"{"type": "number", "bareNumber": false, "constraints": {"exclusiveMinimum": "-1.5"}}"#,
    r#"{"type": "boolean"}"#,
    r#"{"type": "boolean", "trueValues": ["yes", "on"], "falseValues": ["no"]}"#,
    r#"{"type": "date", "constraints": {"minimum": "2000-02-29"}}"#,
    r#"{"type": "date", "format": "%d/%m/%Y"}"#,
    r#"{"type": "time"}"#,
    r#"{"type": "time", "format": "%H:%M:%S.%f"}"#,
    r#"{"type": "time", "format": "%I:%M %p", "constraints": {"maximum": "12:00 PM"}}"#,
    r#"{"type": "datetime"}"#,
    r#"{"type": "datetime", "constraints": {"exclusiveMinimum": "2024-01-01T00:00:00Z", "maximum": "2024-12-31T24:00:00+14:00"}}"#,
    r#"{"type": "datetime", "format": "%Y%m%d %H:%M"}"#,
    r#"{"type": "year"}"#,
    r#"{"type": "yearmonth", "constraints": {"maximum": "2024-02"}}"#,
    r#"{"type": "duration"}"#,
    r#"{"type": "duration", "constraints": {"minimum": "P1M", "maximum": "P400D"}}"#,
    r#"{"type": "object"}"#,
    r#"{"type": "array", "constraints": {"minLength": 1, "maxLength": 3}}"#,
    r#"{"type": "array", "constraints": {"enum": ["[1, 2.0]", "[\"é\"]"]}}"#,
    r#"{"type": "geopoint"}"#,
    r#"{"type": "geopoint", "format": "array"}"#,
    r#"{"type": "geopoint", "format": "object"}"#,
    r#"{"type": "list", "constraints": {"minLength": 2}}"#,
    r#"{"type": "list", "itemType": "integer", "delimiter": ";"}"#,
    r#"{"type": "string", "constraints": {"unique": true, "minLength": 1}}"#,
    r#"{"type": "string", "identifier": "luhn", "constraints": {"maxLength": 6}}"#,
    r#"{"type": "string", "identifier": "luhn", "constraints": {"enum": ["18", "26"]}}"#,
    r#"{"type": "string", "identifier": "luhn"}"#,
    r#"{"type": "string", "identifier": "lei"}"#,
    r#"{"type": "string", "identifier": "isin"}"#,
];

thread_local! {
    static FIRST: [OnceCell<(Value, Validator)>; FIELDS.len()] = const { [const { OnceCell::new() }; FIELDS.len()] };
}

/// The schema of two fields: the one that is chosen and the one after it.
fn compiled(choice: usize) -> (Value, Validator) {
    let field = |place: usize| {
        let mut field: Value =
            serde_json::from_str(FIELDS[(choice + place) % FIELDS.len()]).expect("it is JSON");
        field["name"] = json!(format!("f{place}"));
        field
    };
    let descriptor = json!({"fields": [field(0), field(1)], "primaryKey": ["f0"]});
    let schema = Schema::from_json(descriptor.to_string().as_bytes()).expect("it is a schema");
    let validator = schema
        .compile(None, schema.fields_match().unwrap_or_default())
        .expect("its fields are its columns");
    (descriptor, validator)
}

/// Whether the model can bear a cell: it writes every digit of a number out, counts attoseconds in
/// 128 bits, and its JSON has no halves of surrogate pairs, which the grammar allows (RFC 8259,
/// 8.2).
fn is_modest(cell: &[u8]) -> bool {
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    // Of a duration, each part.
    let most = if cell.contains(&b'P') { 12 } else { 17 };
    let is_surrogate = |text: &[u8]| {
        matches!(text, [b'\\', b'u', b'd' | b'D', b'8' | b'9' | b'a'..=b'f' | b'A'..=b'F'])
    };
    cell.len() <= 100
        && !cell.windows(4).any(is_surrogate)
        && (0..cell.len()).all(|at| {
            let exponent = matches!(cell[at], b'e' | b'E').then(|| &cell[at + 1..]);
            let exponent = exponent
                .map(|text| text.strip_prefix(b"+").or(text.strip_prefix(b"-")).unwrap_or(text));
            exponent.is_none_or(|text| digits(text) <= 3) && digits(&cell[at..]) <= most
        })
}

/// The validator finds in every row what the model finds. The first byte chooses the fields; then
/// come rows, a line each, with tabs between cells.
pub(crate) fn holds(data: &[u8]) {
    let Some((choice, rows)) = data.split_first() else { return };
    let choice = usize::from(*choice) % FIELDS.len();
    FIRST.with(|all| {
        let (descriptor, validator) = all[choice].get_or_init(|| compiled(choice));
        let mut verdict = Verdict::new();
        for row in rows.split(|byte| *byte == b'\n') {
            let row: Vec<&[u8]> = row.split(|byte| *byte == b'\t').collect();
            if !row.iter().all(|cell| is_modest(cell)) {
                continue;
            }
            validator.check(&row, &mut verdict);
            let found: Vec<model::Finding> = verdict
                .reasons
                .iter()
                .map(|reason| (reason.kind.as_str(), reason.field, reason.constraint()))
                .collect();
            let shown: Vec<String> =
                row.iter().map(|cell| cell.escape_ascii().to_string()).collect();
            assert_eq!(found, model::findings(descriptor, &row), "{descriptor} {shown:?}");
        }
    });
}
