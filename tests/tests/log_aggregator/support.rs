//! What the tests of log-aggregator share.

use std::path::Path;

use serde_json::Value;
use system_tests::logs::assert_code;
use system_tests::worker;

/// Checks a document against the JSON Schema that is kept of it.
#[track_caller]
pub(crate) fn assert_valid(document: &Value, schema: &str) {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/log-aggregator/schema").join(schema);
    let schema =
        serde_json::from_slice(&std::fs::read(path).expect("it is there")).expect("it is JSON");
    let validator = jsonschema::validator_for(&schema).expect("it is a schema");
    let errors: Vec<String> =
        validator.iter_errors(document).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    let mut more = document.clone();
    more["surprise"] = 1.into();
    assert!(!validator.is_valid(&more), "a field that nobody knows is noticed");
}

pub(crate) fn make_year(folder: &Path, format: &str) {
    let arguments = [
        "access-logs",
        "--year",
        "2024",
        "--lines",
        "3000",
        "--objects",
        "2",
        "--format",
        format,
        "--output",
        "logs",
    ];
    assert_code(&worker("sample-data", folder, &arguments, &[]).output().expect("it starts"), 0);
}
