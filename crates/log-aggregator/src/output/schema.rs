//! The JSON Schemas of `summary.json` and `year.json` are what the types say.

use std::path::Path;

use schemars::{JsonSchema, schema_for};

use super::summary::{self, Summary};
use super::year::YearSummary;

/// With this variable set, the tests write what they would otherwise compare.
const UPDATE: &str = "UPDATE_REFERENCE";

#[track_caller]
fn assert_up_to_date<T: JsonSchema>(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(format!("schema/{name}-{}.schema.json", summary::VERSION));
    let mut expected = serde_json::to_string_pretty(&schema_for!(T)).unwrap();
    expected.push('\n');
    if std::env::var_os(UPDATE).is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        return std::fs::write(path, expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "{} is out of date: run the tests with {UPDATE}=1 once",
        path.display()
    );
}

#[test]
fn the_schema_of_a_month_is_up_to_date() {
    assert_up_to_date::<Summary>("summary");
}

#[test]
fn the_schema_of_a_year_is_up_to_date() {
    assert_up_to_date::<YearSummary>("year");
}
