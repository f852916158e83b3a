//! Checks rows against a schema and says what is wrong with each:
//! `cargo run --example check_rows`.
#![allow(clippy::print_stdout, reason = "an example shows what it found")]

use std::collections::HashSet;

use table_schema::{Schema, Verdict};

const SCHEMA: &[u8] = br#"{
    "fields": [
        {"name": "id", "type": "string", "constraints": {"pattern": "TX-[0-9]{4}"}},
        {"name": "amount", "type": "number", "constraints": {"minimum": 0.01}}
    ],
    "primaryKey": "id"
}"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let schema = Schema::from_json(SCHEMA)?;
    let header: [&[u8]; 2] = [b"id", b"amount"];
    let validator = schema.compile(Some(&header), schema.fields_match().unwrap_or_default())?;
    let rows = ["TX-0001,12.50", "TX-2,0.001", "TX-0001,3", "TX-0003"];
    let mut verdict = Verdict::new();
    // The validator sees one row at a time; the keys that were seen are the caller's.
    let mut seen = HashSet::new();
    for row in rows {
        let cells: Vec<&[u8]> = row.split(',').map(str::as_bytes).collect();
        validator.check(&cells, &mut verdict);
        let mut reasons = verdict.reasons.clone();
        for key in &verdict.keys {
            if !seen.insert((key.constraint, key.value)) {
                reasons.push(validator.duplicate(key.constraint));
            }
        }
        let mut messages = String::new();
        for reason in &reasons {
            messages.push_str("\n  ");
            validator.describe(reason, &cells, &mut messages);
        }
        println!("{row}: {}{messages}", if reasons.is_empty() { "good" } else { "bad" });
    }
    Ok(())
}
