//! What the crate promises, by hand: types by the standard's own examples, constraints, headers,
//! rows, keys, messages, and the schemas that are refused.

mod allocations;
mod bounds;
mod checks;
mod constraints;
mod dates;
mod headers;
mod keys;
mod messages;
mod numbers;
mod refusals;
mod rows;
mod types;

use table_schema::{Schema, Validator, Verdict};

/// A validator of files whose columns are the schema's fields.
fn compiled(schema: &str) -> Validator {
    let schema =
        Schema::from_json(schema.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{schema}"));
    schema.compile(None, schema.fields_match().unwrap_or_default()).unwrap()
}

/// A validator of files with one column; `field` is what the field has besides its name.
fn field(field: &str) -> Validator {
    compiled(&format!(r#"{{"fields": [{{"name": "x", {field}}}]}}"#))
}

/// What is wrong with a row, as `kind` or `kind constraint`, with the field's index before it.
fn reasons(validator: &Validator, cells: &[&str]) -> Vec<String> {
    let cells: Vec<&[u8]> = cells.iter().map(|cell| cell.as_bytes()).collect();
    let mut verdict = Verdict::new();
    validator.check(&cells, &mut verdict);
    assert_eq!(verdict.is_good(), verdict.reasons.is_empty());
    let shown = |reason: &table_schema::Reason| {
        let field = reason.field.map_or("row".to_owned(), |field| field.to_string());
        let constraint = reason.constraint().map_or(String::new(), |name| format!(" {name}"));
        format!("{field} {}{constraint}", reason.kind)
    };
    verdict.reasons.iter().map(shown).collect()
}
