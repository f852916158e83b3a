//! The laws of the fuzz targets over their corpus: what fuzzing once found interesting, minimised.

use std::path::Path;

#[allow(dead_code)] // its own tests use more of it
#[path = "../../crates/table-schema/tests/agreement/calendar.rs"]
mod calendar;
#[allow(dead_code)] // its own tests use more of it
#[path = "../../crates/table-schema/tests/agreement/decimal.rs"]
mod decimal;
#[path = "../fuzz/laws/dialects.rs"]
mod dialects;
#[path = "../fuzz/laws/encodings.rs"]
mod encodings;
#[path = "../fuzz/laws/envelope.rs"]
mod envelope;
#[allow(dead_code)] // its own tests use more of it
#[path = "../../crates/table-schema/tests/agreement/expression.rs"]
mod expression;
#[path = "../fuzz/laws/expressions.rs"]
mod expressions;
#[path = "../../crates/table-schema/tests/agreement/identifiers.rs"]
mod identifiers;
#[path = "../fuzz/laws/lines.rs"]
mod lines;
#[path = "../fuzz/laws/log.rs"]
mod log;
#[path = "../fuzz/laws/log_format.rs"]
mod log_format;
#[allow(dead_code)] // its own tests use more of it
#[path = "../../crates/table-schema/tests/agreement/model.rs"]
mod model;
#[allow(dead_code)] // its own tests use more of it
#[path = "../../crates/table-schema/tests/agreement/moments.rs"]
mod moments;
#[allow(dead_code)] // its own tests use more of it
#[path = "../../crates/table-schema/tests/agreement/numbers.rs"]
mod numbers;
#[path = "../fuzz/laws/objects.rs"]
mod objects;
#[path = "../fuzz/laws/pattern.rs"]
mod pattern;
#[path = "../fuzz/laws/records.rs"]
mod records;
#[path = "../fuzz/laws/rows.rs"]
mod rows;
#[path = "../fuzz/laws/schema.rs"]
mod schema;
#[path = "../fuzz/laws/state.rs"]
mod state;
#[path = "../fuzz/laws/task.rs"]
mod task;
#[allow(dead_code)] // its own tests use more of it
#[path = "../../crates/table-schema/tests/agreement/typed.rs"]
mod typed;

fn replay(target: &str, law: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let files = std::fs::read_dir(&folder).expect("there is a corpus");
    let mut replayed = 0;
    for file in files {
        law(&std::fs::read(file.expect("it can be listed").path()).expect("it can be read"));
        replayed += 1;
    }
    assert!(replayed > 10, "{replayed} files in {}", folder.display());
}

#[test]
fn the_law_of_dialects_holds_over_the_corpus() {
    replay("dialects", dialects::holds);
}

#[test]
fn the_law_of_encodings_holds_over_the_corpus() {
    replay("encodings", encodings::holds);
}

#[test]
fn the_law_of_expressions_holds_over_the_corpus() {
    replay("expressions", expressions::holds);
}

#[test]
fn the_law_of_envelopes_holds_over_the_corpus() {
    replay("envelope", envelope::holds);
}

#[test]
fn the_law_of_lines_holds_over_the_corpus() {
    replay("lines", lines::holds);
}

#[test]
fn the_law_of_logs_holds_over_the_corpus() {
    replay("log", log::holds);
}

#[test]
fn the_law_of_log_formats_holds_over_the_corpus() {
    replay("log_format", log_format::holds);
}

#[test]
fn the_law_of_objects_holds_over_the_corpus() {
    replay("objects", objects::holds);
}

#[test]
fn the_law_of_patterns_holds_over_the_corpus() {
    replay("pattern", pattern::holds);
}

#[test]
fn the_law_of_records_holds_over_the_corpus() {
    replay("records", records::holds);
}

#[test]
fn the_law_of_rows_holds_over_the_corpus() {
    replay("rows", rows::holds);
}

#[test]
fn the_law_of_schemas_holds_over_the_corpus() {
    replay("schema", schema::holds);
}

#[test]
fn the_law_of_states_holds_over_the_corpus() {
    replay("state", state::holds);
}

#[test]
fn the_law_of_tasks_holds_over_the_corpus() {
    replay("task", task::holds);
}
