//! The validator against a slow and obvious model of the standard, on random schemas and rows.

mod calendar;
mod checks;
mod conditions;
mod decimal;
mod expression;
mod forms;
mod identifiers;
mod inference;
mod model;
mod moments;
mod numbers;
mod patterns;
mod shapes;
mod typed;

use proptest::prelude::*;
use table_schema::{Schema, Validator, Verdict};

fn cells(row: &[Vec<u8>]) -> Vec<&[u8]> {
    row.iter().map(Vec::as_slice).collect()
}

fn shown(row: &[&[u8]]) -> Vec<String> {
    row.iter().map(|cell| cell.escape_ascii().to_string()).collect()
}

/// The reasons of a row in the form that the model gives them.
fn findings(verdict: &Verdict) -> Vec<model::Finding> {
    verdict
        .reasons
        .iter()
        .map(|reason| (reason.kind.as_str(), reason.field, reason.constraint()))
        .collect()
}

fn key(validator: &Validator, row: &[&[u8]], constraint: usize) -> Option<u128> {
    let mut verdict = Verdict::new();
    validator.check(row, &mut verdict);
    let mut found = verdict.keys.iter().filter(|key| usize::from(key.constraint) == constraint);
    let value = found.next().map(|key| key.value);
    assert!(found.next().is_none(), "a constraint has one key a row");
    value
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 4000, ..ProptestConfig::default() })]

    #[test]
    fn the_validator_and_the_model_find_the_same((schema, rows) in shapes::tables()) {
        let compiled = match Schema::from_json(schema.to_string().as_bytes()) {
            Ok(compiled) => compiled,
            Err(error) => return Err(TestCaseError::fail(format!("{error} in {schema}"))),
        };
        let validator = compiled.compile(None, compiled.fields_match().unwrap_or_default()).unwrap().with_seed(7);
        let mut verdict = Verdict::new();
        for row in &rows {
            let row = cells(row);
            validator.check(&row, &mut verdict);
            prop_assert_eq!(findings(&verdict), model::findings(&schema, &row), "{} {:?}", schema, shown(&row));
            prop_assert_eq!(verdict.is_good(), verdict.reasons.is_empty());
            for reason in &verdict.reasons {
                let mut message = String::new();
                validator.describe(reason, &row, &mut message);
                prop_assert!(message.starts_with(reason.kind.as_str()), "{}", message);
                let name = reason.field.map(|field| format!("f{field}"));
                prop_assert_eq!(reason.field_name(&validator), name.as_deref());
            }
        }
    }

    #[test]
    fn keys_are_equal_exactly_where_the_values_are((schema, rows) in shapes::tables()) {
        let compiled = Schema::from_json(schema.to_string().as_bytes()).unwrap();
        let validator = compiled.compile(None, compiled.fields_match().unwrap_or_default()).unwrap();
        for (constraint, unique) in validator.unique_constraints().iter().enumerate() {
            let values = |row: &[Vec<u8>]| -> Option<Vec<typed::Typed>> {
                // A blank line is no row, so it has no values.
                if row.is_empty() || (row.len() == 1 && row[0].is_empty() && schema["fields"].as_array()?.len() > 1) {
                    return None;
                }
                unique.fields.iter().map(|&field| model::value(&schema, field.into(), row.get(usize::from(field))?)).collect()
            };
            for a in &rows {
                let (key_a, values_a) = (key(&validator, &cells(a), constraint), values(a));
                prop_assert_eq!(key_a.is_some(), values_a.is_some(), "{} {:?}", schema, shown(&cells(a)));
                for b in &rows {
                    let (key_b, values_b) = (key(&validator, &cells(b), constraint), values(b));
                    if let (Some(values_a), Some(values_b)) = (&values_a, &values_b) {
                        let equal = values_a.iter().zip(values_b).all(|(a, b)| model::equal(a, b));
                        prop_assert_eq!(key_a == key_b, equal, "{} {:?} {:?}", schema, shown(&cells(a)), shown(&cells(b)));
                    }
                }
            }
        }
    }
}
