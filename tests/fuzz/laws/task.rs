//! Any bytes as the payload of a task that `--handler validate` gets.

use std::{cell::RefCell, time::Duration};

use queue_worker::handlers::{Outcome, Output, Validate, result_line};
use table_schema::Schema;

const SCHEMA: &[u8] = br#"{"fields": [
    {"name": "id", "type": "string", "constraints": {"required": true, "pattern": "TX-[0-9]{4}"}},
    {"name": "amount", "type": "number", "constraints": {"minimum": 0.01}},
    {"name": "at", "type": "datetime"},
    {"name": "more", "type": "object"}
]}"#;

fn handler() -> Validate {
    Validate::new(&Schema::from_json(SCHEMA).expect("it is a schema"))
        .expect("its fields are its columns")
}

thread_local! {
    static USED: RefCell<Validate> = RefCell::new(handler());
}

/// A payload is a row or can never be done, whatever came before it; a result is one line of JSON
/// that says the payload.
pub(crate) fn holds(data: &[u8]) {
    let outcome = USED.with_borrow_mut(|used| used.handle(data));
    assert_eq!(outcome, handler().handle(data));
    match &outcome {
        Outcome::Done(output) => {
            assert_eq!(
                matches!(output, Output::Accepted(_)),
                !matches!(output, Output::Rejected(why) if !why.is_empty())
            );
            let line = result_line(data, "c-0", output, 1, "worker", Duration::from_millis(1));
            assert!(!line.contains(&b'\n'));
            let read: serde_json::Value = serde_json::from_slice(&line).expect("a result is JSON");
            match str::from_utf8(data) {
                Ok(text) if text.len() <= 4096 => assert_eq!(read["task"], text),
                _ => assert!(read["task"].as_str().is_some_and(|task| task.starts_with("sha256:"))),
            }
        }
        Outcome::Hopeless { reason, error } => {
            assert!(*reason == "rejected" && !error.is_empty());
            let object = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(data);
            assert!(object.is_err(), "a JSON object is a row");
        }
        Outcome::Failed { .. } => panic!("to try again changes nothing"),
    }
}
