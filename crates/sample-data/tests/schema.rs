//! What the shipped schema says of the rows.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use sample_data::{COLUMNS, Damage, Kinds, Recipe, Record, SCHEMA};
use table_schema::{Schema, Verdict};

/// What the validator says of each kind of damage, the reasons of one row joined; good rows are
/// under "good".
fn reasons_by_damage(bad_share: &str) -> BTreeMap<&'static str, BTreeSet<String>> {
    let schema = Schema::from_json(SCHEMA).unwrap();
    assert_eq!(schema.field_names().collect::<Vec<_>>(), COLUMNS);
    let header = COLUMNS.map(str::as_bytes);
    let validator =
        schema.compile(Some(&header), schema.fields_match().unwrap_or_default()).unwrap();
    let rows = 50_000;
    let recipe = Recipe {
        rows,
        bad_share: bad_share.parse().unwrap(),
        kinds: Kinds::all(),
        seed: 3,
        single_line: false,
    };
    let mut found: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut verdict = Verdict::new();
    let mut seen = HashSet::new();
    let mut record = Record::default();
    let mut rows = recipe.rows(0..rows);
    while rows.read(&mut record) {
        let cells: Vec<&[u8]> = record.cells().collect();
        validator.check(&cells, &mut verdict);
        let mut reasons: Vec<_> = verdict
            .reasons
            .iter()
            .map(|reason| {
                let field = reason.field.map_or("row", |field| COLUMNS[usize::from(field)]);
                [reason.kind.as_str(), field, reason.constraint().unwrap_or("-")].join(" ")
            })
            .collect();
        for key in &verdict.keys {
            if !seen.insert((key.constraint, key.value)) {
                reasons.push(validator.duplicate(key.constraint).kind.to_string());
            }
        }
        let kind = record.damage().map_or("good", Damage::as_str);
        found.entry(kind).or_default().insert(reasons.join("; "));
    }
    found
}

#[test]
fn the_schema_accepts_every_good_row_and_finds_the_one_mistake_of_every_bad_one() {
    let found = reasons_by_damage("0.3");
    let required = ["timestamp", "account_iban", "merchant", "amount", "currency", "status"]
        .map(|field| format!("constraint-error {field} required"));
    // A primary key is required on its own account.
    let without_id =
        "constraint-error transaction_id required; primary-key transaction_id -".to_owned();
    let one = |reasons: &str| BTreeSet::from([reasons.to_owned()]);
    let expected = BTreeMap::from([
        ("good", one("")),
        ("amount-not-a-number", one("type-error amount -")),
        ("amount-below-minimum", one("constraint-error amount minimum")),
        ("amount-above-maximum", one("constraint-error amount maximum")),
        ("unknown-currency", one("constraint-error currency enum")),
        ("unknown-status", one("constraint-error status enum")),
        ("impossible-date", one("type-error timestamp -")),
        ("malformed-timestamp", one("type-error timestamp -")),
        (
            "timestamp-out-of-range",
            BTreeSet::from(
                ["minimum", "maximum"].map(|limit| format!("constraint-error timestamp {limit}")),
            ),
        ),
        ("missing-value", required.into_iter().chain([without_id]).collect()),
        ("missing-cell", one("missing-cell status -; missing-cell reference -")),
        ("extra-cell", one("extra-cell row -")),
        ("blank-row", one("blank-row row -")),
        ("malformed-iban", one("constraint-error account_iban pattern")),
        ("merchant-too-long", one("constraint-error merchant maxLength")),
        ("malformed-id", one("constraint-error transaction_id pattern")),
        ("duplicate-id", one("primary-key")),
        ("invalid-utf8", one("type-error merchant -")),
        // Nothing is wrong with its cells: the quotes around one of them are.
        ("malformed-quoting", one("")),
    ]);
    assert_eq!(found, expected);
}
