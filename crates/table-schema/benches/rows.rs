//! How long the check of a row takes: `cargo bench --bench rows`. A time is that of 4,096 rows;
//! rows a second stand below it.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use table_schema::{FieldsMatch, Schema, Validator, Verdict};

const ROWS: usize = 4096;

const FIELDS: [&str; 8] = [
    r#"{"name": "transaction_id", "type": "string", "constraints": {"required": true, "pattern": "TX-[0-9]{10}"}}"#,
    r#"{"name": "timestamp", "type": "datetime", "constraints": {
        "required": true, "minimum": "2020-01-01T00:00:00Z", "maximum": "2029-12-31T23:59:59Z"}}"#,
    r#"{"name": "account_iban", "type": "string", "constraints": {
        "required": true, "pattern": "[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}"}}"#,
    r#"{"name": "merchant", "type": "string", "constraints": {"required": true, "maxLength": 60}}"#,
    r#"{"name": "amount", "type": "number", "constraints": {"required": true, "minimum": 0.01, "maximum": 100000}}"#,
    r#"{"name": "currency", "type": "string", "constraints": {
        "required": true, "enum": ["EUR", "USD", "GBP", "CHF", "SEK"]}}"#,
    r#"{"name": "status", "type": "string", "constraints": {
        "required": true, "enum": ["booked", "pending", "reversed", "declined"]}}"#,
    r#"{"name": "reference", "type": "string", "constraints": {"maxLength": 35}}"#,
];

const NAMES: [&[u8]; 8] = [
    b"transaction_id",
    b"timestamp",
    b"account_iban",
    b"merchant",
    b"amount",
    b"currency",
    b"status",
    b"reference",
];

/// Small, fast and the same everywhere: xorshift64*.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % n
    }

    fn of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len() as u64) as usize]
    }
}

/// Rows of eight cells in one buffer, as a reader has them.
struct Rows {
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Rows {
    fn new(mut row: impl FnMut(&mut Dice) -> [String; 8]) -> Rows {
        let mut rows = Rows { text: Vec::new(), ends: vec![0] };
        let mut dice = Dice(7);
        for _ in 0..ROWS {
            for cell in row(&mut dice) {
                rows.text.extend_from_slice(cell.as_bytes());
                rows.ends.push(rows.text.len());
            }
        }
        rows
    }

    fn iter(&self) -> impl Iterator<Item = [&[u8]; 8]> {
        self.ends
            .windows(9)
            .step_by(8)
            .map(|ends| std::array::from_fn(|i| &self.text[ends[i]..ends[i + 1]]))
    }
}

fn good(dice: &mut Dice) -> [String; 8] {
    let digits = |dice: &mut Dice, n: usize| -> String {
        (0..n).map(|_| char::from(b'0' + dice.below(10) as u8)).collect()
    };
    let merchant = dice.of(&[
        "Café Zürich, Bahnhofstrasse",
        "Tesco Stores 2041",
        "Amazon EU",
        "SNCF Connect",
        "Bäckerei Kühn",
        "Shell 1188",
    ]);
    let reference =
        if dice.below(3) == 0 { format!("INV-{}", digits(dice, 6)) } else { String::new() };
    [
        format!("TX-{}", digits(dice, 10)),
        format!(
            "202{}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
            dice.below(10),
            dice.below(12) + 1,
            dice.below(28) + 1,
            dice.below(24),
            dice.below(60),
            dice.below(60)
        ),
        format!("{}{}", dice.of(&["DE", "CH", "FR", "GB"]), digits(dice, 20)),
        merchant.to_owned(),
        format!("{}.{:02}", dice.below(9000) + 1, dice.below(100)),
        dice.of(&["EUR", "USD", "GBP", "CHF", "SEK"]).to_owned(),
        dice.of(&["booked", "pending", "reversed", "declined"]).to_owned(),
        reference,
    ]
}

/// Every cell but the free text is wrong, each row in ways of its own.
fn bad(dice: &mut Dice) -> [String; 8] {
    let [id, timestamp, iban, merchant, amount, ..] = good(dice);
    [
        dice.of(&["", "tx-1", &id[..12]]).to_owned(),
        dice.of(&[
            "2026-02-30T00:00:00Z",
            &timestamp.replace('T', " "),
            "1999-01-01T00:00:00Z",
            "yesterday",
        ])
        .to_owned(),
        dice.of(&[&iban.to_lowercase(), "", "DE00"]).to_owned(),
        merchant,
        dice.of(&["0.001", "abc", &format!("-{amount}"), "1,000.00", "1000000"]).to_owned(),
        dice.of(&["eur", "XXX", ""]).to_owned(),
        dice.of(&["done", "BOOKED", ""]).to_owned(),
        "x".repeat(36 + dice.below(30) as usize),
    ]
}

fn compiled(fields: &[&str], more: &str) -> Validator {
    let schema = format!("{{\"fields\": [{}]{more}}}", fields.join(", "));
    let schema = Schema::from_json(schema.as_bytes()).expect("a valid schema");
    schema.compile(Some(&NAMES), FieldsMatch::Subset).expect("all fields have columns")
}

fn check_all(validator: &Validator, rows: &Rows, verdict: &mut Verdict) -> usize {
    let mut reasons = 0;
    for cells in rows.iter() {
        validator.check(&cells, verdict);
        reasons += verdict.reasons.len();
    }
    reasons
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("row");
    group.throughput(Throughput::Elements(ROWS as u64));

    let validator = compiled(&FIELDS, "");
    let keyed = compiled(&FIELDS, r#", "primaryKey": "transaction_id""#);
    let (good, bad) = (Rows::new(good), Rows::new(bad));
    let mut verdict = Verdict::new();
    assert_eq!(check_all(&validator, &good, &mut verdict), 0);
    assert!(check_all(&validator, &bad, &mut verdict) >= 7 * ROWS);

    group.bench_function("unchecked", |bench| {
        bench.iter(|| good.iter().for_each(|cells| _ = black_box(cells)))
    });
    group.bench_function("good", |bench| bench.iter(|| check_all(&validator, &good, &mut verdict)));
    group.bench_function("good, known keys", |bench| {
        bench.iter(|| check_all(&keyed, &good, &mut verdict))
    });
    group.bench_function("all invalid", |bench| {
        bench.iter(|| check_all(&validator, &bad, &mut verdict))
    });
    let mut message = String::new();
    group.bench_function("all invalid, described", |bench| {
        bench.iter(|| {
            for cells in bad.iter() {
                validator.check(&cells, &mut verdict);
                message.clear();
                for reason in &verdict.reasons {
                    validator.describe(reason, &cells, &mut message);
                }
                black_box(&message);
            }
        });
    });
    // One column at a time, to see where the time goes.
    for (field, name) in FIELDS.iter().zip(NAMES) {
        let validator = compiled(&[field], "");
        group.bench_function(format!("good, {} only", String::from_utf8_lossy(name)), |bench| {
            bench.iter(|| check_all(&validator, &good, &mut verdict));
        });
    }
    group.finish();
    criterion.final_summary();
}
